"""Within what time communication tasks 沟通任务 are due, and what is said to the customer (DOMAIN 7 and 10)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.domain.duration import EXPECTED_FORMS, Duration, parse_duration
from core.domain.task import TaskKind
from core.settings.nodes import Node
from core.settings.reader import Reader
from responder.plain import shown_name
from responder.wording import LANGUAGES, salutation_words, with_form

FILE = "tasks.yaml"
_KINDS = tuple(kind.value for kind in TaskKind)
_WITHIN = (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRule:
    """``wording`` by the letter's language; no entry where nothing is prepared."""

    within: Duration = field(default_factory=lambda: Duration(days=1, working=True))
    wording: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskBook:
    """Every kind has its rule."""

    rules: Mapping[TaskKind, TaskRule]

    def within(self, kind: TaskKind) -> Duration:
        return self.rules[kind].within

    def wording(self, kind: TaskKind, language: str, name: str = "", form: str = "") -> str:
        """What is prepared for a customer of that language, with his salutation; '' where nothing is."""
        words = self.rules[kind].wording.get(language, "")
        return f"{salutation_words(with_form(shown_name(name), form, language), language)}\n\n{words}" if words else ""


def read_tasks(content: str = "") -> tuple[TaskBook, tuple[Problem, ...]]:
    """What is shipped with what ``tasks.yaml`` changes; and every problem of that file."""
    rules = dict(_shipped().rules)
    reader = Reader(FILE)
    _read(reader, content, rules)
    return TaskBook(rules=rules), tuple(reader.problems)


@cache
def _shipped() -> TaskBook:
    rules = {kind: TaskRule() for kind in TaskKind}
    _read(Reader(f"builtin:{FILE}"), (package_files("responder") / "builtin" / FILE).read_text("utf-8"), rules)
    return TaskBook(rules=rules)


def _read(reader: Reader, content: str, rules: dict[TaskKind, TaskRule]) -> None:
    root = reader.document(content)
    found = reader.mapping(root, ("沟通任务", "the tasks"), optional=_KINDS) if root is not None else None
    for name, node in (found or {}).items():
        rules[TaskKind(name)] = _rule(reader, name, node, rules[TaskKind(name)])


def _rule(reader: Reader, name: str, node: Node, usual: TaskRule) -> TaskRule:
    entries = reader.mapping(node, (name, name), optional=("within", "wording")) or {}
    within, wording = usual.within, usual.wording
    if "within" in entries:
        within = reader.parsed(entries["within"], ("within", "within"), parse_duration, _WITHIN) or within
    if "wording" in entries:
        said = reader.mapping(entries["wording"], ("wording", "the wording"), optional=LANGUAGES) or {}
        texts = {tag: reader.text(text, (tag, tag)) for tag, text in said.items()}
        wording = {tag: text for tag, text in texts.items() if text}
    return replace(usual, within=within, wording=wording)
