"""Reads a rule's examples: a message as an admin writes it, and what the rule must make of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo

from core.domain.decision import DECIDED_FIELDS, Facts, Occasion
from core.domain.mail import Address
from core.domain.suggestion import FieldSuggestion, Suggestion
from core.domain.taxonomy import TARGETS, Taxonomy
from core.domain.ticket import Message
from core.settings.nodes import ListNode, Node, Scalar
from core.settings.reader import Reader
from rules.actions import LETTER, NO_LETTER, OWNER, SPAM, TAG
from rules.condition import Making
from rules.conditions.headers import read_header_name
from rules.later_examples import (
    EXPECTED_ORDERS,
    LATER_KEYS,
    read_attachments,
    read_expected_order,
    read_later,
)
from rules.rule import Example
from rules.spellings import CHANNELS, HOURS, LANGUAGES

NOTHING = "nothing"
_ARRIVAL = datetime(2026, 1, 5, 2, 0, tzinfo=UTC)
_MESSAGE = ("subject", "text", "body", "from", "from_name", "to", "cc", "attachments", "language")
_FACTS = (
    "at", "level", "customer_tags", "company", "industry", "known", "open_tickets", "tickets", "last_score", "is_reply",
    "hours", "channel", "mailbox", "headers",
)  # fmt: skip
_HEADERS = ("to", "cc")
EXAMPLE_KEYS = (*_MESSAGE, *_FACTS, *LATER_KEYS, "model")
_EXPECTED = (*DECIDED_FIELDS, "tags", "letter", "spam", "owner", *EXPECTED_ORDERS)

Expected = Mapping[str, tuple[str, ...]]


def message_of(
    *, subject: str = "", text: str = "", body: str = "", sender: Address | None = None, language: str = "und"
) -> Message:
    """A message that was never a mail. ``text`` is the writer's own words, ``body`` all that is visible."""
    return Message(
        id=0, ticket_id=0, at=_ARRIVAL, subject=subject, reply=text, text=body or text, sender=sender, language=language
    )


def read_examples(
    reader: Reader, node: Node, making: Making, on: tuple[Occasion, ...] = (Occasion.ARRIVAL,)
) -> tuple[Example, ...]:
    """``on`` are the occasions on which the rule runs: an example is of the first, unless it names another."""
    found = (_read_example(reader, item, making, on) for item in reader.items(node, ("examples", "examples")))
    return tuple(example for example in found if example is not None)


def _read_example(reader: Reader, node: Node, making: Making, on: tuple[Occasion, ...]) -> Example | None:
    taxonomy = making.taxonomy
    entries = reader.mapping(node, ("例子", "the example"), required=("expect",), optional=EXAMPLE_KEYS)
    if entries is None or "expect" not in entries:
        return None
    before = len(reader.problems)
    message = _read_message(reader, entries)
    facts = read_later(reader, entries, taxonomy, on, _read_facts(reader, entries, making))
    suggestion = _read_model(reader, entries["model"], taxonomy) if "model" in entries else None
    expect = _read_expect(reader, entries["expect"], taxonomy)
    if len(reader.problems) > before:
        return None
    return Example(
        line=node.line, column=node.column, message=message, facts=facts, suggestion=suggestion, expect=expect
    )


def _read_message(reader: Reader, entries: Mapping[str, Node]) -> Message:
    def text(name: str) -> str:
        return reader.text(entries[name], (name, name), empty=True) or "" if name in entries else ""

    recipients = [word for name in _HEADERS if name in entries for word in reader.texts(entries[name], (name, name))]
    return Message(
        id=0,
        ticket_id=0,
        at=_ARRIVAL,
        subject=text("subject"),
        reply=text("text"),
        text=text("body") or text("text"),
        sender=Address(name=text("from_name"), address=text("from")) if "from" in entries else None,
        recipients=tuple(Address(address=address) for address in recipients),
        attachments=read_attachments(reader, entries.get("attachments")),
        language=_word(reader, entries, "language", LANGUAGES, "und"),
    )


