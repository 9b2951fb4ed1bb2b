"""Text conditions: words at their borders, in any script and width, at their place in the original."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings.reader import Reader
from rules.condition import Making
from rules.lexicon import LexiconBuilder, fold_for_matching, joins_words
from rules.looking import Look
from rules.reading import read_condition
from tests.factories.rules import TAXONOMY, a_message, some_facts
from tests.growth import growth


def asked(when, message, lists=None):
    """(whether the condition holds, the words it quotes as (where, text))."""
    reader = Reader("rules/x.yaml")
    root = reader.document(when)
    assert root is not None, reader.problems
    lexicon = LexiconBuilder()
    condition = read_condition(reader, root, Making(taxonomy=TAXONOMY, lexicon=lexicon, lists=lists or {}))
    assert condition is not None, reader.problems
    look = Look(message=message, facts=some_facts(), lexicon=lexicon.build())
    holds = condition.holds(look)
    needed = condition.needed_words
    if holds and needed is not None:
        # A book asks only the rules of which a needed word stands there.
        assert any(needed & look.field(name).words for name in condition.fields)
    return holds, [(one.where, one.text) for one in condition.quotes(look)] if holds else []


def holds(when, message, lists=None):
    return asked(when, message, lists)[0]


@pytest.mark.parametrize(
    ("words", "text", "expected"),
    [
        ("[退款]", "我要退款", True),
        ("[退款]", "我要退貨", False),
        ("[退货]", "我要退貨", True),
        ("[軟體]", "软件坏了", True),
        ("[vip]", "ＶＩＰ客户", True),
        ("[vip]", "vips only", False),
        ("[vip]", "a-vip.", True),
        ("[E50]", "报错E502", False),
        ("[E502]", "报错E502了", True),
        ("[refund]", "refunds", False),
        ("['refund*']", "refunds", True),
        ("['refund*']", "no prefund", False),
        ("['12315']", "拨打12315热线", True),
        ("['12315']", "订单 123154", False),
        ("[not working]", "it is not\nworking", True),
        ('["can\'t"]', "I can’t log in", True),
        ("[退款]", "退\u200b款", True),
        ("[Straße]", "in der STRASSE", True),
    ],
)
def test_words_are_found_whatever_their_script_width_and_case(words, text, expected):
    """And those that begin or end with a letter or digit at their border only."""
    assert holds(f"{{own: {{contains_any: {words}}}}}", a_message(text)) is expected


def test_found_words_are_quoted_as_the_customer_wrote_them():
    """With their place in the field, so that a page can mark them."""
    message = a_message("您好，ＰＯＳ機癱瘓了", subject="門市癱瘓")
    reader = Reader("x")
    lexicon = LexiconBuilder()
    root = reader.document("{text: {contains_any: [瘫痪, pos机]}}")
    assert root is not None
    condition = read_condition(reader, root, Making(taxonomy=TAXONOMY, lexicon=lexicon, lists={}))
    assert condition is not None
    quotes = condition.quotes(Look(message=message, facts=some_facts(), lexicon=lexicon.build()))
    assert [(q.where, q.text) for q in quotes] == [("subject", "癱瘓"), ("reply", "ＰＯＳ機"), ("reply", "癱瘓")]
    assert all(getattr(message, q.where)[q.start : q.end] == q.text for q in quotes)


def test_a_word_inside_a_longer_found_word_is_not_quoted_twice():
    """无法 inside 无法登录."""
    assert asked("{own: [无法, 无法登录]}", a_message("一直无法登录"))[1] == [("reply", "无法登录")]


@pytest.mark.parametrize(
    ("when", "text", "expected"),
    [
        ("{own: {contains_all: [退款, 多次]}}", "多次要求退款", True),
        ("{own: {contains_all: [退款, 多次]}}", "要求退款", False),
        ("{own: {contains_none: [不急]}}", "请尽快", True),
        ("{own: {contains_none: [不急]}}", "這個不急", False),
        ("{own: {contains_any: [退款], contains_none: [政策]}}", "退款政策", False),
        ("{own: {starts_with: 投诉}}", "  投訴你們", True),
        ("{own: {starts_with: 投诉}}", "我要投诉", False),
        ("{own: {starts_with: complain}}", "complaints", False),
        ("{own: {starts_with: ['go*', 停]}}", " go* on", True),
        ("{own: {starts_with: ['go*', 停]}}", "going", False),
        ("{own: {starts_with: ['*']}}", "* 一项", True),
        ("{own: {starts_with: 薴麻}}", "薴麻不好", True),
        ("{own: {near: {one: [系统], other: [崩溃], within: 4}}}", "系统今天又崩溃", True),
        ("{own: {near: {one: [系统], other: [崩溃], within: 2}}}", "系统今天又崩溃", False),
        ("{own: {near: {one: [系统], other: [崩溃], within: 2}}}", "崩溃的系统", True),
        ("{own: {near: {one: [系统], other: [崩溃], within: 2}}}", "系统很好，很好。系统崩溃", True),
        ("{own: {matches: '第[二三四]次'}}", "第三次來信", True),
        ("{own: {matches: 'e\\d{3}'}}", "错误Ｅ５０２", True),
        ("{own: {matches: '退[貨款]'}}", "退货", True),
        ("{own: {matches: ['^a', 'b$']}}", "xb", True),
        ("{own: {words: outage}}", "宕机了", True),
        ("{own: {contains_any: ['@outage', 退款]}}", "瘫痪", True),
        ("{any: [{own: 退款}, {own: 退货}]}", "退货", True),
        ("{not: {own: 退款}}", "退货", True),
        ("{all: [{own: 退款}, {not: {own: 政策}}]}", "退款政策", False),
        ("{own: 退款, subject: 投诉}", "退款", False),
    ],
)
def test_each_operator(when, text, expected):
    """As an admin would expect from its name."""
    assert holds(when, a_message(text), {"outage": ("瘫痪", "宕机")}) is expected


def test_text_is_the_subject_and_what_the_customer_wrote_himself():
    """A quoted mail never triggers it; ``body`` sees everything."""
    message = a_message("谢谢", subject="Re: 工单", body="谢谢\n> 系统瘫痪")
    assert not holds("{text: 瘫痪}", message)
    assert holds("{body: 瘫痪}", message)
    assert holds("{text: {contains_all: [工单, 谢谢]}}", message)
    assert not holds("{subject: 谢谢}", message)


def test_without_own_words_everything_visible_is_looked_at():
    """A forwarded mail has no words of its writer."""
    message = a_message("", body="系统瘫痪")
    assert asked("{text: 瘫痪}", message) == (True, [("text", "瘫痪")])


WORDS = st.lists(
    st.text(alphabet="ab1退款货系 ", min_size=1, max_size=4).filter(lambda w: w.strip()), min_size=1, max_size=6
)


@given(words=WORDS, text=st.text(alphabet="ab1退款货系貨統 \nＡ", max_size=40))
def test_the_automaton_finds_what_a_plain_search_finds(words, text):
    """Against a loop that looks for each word at each place."""
    folded = fold_for_matching(text)

    def plainly(word):
        word = fold_for_matching(word).strip()
        for start in range(len(folded) - len(word) + 1):
            end = start + len(word)
            if folded[start:end] != word:
                continue
            before = start and joins_words(folded[start - 1]) and joins_words(word[0])
            after = end < len(folded) and joins_words(folded[end]) and joins_words(word[-1])
            if not before and not after:
                return True
        return False

    lexicon = LexiconBuilder()
    numbers = {word: lexicon.intern(word) for word in words}
    found = lexicon.build().scan("reply", text).first
    assert {word for word in words if numbers[word] in found} == {word for word in words if plainly(word)}


@pytest.mark.parametrize(
    ("when", "text", "expected"),
    [
        ("{of: 退款, at_least: 2}", "退款，退款！", True),
        ("{of: 退款, at_least: 3}", "退款，退款！", False),
        ("{of: [退, 退款], at_least: 2}", "我要退款", False),
        ("{of: ['!', '？'], at_least: 3}", "为什么！？！", True),
        ("{of: 退款, at_most: 1}", "退款", True),
        ("{of: 退款, at_most: 1}", "退款退款", False),
    ],
)
def test_places_of_words_are_counted(when, text, expected):
    """A place inside another counts once; no place at all is fine for an upper bound."""
    assert holds(f"{{own: {{count: {when}}}}}", a_message(text)) is expected


HOSTILE = {
    "nested repetition": ("{own: {matches: '(a+)+$'}}", "a", "b"),
    "many alternatives": ("{own: {matches: '(a|aa|aaa|b?)*c'}}", "a", ""),
    "words inside words": ("{own: {contains_all: [aa, aaa, 退退, 退退退, 没有]}}", "退", ""),
    "pairs that are never near": ("{own: {near: {one: 退款, other: 没有, within: 0}}}", "退款，", "没有"),
    "counted words": ("{own: {count: {of: [退, 退款, 款], at_most: 3}}}", "退款", ""),
    "an order's number": ("{order_number: yes}", "order order:# ", ""),
}


@pytest.mark.slow
@pytest.mark.parametrize("name", HOSTILE)
def test_no_operator_is_super_linear_in_the_text(name):
    """Four times the text takes about four times the work; quadratic would be sixteen, exponential no end."""
    when, piece, end = HOSTILE[name]

    def work(times):
        message = a_message(piece * times + end)
        return lambda: asked(when, message)

    size = 20_000 // len(piece)
    assert growth(work, size, 4 * size, enough=12) <= 12
