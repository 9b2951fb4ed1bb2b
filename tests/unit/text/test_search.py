"""Which words of a text a search finds."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text.search import LONGEST_WORD, MOST_TERMS, MOST_WORDS, Phrase, excerpt, index_words, search_phrases


def stands_in(query: str, *texts: str) -> bool:
    """Whether each phrase of the query stands in the texts' words, as both databases look for it."""
    words = index_words(texts)
    return all(any(_here(phrase, words[at:]) for at in range(len(words))) for phrase in search_phrases(query))


def _here(phrase: Phrase, words: list[str]) -> bool:
    *first, last = phrase.words
    there = words[: len(phrase.words)]
    if there[:-1] != first or len(there) < len(phrase.words):
        return False
    return there[-1].startswith(last) if phrase.open_end else there[-1] == last


def test_a_text_becomes_pairs_words_and_numbers() -> None:
    """Folded: width, case and script do not matter; letters and digits part."""
    assert index_words(["無法登錄", "ＥＲＰ-E3故障 order_88012"]) == [
        "无法", "法登", "登录", "录", "erp", "e", "3", "故障", "障", "order", "88012",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "query",
    ["登录", "法登", "登", "录", "錄", "無法登錄", "E3故障", "ｅ３", "e3故", "88012", "880", "SO-2026", "so2026-88012",
     "Order", "ord", "报表 登录", "“登录报错”", '"无法登录报错"', "截图.png", "退款!", "。", "ü"],
)  # fmt: skip
def test_what_stands_in_a_mail_is_found(query: str) -> None:
    """Any characters beside each other, a single one, the beginning of a word of three letters, several words."""
    assert stands_in(query, "无法登录报错", "E3故障，订单 SO2026-88012。报表、退款 orders Müller für ü 截图.png")


@pytest.mark.parametrize("query", ["登报", "录无", '"order"', "or", "rders", "登录 发票", "“登录 报错”", "8012", "e4"])
def test_what_does_not_stand_there_is_not_found(query: str) -> None:
    """Characters apart, the middle of a word, a word in quotation marks that goes on, one of two words."""
    assert not stands_in(query, "无法登录报错", "E3故障，订单 SO2026-88012。报表、退款 orders")


def test_second_treatment_has_three_names() -> None:
    """Each finds the others, and the excerpt shows what the customer wrote (DOMAIN 14)."""
    assert (
        stands_in("二次处理", "请安排二次跟進") and stands_in("二次沟通", "二次处理") and not stands_in("二次", "处理")
    )
    assert excerpt("请安排二次沟通", "二次处理") == (("请安排", False), ("二次沟通", True))


@given(st.text("登录无法a1 报,错e"), st.data())
def test_any_part_of_a_chinese_text_is_found(text: str, data: st.DataObject) -> None:
    """Wherever it begins and ends, unless that is within letters or digits."""
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    cut = [at for at in (start, end) if 0 < at < len(text) and text[at - 1 : at + 1].isascii()]
    if not any(text[at - 1 : at + 1].isalnum() for at in cut):
        assert stands_in(text[start:end], text)


@given(st.text(), st.text())
def test_any_text_and_any_query_are_bounded(text: str, query: str) -> None:
    """No word has anything in it that a database could take for an order."""
    words = [*index_words([text]), *(word for phrase in search_phrases(query) for word in phrase.words)]
    assert all(0 < len(word) <= LONGEST_WORD for word in words)
    assert not set("".join(words)) & set(" \t\r\n\0'\":*&|!<>()\\^+-{}")


def test_long_ones_end_somewhere() -> None:
    """A huge message is found by its beginning; a query has so many words."""
    assert len(index_words(["登 " * 40_000])) == MOST_WORDS
    assert len(search_phrases(" ".join(map(str, range(99))))) == MOST_TERMS
    assert index_words(["x" * 200]) == ["x" * LONGEST_WORD]
    assert search_phrases("") == search_phrases(' “” "" 。!') == ()


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("登錄", "您好， 系统无法【登录】，提示 Ｅ3 故障。订单 SO-2026 88012 请处理"),
        ("e3故障 请处理", "系统无法登录，提示 【Ｅ3 故障】。订单 SO-2026 88012 【请处理】"),
        ("so2026-880", "提示 Ｅ3 故障。订单 【SO-2026 880】12 请处理"),
        ("o", ""),
        ("退款", ""),
        ("!", ""),
    ],
)
def test_an_excerpt_shows_where(query: str, expected: str) -> None:
    """In the customer's own spelling, on one line."""
    pieces = excerpt("您好，\n\n系统无法登录，提示 Ｅ3 故障。订单 SO-2026 88012 请处理", query)
    assert "".join(f"【{words}】" if is_hit else words for words, is_hit in pieces) == expected


@given(st.text("登录 a1,", max_size=40), st.text("登录 a1,", max_size=8))
@example("请登录app重试", "app")
def test_an_excerpt_shows_each_phrase_that_is_found(text: str, query: str) -> None:
    """Whatever is found stands in it, and nothing else is shown."""
    pieces = excerpt(text, query)
    if search_phrases(query) and stands_in(query, text):
        assert any(is_hit for _, is_hit in pieces)
    assert "".join(piece for piece, _ in pieces).strip() in " ".join(text.split()) + " " or pieces == ()
