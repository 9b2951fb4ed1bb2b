"""Reads a rule file: a mapping with one key ``rules``, a list; every problem is noted with its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from core.settings.nodes import ListNode, MapNode, Node, Scalar
from core.settings.reader import Reader
from rules.actions import ACTIONS, check_occasions, read_actions
from rules.condition import All, AnyOf, Condition, Making, Not
from rules.conditions.registry import CONDITIONS
from rules.examples import read_examples
from rules.occasions import check_conditions, read_occasions
from rules.rule import STATUS_WORDS, Rule, Status

_REQUIRED = ("id", "title", "when", "then", "examples")
_OPTIONAL = ("why", "owner", "status", "review_by", "run_on", "after")
_ID = re.compile(r"[\w.-]{1,64}")
_JOINS = ("all", "any", "not")
_ELSEWHERE = {**dict.fromkeys(ACTIONS, "then"), **dict.fromkeys((*_JOINS, *CONDITIONS), "when")}
_BESIDE_WHEN = ("then", "examples", "why", "status", "review_by", "run_on", "after")
_WHEN = ("条件", "the condition")
FEWEST_EXAMPLES = 2
"""Of an active rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Switch:
    """An entry with only ``id`` and ``status``: what becomes of a built-in rule."""

    id: str
    status: Status
    node: MapNode


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    rules: tuple[tuple[Rule, Node], ...] = ()
    switches: tuple[Switch, ...] = ()


def read_rule_file(reader: Reader, content: str, making: Making, *, builtin: bool = False) -> RuleFile:
    """The rules that could be read completely, and the switches for built-in ones."""
    root = reader.document(content)
    if root is None:
        return RuleFile()
    top = reader.mapping(root, ("规则文件", "a rule file"), required=("rules",)) or {}
    node = top.get("rules")
    if node is None or (isinstance(node, Scalar) and not node.text):
        return RuleFile()
    rules: list[tuple[Rule, Node]] = []
    switches: list[Switch] = []
    for item in reader.items(node, ("rules", "rules")):
        if isinstance(item, MapNode) and {key.text for key, _ in item.entries} == {"id", "status"}:
            switch = _read_switch(reader, item)
            switches.extend((switch,) if switch is not None else ())
            continue
        rule = _read_rule(reader, item, making, builtin)
        rules.extend(((rule, item),) if rule is not None else ())
    return RuleFile(rules=tuple(rules), switches=tuple(switches))


def _read_switch(reader: Reader, node: MapNode) -> Switch | None:
    name = _read_id(reader, node.get("id"))
    status = _read_status(reader, node.get("status"))
    return Switch(id=name, status=status, node=node) if name is not None and status is not None else None


def _read_rule(reader: Reader, node: Node, making: Making, builtin: bool) -> Rule | None:
    before = len(reader.problems)
    entries = reader.mapping(node, ("规则", "the rule"), required=_REQUIRED, optional=_OPTIONAL, elsewhere=_ELSEWHERE)
    if entries is None:
        return None
    name = _read_id(reader, entries.get("id"))
    status = _read_status(reader, entries.get("status")) if "status" in entries else Status.ACTIVE
    texts = {
        key: reader.text(entries[key], (key, key), empty=key != "title") or ""
        for key in ("title", "why", "owner")
        if key in entries
    }
    review_by: date | None = reader.day(entries["review_by"], ("review_by",) * 2) if "review_by" in entries else None
    on, after = read_occasions(reader, entries)
    condition = read_condition(reader, entries["when"], making) if "when" in entries else None
    sets = read_actions(reader, entries["then"], making) if "then" in entries else ()
    examples = read_examples(reader, entries["examples"], making, on) if "examples" in entries else ()
    if "then" in entries:
        check_occasions(reader, entries["then"], on)
    if condition is not None:
        check_conditions(reader, condition, on)
    is_whole = len(reader.problems) == before
    # A rule that lacks examples only is looked at like any other: all that is wrong with it is told at once.
    if status is not None:
        _check_examples(reader, entries, status)
    if not is_whole or name is None or condition is None or status is None:
        return None
    return Rule(
        id=name,
        file=reader.file,
        line=node.line,
        column=node.column,
        status=status,
        condition=condition,
        sets=sets,
        examples=examples,
        review_by=review_by,
        builtin=builtin,
        on=on,
        after=after,
        title=texts["title"],
        why=texts.get("why", ""),
        owner=texts.get("owner", ""),
    )


