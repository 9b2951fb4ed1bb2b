"""Folding: two spellings of one word fold alike, and every match finds its way back."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.fold import fold, fold_with_places, span
from core.text.regional import REGIONAL_WORDS

_TEXTS = st.text(
    alphabet=st.one_of(
        st.sampled_from("您貴軟體登入隨身碟部落格①ﬁée\u0301\u200b\u00adßİｶﾞ각ᅡ…『Ａ　＠1 \n妳著名臺裏"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("ＡＢＣ１２３", "abc123"),
        ("無法登入系統", "无法登录系统"),
        ("軟體", "软件"),
        ("帳號", "账号"),
        ("Straße", "STRASSE"),
        ("退\u200b款", "退款"),
        ("臺灣", "台湾"),
        ("接著", "接着"),
        ("什麼", "什么"),
        ("（急）", "(急)"),
    ],
)
def test_two_spellings_of_a_word_fold_alike(one, other):
    """Width, case, script, invisible characters and regional words do not matter."""
    assert fold(one) == fold(other)


def test_a_word_of_both_scripts_keeps_its_meaning():
    """程序 is a program in Simplified too: folding never turns it into 进程, as phrase tables would."""
    assert fold("程序出錯") == "程序出错"
    assert fold("著名品牌") == "著名品牌"


def test_no_regional_word_folds_into_another():
    """Folding a folded text changes nothing, because no replacement contains a regional word."""
    for word, replacement in REGIONAL_WORDS:
        assert fold(word) == replacement
        assert fold(replacement) == replacement


def test_the_end_of_one_word_and_the_beginning_of_another_are_no_regional_word():
    """Who complains of 产品质量 speaks of 质量, and 当机器 is no 死机."""
    assert fold("產品質量問題") == fold("产品品质问题") == "产品质量问题"
    assert fold("當機器卡住") == "当机器卡住"
    assert fold("聯網路由器") == "联网路由器"
    assert fold("機器當機，網路不通") == "机器死机,网络不通"


def test_common_characters_fold_as_they_do_beside_an_odd_one():
    """Each of them by itself: beside another that is not common, Unicode's whole normalisation is asked."""
    common = "".join(map(chr, [*range(0x80), *range(0x2018, 0x201E), *range(0x3000, 0x3012), *range(0x3400, 0xA000),
                               *range(0xFF01, 0xFF5F)]))  # fmt: skip
    assert fold(f"{common}…") == f"{fold(common)}..."


@given(_TEXTS)
def test_folding_with_places_gives_the_folded_text(text):
    """The text folded piece by piece equals the text folded as a whole, and its places ascend within it."""
    folded, places = fold_with_places(text)
    assert folded == fold(text)
    assert len(places) == len(folded) + 1
    assert places[len(folded)] == len(text)
    assert all(0 <= a <= b <= len(text) for a, b in pairwise(places))


@pytest.mark.parametrize(
    ("text", "word", "written"),
    [
        ("我的隨身碟壞了", "u盘", "隨身碟"),
        ("我的隨身碟壞了", "坏", "壞"),
        ("看部落格嗎", "吗", "嗎"),
        ("…………無法登入！", "登录", "登入"),
        ("cafe\u0301 closed", "café", "cafe\u0301"),
        ("ﬁnance", "f", "ﬁ"),
        ("退\u200b款", "退款", "退\u200b款"),
        ("ＲＥＦＵＮＤ please", "refund", "ＲＥＦＵＮＤ"),
        ("plain Refund", "refund", "Refund"),
    ],
)
def test_a_match_is_found_in_the_writers_own_spelling(text, word, written):
    """A word found in the folded text is highlighted where the customer wrote it, whatever changed its length."""
    folded, places = fold_with_places(text)
    at = folded.index(word)
    start, end = span(places, at, at + len(word))
    assert text[start:end] == written


def test_the_folded_parts_of_a_text_are_the_text_folded():
    """A rule's word and a text fold the same way, whatever stands beside the word."""
    assert fold("您好，" + "訂單") + fold("還沒到") == fold("您好，訂單還沒到")
