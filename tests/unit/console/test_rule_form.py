"""A form reads back what it showed, of any rule; what it cannot ask for it shows as YAML."""

from __future__ import annotations

from datetime import UTC, datetime
from importlib.resources import files as package_files
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.domain.bundle import Problem
from core.settings.plain import Plain
from core.settings.rewrite import is_same, items_of
from huiying.console.rule_fields import FormMaker, Part, RuleSchema
from huiying.console.rule_form import act, marks, read_form
from huiying.console.site import environment
from huiying.console.words import Words, read_catalogues
from rules.actions import ACTIONS
from rules.conditions.registry import CONDITIONS
from rules.schema import rule_schema
from tests.factories.forms import sent_by
from tests.factories.rules import TAXONOMY

SCHEMA = RuleSchema(whole=rule_schema(TAXONOMY))
CATALOGUES = read_catalogues()
TEMPLATE = environment().get_template("parts/rule_form.html")
BUILTIN = sorted(one.name for one in (package_files("rules") / "builtin").iterdir() if one.name.endswith(".yaml"))

_words = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(["退款", " x", "", "a\nb", "a\rb", "yes"])
_keys = st.sampled_from([*CONDITIONS, *ACTIONS, "all", "any", "not", "contains_any", "expect", "near", "level"])
_plain = st.recursive(
    _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_words | _keys, inner, max_size=3),
    max_leaves=10,
)

_rules = st.fixed_dictionaries(
    {"id": _words, "title": _words, "when": _plain, "then": _plain, "examples": _plain}, optional={"why": _words}
)


def words(language: str = "zh-CN") -> Words:
    return Words(
        language=language,
        catalogue=CATALOGUES[language],
        taxonomy=TAXONOMY,
        zone=UTC,
        now=datetime(2026, 3, 5, tzinfo=UTC),
    )


def form_of(rule: Plain) -> Part:
    return FormMaker(schema=SCHEMA, words=words()).form(rule)


def page_of(rule: Plain, language: str = "zh-CN") -> str:
    made = FormMaker(schema=SCHEMA, words=words(language)).form(rule)
    return TEMPLATE.render(t=words(language), form=made, focus="", icon=lambda name: "")


def parts_of(part: Part) -> list[Part]:
    return [part, *(inner for one in part.parts for inner in parts_of(one))]


@pytest.mark.slow
@pytest.mark.parametrize("name", BUILTIN)
def test_the_form_says_every_shipped_rule(name: str) -> None:
    """Without YAML anywhere, and reads it back as it was."""
    content = (package_files("rules") / "builtin" / name).read_text("utf-8")
    for item in items_of(content, "rules") or pytest.fail(name):
        made = form_of(item.value)
        assert [one.path for one in parts_of(made) if one.shape == "yaml"] == []
        filled = read_form(sent_by(page_of(item.value)))
        assert is_same(filled.rule, item.value)
        assert filled.unreadable == {}


@pytest.mark.slow
@settings(max_examples=150, deadline=None)
@given(_rules)
def test_no_rule_is_changed_by_being_shown(rule: dict[str, Plain]) -> None:
    """Whatever somebody wrote: what has no place in the form stands in it as YAML."""
    filled = read_form(sent_by(page_of(rule)))
    assert filled.unreadable == {}
    shown = {key: one for key, one in rule.items() if key != "why" or one != ""}
    assert is_same(filled.rule, shown)


@pytest.mark.slow
def test_everything_that_the_language_knows_can_be_added() -> None:
    """Each condition, action and key, from the schema alone; a page can show it and read it back."""
    queue = ["rule/when", "rule/then"]
    empty: Any = {"id": "a", "title": "t", "when": {}, "then": {}, "examples": []}
    assert {one.value for one in form_of(empty).more} == {"run_on", "after"}
    for path in queue:
        rule: Any = {"id": "a", "title": "t", "when": {}, "then": {}, "examples": []}
        if path.count("/") > 1:
            act(rule, SCHEMA, f"add:{path.rpartition('/')[0]}", path.rpartition("/")[2])
        place = next(one for one in parts_of(form_of(rule)) if one.path == path)
        if path.count("/") == 1:
            queue += [f"{path}/{one.value}" for one in place.more]
        assert is_same(read_form(sent_by(page_of(rule))).rule, rule)
    assert {one.rpartition("/")[2] for one in queue} >= {*CONDITIONS, *ACTIONS, "all", "any", "not"}


def test_when_a_rule_runs_is_asked_for() -> None:
    """On which occasion and how long after a state: added from the form, shown with its values, read back as it was."""
    rule: Any = {"id": "a", "title": "t", "when": {}, "then": {}, "examples": []}
    for key in ("run_on", "after"):
        act(rule, SCHEMA, "add:rule", key)
    rule["run_on"] = ["reply", "after"]
    rule["after"] = {"state": "waiting_customer", "time": "3 工作日"}
    page = page_of(rule)
    assert all(one in page for one in ("何时运行", "客户回复时", "待客户回复", "3 工作日"))
    assert "How long after a state" in page_of(rule, "en")
    made = {one.path: one.shape for one in parts_of(form_of(rule))}
    assert made["rule/run_on"] == "choices" and made["rule/after/time"] == "text" and "yaml" not in made.values()
    assert is_same(read_form(sent_by(page)).rule, rule)


