"""Rules that can never act are told before they go live."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.implication import implies
from rules.looking import Look
from rules.shadow import find_dead_rules
from tests.factories.rules import a_book, a_message, a_rule, some_facts

EXAMPLES = ("{text: x, expect: nothing}", "{text: y, expect: nothing}")


def said(*rules: str) -> list[str]:
    """The English messages for one file that holds these rules."""
    content = rules[0] + "".join(rule.removeprefix("rules:\n") for rule in rules[1:])
    return [f"{p.line} {p.en}" for p in find_dead_rules(a_book(content).rules)]


def rule(id: str, when: str, then: str = "{type: 投诉}") -> str:
    return a_rule(id=id, when=when, then=then, examples=EXAMPLES)


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("{text: [退款, 退货]}", "{text: 退款}"),
        ("{text: 退款}", "{all: [{text: 退款}, {customer: {level: VIP}}]}"),
        ("{text: 退款}", "{subject: 退款}"),
        ("{any: [{text: 退款}, {sender: {domain: a.cn}}]}", "{sender: {domain: a.cn}}"),
        ("{text: {contains_all: [退款, 多次]}}", "{text: {contains_all: [多次, 退款, 没有]}}"),
        ("{text: 退款}", "{text: {contains_all: [退款, 多次]}}"),
        ("{text: {contains_any: [退款], contains_none: [谢谢]}}",
         "{text: {contains_any: [退款], contains_none: [谢谢, 已解决]}}"),
        ("{not: {text: 退款}}", "{not: {text: 退款}}"),
        ("{customer: {level: VIP}}", "{all: [{customer: {level: VIP}}, {hours: outside}]}"),
    ],
)  # fmt: skip
def test_a_rule_in_an_earlier_ones_shadow_is_told(earlier, later):
    """Wherever it holds, the earlier one holds and has set the same field."""
    assert said(rule("a", earlier), rule("b", later)) == [
        "9 the rule b never acts: wherever it holds, a at rules/10.yaml:2 holds first and sets the same"
    ]


@pytest.mark.parametrize(
    ("earlier", "later", "then"),
    [
        ("{text: 退款}", "{text: [退款, 退货]}", "{type: 投诉}"),
        ("{text: 退款}", "{text: 退款}", "{type: 投诉, urgency: 紧急}"),
        ("{subject: 退款}", "{text: 退款}", "{type: 投诉}"),
        ("{all: [{text: 退款}, {customer: {level: VIP}}]}", "{text: 退款}", "{type: 投诉}"),
        ("{text: 退款}", "{model: {type: 投诉}}", "{type: 投诉}"),
        ("{text: 退款}", "{text: 退款}", "{tags: [x]}"),
    ],
)
def test_a_rule_that_can_still_act_is_not(earlier, later, then):
    """It holds elsewhere, or sets more."""
    assert said(rule("a", earlier), rule("b", later, then)) == []


def test_a_rule_behind_one_that_stops_is_told():
    """Whatever it sets."""
    assert (
        len(said(rule("a", "{text: 退款}", "{type: 投诉, stop: yes}"), rule("b", "{text: 退款}", "{tags: [x]}"))) == 1
    )


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("{text: {contains_any: [退款], contains_none: [退款]}}",
         "the words that must stand there must not stand there"),
        ("{all: [{subject: 退款}, {text: {contains_none: [退款, 退货]}}]}",
         "the words that must stand there must not stand there"),
        ("{all: [{customer: {level: VIP}}, {customer: {level: 潜在}}]}", "no customer has both of these levels"),
        ("{model: {type: 投诉, confidence_above: 0.8, confidence_below: 0.8}}",
         "confidence_above is not under confidence_below"),
        ("{all: [{model: {type: 投诉}}, {model: {type: 咨询}}]}", "the model never says two values of type"),
    ],
)  # fmt: skip
def test_a_rule_that_can_never_hold_is_told(when, why):
    """With what contradicts what."""
    assert said(rule("a", when)) == [f"4 the rule a can never hold: {why}"]


WORDS = ("退款", "投诉", "谢谢", "多次")
_texts = st.builds(
    lambda op, words: f"{{text: {{{op}: [{', '.join(words)}]}}}}",
    st.sampled_from(["contains_any", "contains_all", "contains_none"]),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=3, unique=True),
)
_conditions = st.recursive(
    _texts,
    lambda inner: st.one_of(
        st.builds(lambda parts: f"{{all: [{', '.join(parts)}]}}", st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda parts: f"{{any: [{', '.join(parts)}]}}", st.lists(inner, min_size=1, max_size=3)),
        st.builds(lambda part: f"{{not: {part}}}", inner),
    ),
    max_leaves=5,
)
_messages = [
    a_message(" ".join(word for place, word in enumerate(WORDS) if number >> place & 1)) for number in range(16)
]


@pytest.mark.slow
@given(_conditions, _conditions)
@settings(max_examples=60, deadline=None)
def test_what_is_said_to_be_implied_is(one, other):
    """For each set of words that a text can hold, whenever the first condition holds so does the second."""
    book = a_book(a_rule(id="a", when=one), a_rule(id="b", when=other))
    first, second = (rule.condition for rule in book.rules)
    if implies(first, second):
        for message in _messages:
            look = Look(message=message, facts=some_facts(), lexicon=book.lexicon)
            assert second.holds(look) or not first.holds(look)
