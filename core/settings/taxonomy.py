"""Reads ``taxonomy.yaml``: which values each field of a demand can have."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.bundle import Problem
from core.domain.priority import WIDE_IMPACT
from core.domain.taxonomy import PRIORITIES, URGENCIES, Taxonomy, Value, names_of
from core.settings.nodes import Node
from core.settings.reader import Reader

FIELDS = ("type", "urgency", "emotion", "topic", "impact", "gravity", "priority", "level")
DEFAULTED = ("type", "urgency", "emotion", "topic", "impact", "gravity", "level")
"""Fields that need a value when nothing decides; priority is always derived."""

_FIXED: Mapping[str, tuple[str, ...]] = {"urgency": URGENCIES, "priority": PRIORITIES}
_NEEDED: Mapping[str, tuple[str, ...]] = {"impact": (WIDE_IMPACT,), "gravity": ("重大",), "level": ("VIP", "普通")}
_NAMES = ("zh", "en", "zh_tw", "coarse", "team", "description")


def read_taxonomy(content: str | bytes, file: str) -> tuple[Taxonomy | None, tuple[Problem, ...]]:
    """The taxonomy, or None with everything that is wrong."""
    reader = Reader(file)
    root = reader.document(content)
    if reader.problems:
        return None, tuple(reader.problems)
    top = reader.mapping(root, ("分类体系", "the taxonomy"), required=("fields", "defaults"))
    if top is None:
        return None, tuple(reader.problems)
    fields = _fields(reader, top.get("fields"))
    taxonomy = Taxonomy(fields=fields, defaults={})
    defaults = _defaults(reader, top.get("defaults"), taxonomy)
    if reader.problems:
        return None, tuple(reader.problems)
    return Taxonomy(fields=fields, defaults=defaults), ()


def _fields(reader: Reader, node: Node | None) -> dict[str, tuple[Value, ...]]:
    if node is None:
        return {}
    found = reader.mapping(node, ("fields", "fields"), required=FIELDS) or {}
    return {name: _values(reader, name, value) for name, value in found.items()}


def _values(reader: Reader, field: str, node: Node) -> tuple[Value, ...]:
    taken: dict[str, str] = {}
    values: list[Value] = []
    for item in reader.items(node, (f"{field} 的值", f"the values of {field}")):
        value = _value(reader, field, item)
        if value is None:
            continue
        for name in sorted(names_of(value)):
            other = taken.setdefault(name, value.key)
            if other != value.key or any(known.key == value.key for known in values):
                reader.problem(
                    item,
                    f"{field} 里的名称 {name!r} 用了两次（{other}）",
                    f"the name {name!r} stands twice in {field} ({other})",
                )
                break
        values.append(value)
    _check_keys(reader, field, node, tuple(value.key for value in values if not value.retired))
    return tuple(values)


def _value(reader: Reader, field: str, node: Node) -> Value | None:
    what = (f"{field} 的一个值", f"a value of {field}")
    optional = tuple(name for name in _NAMES if name != "team" or field in ("type", "urgency"))
    entries = reader.mapping(
        node, what, required=("key", "english"), optional=(*optional, "examples", "formerly", "retired")
    )
    if entries is None or "key" not in entries or "english" not in entries:
        return None
    key, english = reader.text(entries["key"], ("key", "key")), reader.text(entries["english"], ("english", "english"))
    if key is None or english is None:
        return None
    texts = {name: reader.text(entries[name], (name, name), empty=True) or "" for name in optional if name in entries}
    examples = reader.texts(entries["examples"], ("examples", "examples")) if "examples" in entries else ()
    formerly = reader.texts(entries["formerly"], ("formerly", "formerly")) if "formerly" in entries else ()
    retired = "retired" in entries and bool(reader.flag(entries["retired"], ("retired", "retired")))
    return Value(key=key, english=english, examples=examples, formerly=formerly, retired=retired, **texts)


def _check_keys(reader: Reader, field: str, node: Node, keys: tuple[str, ...]) -> None:
    fixed = _FIXED.get(field)
    if fixed is not None and keys != fixed:
        listed = "、".join(fixed)
        reader.problem(
            node,
            f"{field} 的值必须依次是 {listed}（优先级的推算依赖它们）",
            f"{field} must have the values {listed}, in this order (priority is derived from them)",
        )
    for key in _NEEDED.get(field, ()):
        if key not in keys:
            reader.problem(
                node,
                f"{field} 缺少 {key}（优先级的推算依赖它）",
                f"{field} lacks {key} (priority is derived from it)",
            )


def _defaults(reader: Reader, node: Node | None, taxonomy: Taxonomy) -> dict[str, str]:
    if node is None:
        return {}
    found = reader.mapping(node, ("defaults", "defaults"), required=DEFAULTED) or {}
    defaults: dict[str, str] = {}
    for name, value in found.items():
        if taxonomy.values(name):
            key = reader.value_of(value, taxonomy, name)
            if key is not None:
                defaults[name] = key
    return defaults
