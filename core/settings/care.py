"""Reads ``care.yaml``: the plans by which we keep in touch with classes of customers."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from core.domain.bundle import Problem
from core.domain.care_plan import KINDS, MOST_BEFORE, CarePlan, CareSettings, CustomerClass, Every, PlanMode
from core.domain.key_date import ANNIVERSARY, BIRTHDAY
from core.domain.task import TaskKind
from core.domain.taxonomy import Taxonomy
from core.settings.nodes import ListNode, MapNode, Node, Scalar
from core.settings.reader import Reader

FILE = "care.yaml"
_NAME = re.compile(r"[\w.-]{1,40}")
_COMMON = ("mode", "for", "letter", "note", "words", "team")
_PERIODIC = ("every", "day")
_OF_KIND: Mapping[TaskKind, tuple[str, ...]] = {
    kind: {TaskKind.KEY_DATE: ("date", "before"), TaskKind.GONE_QUIET: ("days",)}.get(kind, _PERIODIC) for kind in KINDS
}
_CLASS = ("levels", "tags_any", "tags_none")
_DATES = {"生日": BIRTHDAY, "合作纪念日": ANNIVERSARY, "纪念日": ANNIVERSARY}
_NUMBERS = {"day": (1, 180), "before": (0, MOST_BEFORE), "days": (14, 1_500)}
_TEXTS = {"note": 4_000, "words": 500, "team": 100}
MOST_PER_DAY = 1_000


def read_care(
    content: str | bytes, taxonomy: Taxonomy | None, letters: Collection[str], file: str = FILE
) -> tuple[CareSettings, tuple[Problem, ...]]:
    """The plans that could be read, and everything that is wrong. ``letters`` are the letters of care."""
    reader, usual = Reader(file), CareSettings()
    root = reader.document(content)
    if root is None:
        return usual, tuple(reader.problems)
    entries = reader.mapping(root, ("联系计划", "the care plans"), optional=("per_day", "plans")) or {}
    per_day = usual.per_day
    if "per_day" in entries:
        per_day = reader.integer(entries["per_day"], ("per_day", "per_day"), low=1, high=MOST_PER_DAY) or per_day
    given = reader.entries(entries["plans"], ("plans", "plans")) if "plans" in entries else ()
    plans = (_plan(reader, key, node, taxonomy, letters) for key, node in given)
    return CareSettings(plans=tuple(one for one in plans if one), per_day=per_day), tuple(reader.problems)


def _plan(
    reader: Reader, key: Scalar, node: Node, taxonomy: Taxonomy | None, letters: Collection[str]
) -> CarePlan | None:
    what = (f"计划 {key.text}", f"the plan {key.text}")
    if not _NAME.fullmatch(key.text):
        reader.problem(
            key, f"计划不能叫 {key.text!r}", f"a plan cannot be called {key.text!r}", "用文字、数字、- 和 _",
            "words, digits, - and _",
        )  # fmt: skip
        return None
    named = node.get("kind") if isinstance(node, MapNode) else None
    kind = reader.one_of(named, ("kind", "kind"), {one.value: one for one in KINDS}) if named is not None else None
    own = _OF_KIND[kind] if kind else tuple(dict.fromkeys(name for names in _OF_KIND.values() for name in names))
    needs = ("kind", "letter") if kind is TaskKind.CONTENT else ("kind",)
    entries = reader.mapping(node, what, required=needs, optional=(*_COMMON, *own))
    if entries is None or kind is None:
        return None
    return CarePlan(name=key.text, kind=kind, **_values(reader, entries, taxonomy, letters))


def _values(
    reader: Reader, entries: Mapping[str, Node], taxonomy: Taxonomy | None, letters: Collection[str]
) -> dict[str, Any]:
    """What could be read; the usual value stands for what could not."""
    read: dict[str, Any] = {}
    if "every" in entries:
        terms = {one.value: one for one in Every} | {"half-year": Every.HALF_YEAR}
        read["every"] = reader.one_of(entries["every"], ("every", "every"), terms)
    # A quarter has no later day: the plan would never have anything to do.
    numbers = _NUMBERS | ({"day": (1, 90)} if read.get("every") is Every.QUARTER else {})
    read |= {
        name: reader.integer(entries[name], (name, name), low=low, high=high)
        for name, (low, high) in numbers.items()
        if name in entries
    }
    read |= {name: _text(reader, entries[name], name) for name in _TEXTS if name in entries}
    if "mode" in entries:
        read["mode"] = reader.one_of(entries["mode"], ("mode", "mode"), {one.value: one for one in PlanMode})
    if "letter" in entries:
        read["letter"] = reader.one_of(entries["letter"], ("关怀信", "letter of care"), {one: one for one in letters})
    if "date" in entries:
        word = reader.text(entries["date"], ("date", "date"))
        read["key_date"] = _DATES.get(word or "", word)
    if "for" in entries:
        read["who"] = _class(reader, entries["for"], taxonomy)
    return {name: value for name, value in read.items() if value is not None}


def _class(reader: Reader, node: Node, taxonomy: Taxonomy | None) -> CustomerClass | None:
    entries = reader.mapping(node, ("for", "for"), optional=_CLASS)
    if entries is None:
        return None
    levels: list[str | None] = []
    if "levels" in entries and taxonomy is not None:
        given = entries["levels"]
        each = given.items if isinstance(given, ListNode) else (given,)
        levels = [reader.value_of(one, taxonomy, "level") for one in each]
    tags = {name: reader.texts(entries[name], (name, name)) for name in _CLASS[1:] if name in entries}
    return CustomerClass(levels=tuple(one for one in levels if one), **tags)


def _text(reader: Reader, node: Node, name: str) -> str | None:
    text = reader.text(node, (name, name))
    if text is not None and len(text) > _TEXTS[name]:
        reader.problem(node, f"{name} 太长", f"{name} is longer than {_TEXTS[name]} characters")
        return None
    return text
