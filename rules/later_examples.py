"""Reads what examples say of later occasions: the ticket by then, its clock, and the orders that are expected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

from core.domain.decision import DECIDED_FIELDS, By, Facts, Occasion
from core.domain.duration import EXPECTED_FORMS, parse_duration
from core.domain.mail import Attachment
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import State
from core.settings.nodes import ListNode, Node, Scalar
from core.settings.reader import Reader
from rules.conditions.clock import EVENTS
from rules.occasions import OCCASIONS, STATE_WORDS
from rules.orders import ASK, ASK_WORDS, CLOCK_TIME, CO_HANDLER, NOTIFY, TIMED
from rules.spellings import AUDIENCES, CLOCKS, read_words_among

LATER_KEYS = ("run_on", "state", "age", "urged", "fields", "by_agent", "clock")
"""``fields`` is what stands on the ticket, ``by_agent`` which of them an agent has chosen."""
EXPECTED_ORDERS = (
    "policy", "clocks", "co_handlers", "notify", "ask", "second_person", "link", "urge", "quiet",
)  # fmt: skip
"""Orders that an example may expect, beside the fields."""
_AGE = (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")
_SIZE = 10**9


def read_later(
    reader: Reader, entries: Mapping[str, Node], taxonomy: Taxonomy, on: tuple[Occasion, ...], facts: Facts
) -> Facts:
    """The facts of an example on the occasion that it is about."""
    occasion = _read_on(reader, entries["run_on"], on) if "run_on" in entries else (on or (Occasion.ARRIVAL,))[0]
    state = reader.one_of(entries["state"], ("状态", "state"), STATE_WORDS) if "state" in entries else None
    age = _read_age(reader, entries["age"]) if "age" in entries else 0
    fields = _read_fields(reader, entries["fields"], taxonomy) if "fields" in entries else ()
    agents = reader.texts(entries["by_agent"], ("by_agent",) * 2) if "by_agent" in entries else ()
    later = occasion is not Occasion.ARRIVAL
    clock, event = _read_clock(reader, entries["clock"]) if "clock" in entries else ("", "")
    return replace(
        facts,
        occasion=occasion,
        is_reply=facts.is_reply or occasion is Occasion.REPLY,
        at=facts.received + timedelta(minutes=age) if later else None,
        state=(state or State.OPEN).value if later else "",
        age=age,
        urged=bool(reader.flag(entries["urged"], ("urged",) * 2)) if "urged" in entries else False,
        fields=fields,
        decided_by=tuple((name, str(By.AGENT if name in agents else By.MODEL)) for name, _ in fields),
        clock=clock,
        clock_event=event,
    )


def _read_on(reader: Reader, node: Node, on: tuple[Occasion, ...]) -> Occasion:
    known = {word: occasion for word, occasion in OCCASIONS.items() if occasion in on}
    return reader.one_of(node, ("run_on", "run_on"), known) or Occasion.ARRIVAL


def _read_age(reader: Reader, node: Node) -> int:
    duration = reader.parsed(node, ("age", "age"), parse_duration, _AGE)
    return duration.in_minutes(1440) if duration is not None else 0


def _read_fields(reader: Reader, node: Node, taxonomy: Taxonomy) -> tuple[tuple[str, str], ...]:
    entries = reader.mapping(node, ("fields", "fields"), optional=DECIDED_FIELDS) or {}
    found = (
        (name, reader.text(value, (name, name)) if name == "team" else reader.value_of(value, taxonomy, name))
        for name, value in entries.items()
    )
    return tuple((name, value) for name, value in found if value is not None)


def _read_clock(reader: Reader, node: Node) -> tuple[str, str]:
    entries = reader.mapping(node, ("clock", "clock"), required=("name", "is")) or {}
    name = reader.one_of(entries["name"], ("name", "name"), CLOCKS) if "name" in entries else None
    event = reader.one_of(entries["is"], ("is", "is"), EVENTS) if "is" in entries else None
    return name or "", event or ""


def read_attachments(reader: Reader, node: Node | None) -> tuple[Attachment, ...]:
    """Names, or mappings with ``name``, ``type`` and ``size`` in octets."""
    items = node.items if isinstance(node, ListNode) else (node,) if node is not None else ()
    return tuple(_read_attachment(reader, number, item) for number, item in enumerate(items, 1))


def _read_attachment(reader: Reader, number: int, node: Node) -> Attachment:
    entries: Mapping[str, Node] = {"name": node}
    if not isinstance(node, Scalar):
        entries = reader.mapping(node, ("attachments",) * 2, optional=("name", "type", "size")) or {}

    def text(name: str) -> str:
        return (reader.text(entries[name], (name, name)) or "") if name in entries else ""

    size = reader.integer(entries["size"], ("size", "size"), low=0, high=_SIZE) if "size" in entries else 1
    kind = text("type") or "application/octet-stream"
    return Attachment(part=str(number), name=text("name"), type=kind, size=size or 0, sha256="")


def read_expected_order(reader: Reader, name: str, node: Node) -> tuple[str, tuple[str, ...]]:
    """What an example expects of an order, as the rule's pairs say it."""
    if name in ("second_person", "urge", "quiet"):
        return name, ("yes" if reader.flag(node, (name, name)) else "no",)
    if name == "co_handlers":
        return CO_HANDLER, reader.texts(node, (name, name))
    if name == "clocks":
        entries = reader.mapping(node, (name, name), optional=tuple(clock.value for clock in TIMED)) or {}
        found = ((clock, reader.parsed(value, (clock,) * 2, parse_duration, _AGE)) for clock, value in entries.items())
        return CLOCK_TIME, tuple(f"{clock} {time.words()}" for clock, time in found if time is not None)
    if name == ASK:
        return name, read_words_among(reader, node, name, ASK_WORDS)
    said = reader.texts(node, (name, name))
    return name, tuple(AUDIENCES.get(word, word) for word in said) if name == NOTIFY else said
