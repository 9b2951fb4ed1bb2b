"""Reads one SLA policy file and says everything wrong with it."""

from __future__ import annotations

from dataclasses import dataclass, field

from core.domain.duration import EXPECTED_FORMS, Duration, parse_duration
from core.domain.promise import Apology
from core.domain.taxonomy import PRIORITIES, URGENCIES
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader
from responder.example_reader import read_examples
from responder.policy import Cadence, PolicyExample, Table

_PRIORITY_WORDS = {"高": "高", "中": "中", "低": "低", "high": "高", "medium": "中", "low": "低"}
_URGENCY_WORDS = {
    "紧急": "紧急", "重要": "重要", "常规": "常规", "urgent": "紧急", "important": "重要", "routine": "常规",
}  # fmt: skip
_KEYS = {"priority": (PRIORITIES, _PRIORITY_WORDS), "urgency": (URGENCIES, _URGENCY_WORDS)}
_PARTS = (
    "title", "title_en", "duty", "acknowledgement", "first_response", "next_update", "resolution", "urge",
    "second_treatment", "warn", "lead_at_due", "result", "apology",
)  # fmt: skip


@dataclass(slots=True, kw_only=True)
class PolicyFile:
    """What one file says, before its base fills the rest. ``parts`` are fields of ``Policy``."""

    file: str
    name: str
    root: Node
    content: str
    base: str = ""
    examples: tuple[PolicyExample, ...] = ()
    parts: dict[str, object] = field(default_factory=dict)
    present: frozenset[str] = frozenset()
    broken: bool = False


def read_policy(reader: Reader, content: str) -> PolicyFile | None:
    """The file's content; None (with problems noted) when it has no usable name."""
    root = reader.document(content)
    if root is None:
        return None
    found = reader.mapping(root, ("时限方案", "policy"), required=("name",), optional=("based_on", "examples", *_PARTS))
    if found is None or "name" not in found:
        return None
    name = reader.text(found["name"], ("name", "name")) or ""
    base = reader.text(found["based_on"], ("based_on", "based_on")) or "" if "based_on" in found else ""
    draft = PolicyFile(
        file=reader.file, name=name, root=root, content=content, base=base, present=frozenset(found),
    )  # fmt: skip
    if "examples" in found:
        draft.examples = read_examples(reader, found["examples"])
    for part, node in found.items():
        if part in _PARTS:
            draft.parts.update(_read_part(reader, part, node))
    return draft


def _read_part(reader: Reader, part: str, node: Node) -> dict[str, object]:
    """One key of a policy as fields of ``Policy``; what could not be read is left out (and is a problem)."""
    if part in ("title", "title_en", "duty", "apology"):
        return _without_none(_word(reader, part, node))
    if part in ("acknowledgement", "second_treatment"):
        return _without_none({part: _duration(reader, node, part)})
    if part == "warn":
        return {"warn": _shares(reader, node)}
    if part == "lead_at_due":
        return {"lead_at_due": _priorities(reader, node)}
    if part == "next_update":
        return _updates(reader, node)
    if part == "result":
        return _result(reader, node)
    return _without_none({part: _table(reader, node, part)})


def _word(reader: Reader, part: str, node: Node) -> dict[str, object]:
    if part == "duty":
        choices = {"calendar": False, "always": True, "按日历": False, "全天候": True}
        return {"always_on_duty": reader.one_of(node, (part, part), choices)}
    if part == "apology":
        return {part: reader.one_of(node, (part, part), {str(each): each for each in Apology})}
    return {part: reader.text(node, (part, part), empty=True)}


def _without_none(parts: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in parts.items() if value is not None}


