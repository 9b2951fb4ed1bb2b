"""Which texts are alike: those that share rare words."""

from __future__ import annotations

import pytest

from core.text.likeness import MOST_WORDS, likeness, sketch
from tests.factories.pipeline import SEGMENTER


def of(body, subject=""):
    return sketch(SEGMENTER, subject, body)


def test_a_text_is_most_like_itself():
    """The weights are of length one."""
    text = of("系统升级以后云盘无法同步，提示证书过期。")
    assert likeness(text, text) == pytest.approx(1.0)
    assert 0 < len(text) <= MOST_WORDS


def test_the_same_matter_is_more_alike_than_the_same_politeness():
    """Rare words count, common ones do not: 您好, 请问 and 谢谢 stand in every letter."""
    asked = of("您好，请问云盘同步失败怎么办？谢谢您的帮助。")
    same_matter = of("云盘一直同步失败，急。")
    same_manner = of("您好，请问发票怎么开？谢谢您的帮助。")
    assert likeness(asked, same_matter) > 0.5 > likeness(asked, same_manner)


def test_traditional_and_simplified_are_one():
    """Both scripts write to the same desk."""
    assert likeness(of("發票抬頭錯誤，請重開"), of("发票抬头错误，请重开")) == pytest.approx(1.0)


def test_english_counts_by_its_longer_words():
    """The dictionary is Chinese; the, is and of say nothing."""
    assert set(of("the export of the invoice is broken")) == {"export", "invoice", "broken"}


def test_numbers_and_addresses_are_no_words():
    """Two orders are not alike because both have a number; nothing is like nothing."""
    assert of("12345678 13812345678 a@b.cn !!!") == {}
    assert of("") == {} and likeness({}, {}) == 0.0


def test_only_the_beginning_of_a_long_text_is_read():
    """Five megabytes cost no more than a page."""
    assert len(of("云盘同步失败" * 800_000)) <= 4