def _read_facts(reader: Reader, entries: Mapping[str, Node], making: Making) -> Facts:
    taxonomy, zone = making.taxonomy, making.zone

    def text(name: str) -> str:
        return (reader.text(entries[name], (name, name)) or "") if name in entries else ""

    def flag(name: str) -> bool:
        return bool(reader.flag(entries[name], (name, name))) if name in entries else False

    working = True
    if "hours" in entries:
        working = reader.one_of(entries["hours"], ("hours", "hours"), HOURS) is not False
    default = taxonomy.defaults.get("level", "普通")
    return Facts(
        received=_read_arrival(reader, entries["at"], zone) if "at" in entries else _ARRIVAL,
        level=(reader.value_of(entries["level"], taxonomy, "level") or default) if "level" in entries else default,
        tags=reader.texts(entries["customer_tags"], ("customer_tags",) * 2) if "customer_tags" in entries else (),
        known_sender=flag("known"),
        is_reply=flag("is_reply"),
        working=working,
        open_tickets=_integer(reader, entries.get("open_tickets"), "open_tickets"),
        recent=tuple((days, _integer(reader, entries["tickets"], "tickets")) for days in sorted(making.days))
        if "tickets" in entries
        else (),
        last_score=_integer(reader, entries.get("last_score"), "last_score", low=1, high=5),
        to=len(reader.texts(entries["to"], ("to", "to"))) if "to" in entries else 0 if "cc" in entries else -1,
        channel=_word(reader, entries, "channel", CHANNELS, "email"),
        mailbox=text("mailbox"),
        company=text("company"),
        industry=text("industry"),
        headers=_read_headers(reader, entries["headers"]) if "headers" in entries else (),
    )


def _word(reader: Reader, entries: Mapping[str, Node], name: str, choices: Mapping[str, str], default: str) -> str:
    return (reader.one_of(entries[name], (name, name), choices) if name in entries else None) or default


def _read_arrival(reader: Reader, node: Node, zone: tzinfo) -> datetime:
    """A local time such as ``2026-01-10 21:30``."""

    def parse(word: str) -> datetime:
        return datetime.strptime(word, "%Y-%m-%d %H:%M").replace(tzinfo=zone).astimezone(UTC)

    expected = ("日期和时间，如 2026-01-10 21:30", "date and time such as 2026-01-10 21:30")
    return reader.parsed(node, ("at", "at"), parse, expected) or _ARRIVAL


def _read_headers(reader: Reader, node: Node) -> tuple[tuple[str, str], ...]:
    entries = reader.entries(node, ("headers", "headers"))
    found = ((read_header_name(reader, key), reader.text(value, ("headers", "headers"))) for key, value in entries)
    return tuple((name, value) for name, value in found if name is not None and value is not None)


def _integer(reader: Reader, node: Node | None, name: str, low: int = 0, high: int = 10**6) -> int:
    return (reader.integer(node, (name, name), low=low, high=high) or 0) if node is not None else 0


def _read_model(reader: Reader, node: Node, taxonomy: Taxonomy) -> Suggestion:
    entries = reader.mapping(node, ("model", "model"), optional=(*TARGETS, "confidence")) or {}
    confidence = reader.fraction(entries["confidence"], ("confidence",) * 2) if "confidence" in entries else 1.0
    fields = {
        name: FieldSuggestion(value=reader.value_of(entries[name], taxonomy, name) or "", confidence=confidence or 0.0)
        for name in TARGETS
        if name in entries
    }
    return Suggestion(model="example", fields=fields)


def _read_expect(reader: Reader, node: Node, taxonomy: Taxonomy) -> Expected | None:
    if isinstance(node, Scalar):
        if node.text.strip() != NOTHING:
            reader.problem(
                node,
                f"expect 看不懂：{node.text!r}",
                f"expect is not understood: {node.text!r}",
                "写 nothing（不符合）或 {type: 投诉, urgency: 紧急}",
                "write nothing (does not hold) or {type: complaint, urgency: urgent}",
            )
        return None
    entries = reader.mapping(node, ("expect", "expect"), optional=_EXPECTED) or {}
    if not entries and not reader.problems:
        reader.problem(
            node, "expect 是空的", "'expect' is empty", "不该符合时写 nothing", "write nothing if it must not hold"
        )
    return dict(_read_wanted(reader, name, value, taxonomy) for name, value in entries.items())


def _read_wanted(reader: Reader, name: str, node: Node, taxonomy: Taxonomy) -> tuple[str, tuple[str, ...]]:
    if name == "tags":
        return TAG, reader.texts(node, (name, name))
    if name == "spam":
        return SPAM, ("yes" if reader.flag(node, (name, name)) else "no",)
    if name == "letter":
        word = reader.text(node, (name, name)) or ""
        return (NO_LETTER if word == "none" else LETTER), (word,)
    if name in EXPECTED_ORDERS:
        return read_expected_order(reader, name, node)
    if name in ("team", OWNER):
        return name, (reader.text(node, (name, name)) or "",)
    if isinstance(node, ListNode):
        reader.problem(node, f"{name} 只能写一个值", f"{name} takes one value")
        return name, ()
    return name, (reader.value_of(node, taxonomy, name) or "",)