def _duration(reader: Reader, node: Node | None, what: str) -> Duration | None:
    return reader.parsed(
        node, (what, what), parse_duration, (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")
    )


def _table(reader: Reader, node: Node, what: str) -> Table | None:
    entries = reader.entries(node, (what, what))
    by_node = next((value for name, value in entries if name.text == "by"), None)
    if not entries:
        return None
    if by_node is None:
        hint = "by: priority | urgency"
        reader.problem(node, f"{what} 缺少 by", f"{what} lacks 'by'", hint, hint)
        return None
    by = reader.one_of(by_node, (f"{what}.by", f"{what}.by"), {key: key for key in _KEYS})
    if by is None:
        return None
    return _rows(reader, node, what, by, [(name, value) for name, value in entries if name.text != "by"])


def _rows(reader: Reader, node: Node, what: str, by: str, entries: list[tuple[Scalar, Node]]) -> Table | None:
    keys, words = _KEYS[by]
    found: dict[str, Duration] = {}
    for name, value in entries:
        key = words.get(name.text.casefold())
        if key is None:
            reader.unknown(name, ("键", "key"), ("by", *words))
        elif (duration := _duration(reader, value, name.text)) is not None:
            found[key] = duration
    missing = [key for key in keys if key not in found and all(words.get(name.text) != key for name, _ in entries)]
    if missing:
        hint = f"{missing[0]}: 2 工作小时"
        reader.problem(node, f"{what} 缺少 {'、'.join(missing)}", f"{what} lacks {', '.join(missing)}", hint, hint)
    if len(found) < len(keys):
        return None
    return Table(by=by, durations={key: found[key] for key in keys})


def _shares(reader: Reader, node: Node) -> tuple[float, ...]:
    shares = []
    for item in reader.items(node, ("warn", "warn")):
        share = reader.parsed(item, ("warn", "warn"), _share, ("百分比，如 75%", "a percentage such as 75%"))
        shares.append(share or 0.0)
    if shares != sorted(shares) or not shares:
        reader.problem(
            node, "warn 要从小到大", "warn goes from small to large", "[75%, 100%, 150%]", "[75%, 100%, 150%]"
        )
    return tuple(shares)


def _share(word: str) -> float:
    number = float(word.removesuffix("%").strip()) / (100 if word.endswith("%") else 1)
    if not 0 < number <= 10:
        raise ValueError(word)
    return number


def _updates(reader: Reader, node: Node) -> dict[str, object]:
    found = reader.mapping(node, ("next_update", "next_update"), required=("complex", "others"))
    if found is None:
        return {}
    parts: dict[str, object] = {}
    for key, name in (("complex", "complex_update"), ("others", "other_update")):
        if key in found:
            parts.update(_cadence(reader, found[key], key, name))
    return parts


def _cadence(reader: Reader, node: Node, key: str, name: str) -> dict[str, object]:
    optional = ("when",) if key == "complex" else ()
    found = reader.mapping(node, (key, key), required=("first", "then"), optional=optional)
    if found is None:
        return {}
    first = _duration(reader, found.get("first"), "first") if "first" in found else None
    then = _duration(reader, found.get("then"), "then") if "then" in found else None
    parts: dict[str, object] = _conditions(reader, found["when"]) if "when" in found else {}
    if first is not None and then is not None:
        parts[name] = Cadence(first=first, then=then)
    return parts


def _conditions(reader: Reader, node: Node) -> dict[str, object]:
    found = reader.mapping(node, ("when", "when"), optional=("priority", "type", "departments"))
    if found is None:
        return {}
    return {
        "complex_priorities": _priorities(reader, found.get("priority")),
        "complex_types": reader.texts(found["type"], ("type", "type")) if "type" in found else (),
        "complex_departments": (
            reader.integer(found["departments"], ("departments", "departments"), low=2, high=99) or 2
            if "departments" in found
            else 1_000_000
        ),
    }


def _priorities(reader: Reader, node: Node | None) -> tuple[str, ...]:
    if node is None:
        return ()
    return tuple(
        found
        for item in reader.items(node, ("priority", "priority"))
        if (found := reader.one_of(item, ("priority", "priority"), _PRIORITY_WORDS))
    )


def _result(reader: Reader, node: Node) -> dict[str, object]:
    """What follows the result: reminder, closing by silence, reopening; and which results are checked inside."""
    found = reader.mapping(node, ("result", "result"), optional=("remind", "close", "reopen", "check")) or {}
    names = {"remind": "remind_after", "close": "close_after", "reopen": "reopen_within"}
    parts: dict[str, object] = {name: _duration(reader, found[key], key) for key, name in names.items() if key in found}
    if "check" in found:
        checks = reader.mapping(found["check"], ("check", "check"), optional=("type", "gravity")) or {}
        for key, name in (("type", "checked_types"), ("gravity", "checked_gravities")):
            parts[name] = reader.texts(checks[key], (key, key)) if key in checks else ()
    return _without_none(parts)