def test_both_languages_have_words_for_what_they_show() -> None:
    """Labels come from the schema or the catalogue."""
    rule: Plain = {"id": "a", "title": "t", "when": {"customer": {"level": "VIP"}}, "then": {}, "examples": []}
    assert "客户等级" in page_of(rule) and "Customer level" in page_of(rule, "en")


def test_a_value_that_is_none_is_shown_as_it_is() -> None:
    """Never another one in its place."""
    made = form_of({"id": "a", "title": "", "when": {}, "then": {"type": "没有这种"}, "examples": []})
    (place,) = (one for one in parts_of(made) if one.path == "rule/then/type")
    assert place.shape == "text" and place.value == "没有这种"


def test_a_problem_stands_at_the_deepest_place_that_the_form_has() -> None:
    """A word inside a list is marked at the list; a line of another rule nowhere."""
    content = "rules:\n  - id: a\n    when:\n      text: [x,\n        y]\n  - id: b\n    when: {text: z}\n"

    def problem(line: int, column: int) -> Problem:
        return Problem(file="f", line=line, column=column, zh="", en="")

    paths = ["rule", "rule/id", "rule/when", "rule/when/text"]
    found = marks(content, "a", [problem(5, 9), problem(2, 1), problem(7, 5)], paths)
    assert {path: [one.line for one in each] for path, each in found.items()} == {"rule/when/text": [5], "rule": [2]}
    assert marks(content, "nobody", [problem(5, 9)], paths) == {}


def test_a_button_that_means_nothing_does_nothing() -> None:
    """Whatever is sent."""
    rule: Plain = {"id": "a", "when": {"all": [{"text": "x"}]}}
    for button in (
        "",
        "add",
        "up:rule/when/all/9",
        "add:nowhere/at/all",
        "append:rule/id",
        "drop:",
        "as-keys:x",
        "?:x",
    ):
        act(rule, SCHEMA, button, "")
    assert rule == {"id": "a", "when": {"all": [{"text": "x"}]}}


class TestLetter:
    """No letter with its reason, or one of those that there are."""

    MAKER = FormMaker(
        schema=RuleSchema(whole=rule_schema(TAXONOMY, ("acknowledgement", "vip-welcome"))),
        words=words(),
        letters={"vip-welcome": "欢迎大客户"},
    )

    @staticmethod
    def rule(**letter: Plain) -> Any:
        return {"id": "a", "title": "t", "when": {"text": "x"}, "then": {"letter": letter}, "examples": []}

    def parts(self, rule: Plain) -> dict[str, Part]:
        return {one.path: one for one in parts_of(self.MAKER.form(rule))}

    def test_a_letter_is_chosen_among_those_there_are(self) -> None:
        """By its title; why stands beside it."""
        parts = self.parts(self.rule(name="vip-welcome", reason="新客户"))
        assert [one for one in parts.values() if one.shape == "yaml"] == []
        chosen = parts["rule/then/letter/name"]
        assert (chosen.shape, chosen.chosen) == ("choice", ("vip-welcome",))
        assert [one.label for one in chosen.options] == ["acknowledgement", "欢迎大客户 · vip-welcome"]
        assert parts["rule/then/letter/reason"].value == "新客户"

    def test_the_two_ways_lead_to_each_other(self) -> None:
        """No letter first, then another one, and back; each is read back as it was."""
        rule = self.rule()
        del rule["then"]["letter"]
        act(rule, self.MAKER.schema, "add:rule/then", "letter")
        assert rule["then"]["letter"] == {"none": ""}
        for button, shown, label in (
            ("keys-name", {"name": ""}, "改发另一封信"), ("keys", {"none": ""}, "不发回执"),
        ):  # fmt: skip
            (other,) = self.parts(rule)["rule/then/letter"].others
            assert (other.value, other.label) == (button, label)
            act(rule, self.MAKER.schema, f"as-{button}:rule/then/letter", "")
            assert rule["then"]["letter"] == shown
            page = TEMPLATE.render(t=words(), form=self.MAKER.form(rule), focus="", icon=lambda name: "")
            assert is_same(read_form(sent_by(page)).rule, rule)

    def test_a_letter_that_is_gone_is_shown_by_its_name(self) -> None:
        """Never another one in its place."""
        part = self.parts(self.rule(name="old"))["rule/then/letter/name"]
        assert (part.shape, part.value) == ("text", "old")


def test_a_value_is_shown_once_in_the_spelling_that_is_written() -> None:
    """Whatever a value was written as: its own name stands beside it in no list, and each reader sees his language."""
    rule: Plain = {
        "when": {
            "hours": {"is": "工作时间", "weekday": ["周六", "sunday"]},
            "clock": {"name": "首次响应"},
            "ticket": {"state": "待客户回复", "type": "complaint"},
            "language": "zh-TW",
        },
        "then": {"ask": ["订单号", "screenshot"]},
    }
    for language in ("zh-CN", "en"):
        made = FormMaker(schema=SCHEMA, words=words(language)).form(rule)
        shown = [part for part in parts_of(made) if part.options]
        assert {"is", "weekday", "name", "state", "type", "language", "ask"} <= {part.key for part in shown}
        for part in shown:
            labels = [one.label for one in part.options]
            assert len(labels) == len(set(labels)), (part.path, labels)
            assert set(part.chosen) <= {one.value for one in part.options} | {""}
    assert "首次响应" not in page_of({"when": {"clock": {"is": "即将超时"}}}, "en")
