"""The book: local rules before built-in ones, switches, trial rules, and errors that never stop mail."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.ticket import Message
from rules.book import RuleBook, compile_book, make_book
from rules.condition import Plain
from rules.lexicon import LexiconBuilder
from rules.rule import Rule, Status
from rules.testing import test_book as run_all_examples
from tests.factories.rules import TAXONOMY, a_book, a_message, a_rule, local_hits, some_facts


def test_local_rules_stand_before_the_built_in_ones_in_the_order_of_files():
    """The order in which they win."""
    book, _ = compile_book({"rules/20.yaml": a_rule(id="b"), "rules/10.yaml": a_rule(id="a")}, TAXONOMY)
    ids = [rule.id for rule in book.rules]
    assert ids[:2] == ["a", "b"]
    assert all(rule.builtin for rule in book.rules[2:])


def test_a_local_rule_of_the_same_id_replaces_the_built_in_one():
    """With its own place."""
    book = a_book(a_rule(id="zh-outage"), builtin=True)
    (rule,) = [rule for rule in book.rules if rule.id == "zh-outage"]
    assert rule.where == "rules/10.yaml:2"


def acting(book: RuleBook, message: Message) -> list[str]:
    """What the model is told of the first pass."""
    return [hit.id for hit in book.first_pass(message, some_facts()) if hit.acts]


def test_a_built_in_rule_is_switched_off_or_to_trial_by_its_id():
    """Two lines are enough."""
    message = a_message("系统瘫痪")
    assert "zh-outage" in acting(a_book(builtin=True), message)
    off = a_book("rules:\n  - {id: zh-outage, status: retired}\n", builtin=True)
    assert "zh-outage" not in acting(off, message)
    trial = a_book("rules:\n  - {id: zh-outage, status: trial}\n", builtin=True)
    (hit,) = [hit for hit in trial.first_pass(message, some_facts()) if hit.id == "zh-outage"]
    assert hit.trial and "zh-outage" not in acting(trial, message)


def test_a_retired_rule_is_not_looked_at():
    """It stays in the file for the record."""
    assert local_hits(a_book(a_rule(extra="status: retired")), a_message("退款")) == ()


def test_a_hit_says_where_the_rule_stands_and_which_words_made_it():
    """file:line, and the words as they were written."""
    book = a_book(a_rule(then="{type: 投诉, tags: [退款, 财务]}"))
    (hit,) = [h for h in book.first_pass(a_message("我要退款"), some_facts()) if h.id == "test"]
    assert (hit.where, hit.title) == ("rules/10.yaml:2", "测试")
    assert hit.sets == (("type", "投诉"), ("tag", "退款"), ("tag", "财务"))
    assert [(w.where, w.text, w.start, w.end) for w in hit.words] == [("reply", "退款", 2, 4)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Breaks(Plain):
    """A condition with a bug."""

    def holds(self, look):
        raise ZeroDivisionError("of all things")


def test_a_rule_that_fails_is_a_recorded_error_and_the_others_go_on():
    """Never a silent miss, never a stopped mail."""
    good = next(rule for rule in a_book(a_rule()).rules if rule.id == "test")
    lexicon = LexiconBuilder()
    bad = Rule(
        id="bad", title="坏", file="rules/1.yaml", line=1, status=Status.ACTIVE, sets=(("type", "投诉"),),
        condition=Breaks(word="breaks", line=1),
    )  # fmt: skip
    book = make_book((bad, good), TAXONOMY, lexicon)
    hits = book.first_pass(a_message("x"), some_facts())
    assert [(hit.id, hit.error, hit.sets) for hit in hits] == [("bad", "ZeroDivisionError: of all things", ())]
    assert acting(book, a_message("x")) == []


def test_explain_shows_every_rule_and_what_a_miss_failed_on():
    """Each with the line of the condition that decided."""
    book = a_book(a_rule(when="{all: [{text: 退款}, {customer: {level: VIP}}]}"))
    looks = book.explain(a_message("退款"), some_facts())
    assert len(looks) == len(book.rules)
    (mine,) = [look for look in looks if look.id == "test"]
    assert (mine.hit, mine.failed) == (False, "customer:4")
    (mine,) = [look for look in book.explain(a_message("退款"), some_facts(level="VIP")) if look.id == "test"]
    assert (mine.hit, mine.failed, mine.words[0].text) == (True, "", "退款")


def test_a_built_in_rule_for_a_value_that_was_taken_away_is_left_out():
    """An admin may shorten the list of types."""
    fewer = dict(TAXONOMY.fields)
    fewer["type"] = tuple(value for value in fewer["type"] if value.key != "合作需求")
    taxonomy = type(TAXONOMY)(fields=fewer, defaults=TAXONOMY.defaults)
    book, problems = compile_book({}, taxonomy)
    assert problems == ()
    assert not [rule for rule in book.rules if ("type", "合作需求") in rule.sets]
    assert "zh-outage" in {rule.id for rule in book.rules}


def test_examples_that_fail_are_told_with_what_was_expected_and_what_came():
    """At the example's own line, and counted apart from the built-in ones."""
    book = a_book(
        a_rule(
            then="{type: 投诉, urgency_at_least: 重要}",
            examples=[
                "{text: 退款, expect: {type: 投诉, priority: 高}}",
                "{text: 退款政策, expect: nothing}",
                "{text: 退货, expect: {type: 投诉}}",
            ],
        )
    )
    result = run_all_examples(book)
    assert [(f.rule, f.file, f.line, f.expected, f.got) for f in result.failed] == [
        ("test", "rules/10.yaml", 7, "priority=高", "priority=中"),
        ("test", "rules/10.yaml", 8, "nothing", "type=投诉 urgency_at_least=重要"),
        ("test", "rules/10.yaml", 9, "type=投诉", "nothing"),
    ]
    said = result.as_json()
    assert said["local"] == {"rules": 1, "examples": 3}
    assert said["rules"] == 1 + result.builtin.rules
    assert result.problems()[0].zh == "规则 test 的例子没有通过：应为 priority=高，实为 priority=中"


def test_a_miss_names_the_condition_the_operator_and_the_words_in_its_way():
    """So that an admin sees at once why a rule kept silent."""
    when = "{all: [{text: {contains_any: [退款], contains_none: [谢谢]}}, {not: {text: 多次}}]}"
    book = a_book(a_rule(when=when))

    def looked(text):
        (look,) = book.explain(a_message(text), some_facts())
        return look.hit, look.failed, look.operator, [words.text for words in look.words]

    assert looked("我要退款") == (True, "", "", ["退款"])
    assert looked("你好") == (False, "text:4", "contains_any", [])
    assert looked("退款收到，謝謝") == (False, "text:4", "contains_none", ["謝謝"])
    assert looked("退款多次") == (False, "not:4", "", ["多次"])
