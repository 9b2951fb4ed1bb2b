"""Deciding: agent, then rule, then model, then default; floors only raise; everything says why."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.decision import By
from core.domain.suggestion import NO_SUGGESTION, Alternative, FieldSuggestion, Suggestion
from rules.decide import decide, redecide
from tests.factories.rules import TAXONOMY, a_book, a_message, a_rule, a_suggestion, some_facts


def decided(*rules, message=None, suggestion=NO_SUGGESTION, agent=None, **facts):
    """The decision by these rules alone."""
    book = a_book(*rules)
    message, known = message or a_message("退款"), some_facts(**facts)
    return decide(
        taxonomy=TAXONOMY,
        facts=known,
        first=book.first_pass(message, known),
        second=book.second_pass(message, known, suggestion),
        suggestion=suggestion,
        bundle="b1",
        agent=agent,
    )


def test_without_anything_each_field_has_its_default_and_says_so():
    """And nothing counts as accepted."""
    decision = decided(message=a_message("你好"))
    assert decision.value("type") == "其他"
    assert decision.value("urgency") == "常规"
    assert decision.value("priority") == "低"
    assert decision.value("team") == "客服部"
    assert decision.choices["type"].by is By.DEFAULT
    assert decision.choices["priority"].by is By.DERIVED
    assert not any(choice.accepted for choice in decision.choices.values())


def test_the_models_word_is_taken_even_when_it_is_unsure_but_not_accepted():
    """An agent looks at it."""
    choice = decided(message=a_message("你好"), suggestion=a_suggestion(type=("咨询", 0.4))).choices["type"]
    assert (choice.value, choice.by, choice.accepted, choice.confidence) == ("咨询", By.MODEL, False, 0.4)
    assert choice.source == "m1"
    sure = decided(message=a_message("你好"), suggestion=a_suggestion(type=("咨询", 0.99, True))).choices["type"]
    assert sure.accepted


def test_a_rule_wins_over_the_model_and_the_models_word_is_kept():
    """With the model's probability of the value that was chosen."""
    said = FieldSuggestion(value="咨询", confidence=0.7, alternatives=(Alternative(value="投诉", confidence=0.2),))
    choice = decided(a_rule(), suggestion=Suggestion(model="m1", fields={"type": said})).choices["type"]
    assert (choice.value, choice.by, choice.source, choice.accepted) == ("投诉", By.RULE, "test", True)
    assert (choice.suggested, choice.confidence) == ("咨询", 0.2)
    assert choice.because == "规则 测试（rules/10.yaml:2）：“退款”"


def test_an_agent_wins_over_a_rule():
    """And the rule's hit says which field it lost."""
    decision = decided(a_rule(), agent={"type": "咨询", "priority": "高"})
    assert (decision.value("type"), decision.choices["type"].by) == ("咨询", By.AGENT)
    assert (decision.value("priority"), decision.choices["priority"].by) == ("高", By.AGENT)
    assert [(hit.id, hit.overridden) for hit in decision.hits] == [("test", ("type",))]


def test_the_first_rule_that_sets_a_field_wins_it():
    """In the order of file name and place; the other is recorded as overridden."""
    decision = decided(a_rule(id="one", then="{type: 投诉}"), a_rule(id="two", then="{type: 咨询, topic: 价格}"))
    assert (decision.value("type"), decision.value("topic")) == ("投诉", "价格")
    assert {hit.id: hit.overridden for hit in decision.hits} == {"one": (), "two": ("type",)}


def test_hits_of_the_second_pass_stand_at_their_place_in_the_book():
    """A rule that asks the model is not later than it was written."""
    asks = a_rule(id="asks", when="{model: {type: 投诉}}", then="{type: 投诉}")
    plain = a_rule(id="plain", then="{type: 咨询}")
    said = a_suggestion(type=("投诉", 0.5))
    assert decided(asks, plain, suggestion=said).value("type") == "投诉"
    assert decided(plain, asks, suggestion=said).value("type") == "咨询"


@pytest.mark.parametrize(
    ("rule", "model", "expected", "by"),
    [
        ("{urgency_at_least: 重要}", None, "重要", By.RULE),
        ("{urgency_at_least: 重要}", "常规", "重要", By.RULE),
        ("{urgency_at_least: 重要}", "紧急", "紧急", By.MODEL),
        ("{urgency_at_least: 常规}", None, "常规", By.RULE),
        ("{urgency: 常规}", "紧急", "常规", By.RULE),
    ],
)
def test_a_floor_only_raises_and_an_absolute_rule_sets_both_ways(rule, model, expected, by):
    """``urgency_at_least`` against ``urgency``."""
    suggestion = a_suggestion(urgency=(model, 0.9)) if model else NO_SUGGESTION
    choice = decided(a_rule(then=rule), suggestion=suggestion).choices["urgency"]
    assert (choice.value, choice.by) == (expected, by)