def _read_id(reader: Reader, node: Node | None) -> str | None:
    def parse(word: str) -> str:
        if not _ID.fullmatch(word):
            raise ValueError
        return word

    expected = ("字母、数字、- . _，不超过 64 个，没有空格", "letters, digits, - . _, 64 at most, no spaces")
    return reader.parsed(node, ("id", "id"), parse, expected) if node is not None else None


def _read_status(reader: Reader, node: Node | None) -> Status | None:
    return reader.one_of(node, ("status", "status"), STATUS_WORDS)


def _check_examples(reader: Reader, entries: Mapping[str, Node], status: Status) -> None:
    """By how many are written, whatever is wrong with one of them."""
    written = entries.get("examples")
    if not isinstance(written, ListNode):
        return
    count = len(written.items)
    if status is Status.RETIRED or count >= FEWEST_EXAMPLES:
        return
    if status is Status.TRIAL and count == 0:
        reader.problem(
            entries["examples"],
            "试运行的规则至少要有一个例子",
            "a rule on trial needs an example",
            "写一段它该符合的话和 expect: {…}",
            "write a text that it meets, and expect: {…}",
        )
    if status is Status.ACTIVE:
        reader.problem(
            entries["examples"],
            f"生效的规则至少要有 {FEWEST_EXAMPLES} 个例子",
            f"an active rule needs {FEWEST_EXAMPLES} examples or more",
            "一个符合的，一个相近但不该符合的（expect: nothing）",
            "one that it meets, and one near-miss (expect: nothing)",
        )


def read_condition(reader: Reader, node: Node, making: Making) -> Condition | None:
    """The condition under ``when``; several keys in one place must all hold."""
    if _is_list(reader, node):
        return None
    entries = reader.mapping(node, _WHEN, optional=(*_JOINS, *CONDITIONS), outside=("when", _BESIDE_WHEN))
    if entries is None:
        return None
    parts = [_read_part(reader, word, value, making) for word, value in entries.items()]
    usable = tuple(part for part in parts if part is not None)
    if len(usable) < len(parts) or not usable:
        if not entries and isinstance(node, MapNode) and not node.entries:
            reader.problem(node, "没有条件", "there is no condition", *_possible())
        return None
    return usable[0] if len(usable) == 1 else All(parts=usable, line=node.line)


def _is_list(reader: Reader, node: Node) -> bool:
    if isinstance(node, Scalar | MapNode):
        return False
    reader.problem(
        node,
        "这里不能直接写列表",
        "a list cannot stand here",
        "先写 all:（都要符合）或 any:（符合一个即可），下面再写列表",
        "write all: (each must hold) or any: (one is enough) above the list",
    )
    return True


def _read_part(reader: Reader, word: str, node: Node, making: Making) -> Condition | None:
    before = len(reader.problems)
    part = _read_join(reader, word, node, making) if word in _JOINS else CONDITIONS[word](reader, node, making)
    if part is None and len(reader.problems) == before:
        reader.problem(node, f"{word} 是空的", f"{word} is empty")
    return part


def _read_join(reader: Reader, word: str, node: Node, making: Making) -> Condition | None:
    if word == "not":
        part = read_condition(reader, node, making)
        return Not(part=part, line=node.line) if part is not None else None
    items = reader.items(node, (word, word))
    parts = [read_condition(reader, item, making) for item in items]
    usable = tuple(part for part in parts if part is not None)
    if not usable or len(usable) < len(parts):
        return None
    return All(parts=usable, line=node.line) if word == "all" else AnyOf(parts=usable, line=node.line)


def _possible() -> tuple[str, str]:
    names = (*_JOINS, *CONDITIONS)
    return "可以写：" + "、".join(names), "possible: " + ", ".join(names)
