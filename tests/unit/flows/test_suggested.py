"""Why nothing was suggested is said in words, in both languages."""

from __future__ import annotations

import pytest

from classifier.serving import EMPTY, TOO_SHORT, UNKNOWN_WORDS
from core.domain.suggestion import NO_SUGGESTION
from huiying.flows.suggested import abstained_words


@pytest.mark.parametrize("because", [EMPTY, TOO_SHORT, UNKNOWN_WORDS, NO_SUGGESTION.because])
def test_each_reason_of_the_model_has_words(because):
    """None is shown as a code; what nobody foresaw is shown as it is."""
    zh, en = abstained_words(because, "zh-CN"), abstained_words(because, "en")
    assert not zh.isascii() and en.isascii() and because != zh
    assert abstained_words("a new reason", "zh-CN") == "a new reason"