@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("{urgency_at_least: 重要}", "{urgency_at_least: 紧急}", "紧急"),
        ("{urgency_at_least: 紧急}", "{urgency: 常规}", "紧急"),
        ("{urgency: 常规}", "{urgency_at_least: 紧急}", "常规"),
        ("{urgency_at_least: 重要}", "{urgency: 紧急}", "紧急"),
    ],
)
def test_floors_and_absolute_rules_together(first, second, expected):
    """A floor holds against all that comes after it; an absolute rule ends the matter for what follows."""
    assert decided(a_rule(id="one", then=first), a_rule(id="two", then=second)).value("urgency") == expected


def test_urgent_brings_the_special_team_and_raises_the_priority():
    """As a tag; the type's team stays in charge."""
    decision = decided(a_rule(then="{type: 投诉, urgency: 紧急}"))
    assert (decision.value("priority"), decision.value("team")) == ("高", "客户关系组")
    assert "专项处理组" in decision.tags


@pytest.mark.parametrize(
    ("facts", "then", "expected"),
    [
        ({}, "{urgency: 常规}", "低"),
        ({"level": "VIP"}, "{urgency: 常规}", "中"),
        ({"tags": ("潜在高价值",)}, "{urgency: 重要}", "高"),
        ({}, "{impact: wide}", "高"),
        ({}, "{tags: [潜在高价值]}", "中"),
        ({"level": "VIP"}, "{priority: 低}", "低"),
    ],
)
def test_priority_is_derived_unless_a_rule_sets_it(facts, then, expected):
    """DOMAIN's arithmetic, stored in words."""
    choice = decided(a_rule(then=then), **facts).choices["priority"]
    assert choice.value == expected
    assert choice.because


def test_trial_rules_are_recorded_and_decide_nothing():
    """What they would have done stays readable."""
    decision = decided(a_rule(then="{type: 投诉, spam: yes, letter: {none: x}}", extra="status: trial"))
    assert (decision.value("type"), decision.spam, decision.letter) == ("其他", False, "")
    assert [(hit.id, hit.trial, hit.overridden) for hit in decision.hits] == [("test", True, ())]


def test_a_rule_that_stops_ends_the_matter_for_all_behind_it():
    """Later hits are recorded as overridden; the fields it did not set fall to model and default."""
    first, second = a_rule(id="one", then="{tags: [x], stop: yes}"), a_rule(id="two", then="{type: 投诉, tags: [y]}")
    decision = decided(first, second)
    assert decision.value("type") == "其他"
    assert decision.tags == ("x",)
    assert [hit.overridden for hit in decision.hits] == [(), ("type", "tag")]


def test_a_rule_names_the_owner():
    """The first that does; without one there is no such field."""
    decision = decided(a_rule(id="one", then="{owner: wang}"), a_rule(id="two", then="{owner: li}"))
    assert decision.value("owner") == "wang"
    assert "owner" not in decided(message=a_message("你好")).choices


def test_tags_letters_and_spam_of_rules():
    """Tags of all rules, the first word on spam and letters."""
    decision = decided(
        a_rule(id="one", then="{tags: [甲, 乙], spam: no}"),
        a_rule(id="two", then="{tags: [乙, 丙], spam: yes, letter: {none: 内部测试}}"),
    )
    assert (decision.tags, decision.spam, decision.letter) == (("甲", "乙", "丙"), False, "内部测试")


VALUES = {name: [value.key for value in TAXONOMY.values(name)] for name in ("type", "urgency", "emotion", "topic")}


@st.composite
def suggestions(draw):
    fields = {
        name: (draw(st.sampled_from(values)), draw(st.floats(0, 1)), draw(st.booleans()))
        for name, values in VALUES.items()
        if draw(st.booleans())
    }
    return a_suggestion(**fields) if fields else NO_SUGGESTION


@given(
    words=st.lists(
        st.sampled_from(["退款", "多次", "投诉", "系统瘫痪", "谢谢", "请问吗", "12315", "紧急", "不急", "报错"]),
        max_size=5,
    ),
    suggestion=suggestions(),
    agent=st.dictionaries(st.sampled_from(["type", "urgency"]), st.just("常规"), max_size=1),
    level=st.sampled_from(["VIP", "普通"]),
    reply=st.booleans(),
)
def test_recomputing_from_what_was_stored_gives_the_stored_decision(words, suggestion, agent, level, reply):
    """Message, facts, suggestion, bundle and the agents' words are enough: misses need not be stored."""
    book = SHIPPED
    message = a_message("，".join(words), subject=words[0] if words else "")
    facts = some_facts(level=level, is_reply=reply)
    stored = decide(
        taxonomy=TAXONOMY,
        facts=facts,
        first=book.first_pass(message, facts),
        second=book.second_pass(message, facts, suggestion),
        suggestion=suggestion,
        bundle="b1",
        agent=agent,
    )
    assert redecide(book, message, stored) == stored


SHIPPED = a_book(
    a_rule(id="asks", when="{model: {type: 咨询, confidence_below: 50%}}", then="{urgency_at_least: 重要}"),
    builtin=True,
)
