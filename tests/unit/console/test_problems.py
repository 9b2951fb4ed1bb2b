"""An error that is written in both languages is told in the reader's."""

from __future__ import annotations

import pytest

from huiying.console.problems import in_language


@pytest.mark.parametrize(
    ("detail", "chinese", "english"),
    [
        ("没有工单 20260305009 (no ticket 20260305009)", "没有工单 20260305009", "No ticket 20260305009"),
        ("转派给谁？(to whom?)", "转派给谁？", "To whom?"),
        ("no ticket", "", ""),
        ("到期（含）(due (included))", "", ""),
    ],
)
def test_a_sentence_in_both_languages_is_told_in_one(detail, chinese, english):
    """After a question mark of full width no space is written; in English a sentence begins with a capital."""
    assert (in_language(detail, "zh-CN"), in_language(detail, "en")) == (chinese, english)
