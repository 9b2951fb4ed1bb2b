"""Reads the examples inside a policy file, which are its tests."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TypeVar

from core.domain.clock import ClockEvent, ClockState, EventKind
from core.domain.duration import EXPECTED_FORMS, parse_duration
from core.domain.promise import Clock
from core.domain.ticket import State
from core.settings.calendars import read_builtin_calendars
from core.settings.nodes import Node
from core.settings.reader import Reader
from responder.policy import PolicyExample

_FACTS = ("priority", "urgency", "type", "departments")
_KEYS = ("calendar", *_FACTS, "then", "due", "states", "now")
_EVENT_KEYS = ("state", "clock", "name", "duration", "due", *_FACTS)
_INSTANT = ("时刻，如 2026-10-09 17:45", "an instant such as 2026-10-09 17:45")
_DURATION = (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")
Value = TypeVar("Value")


def read_examples(reader: Reader, node: Node) -> tuple[PolicyExample, ...]:
    """All examples that can be understood; instants are local ones of the calendar (``cn`` unless it is named)."""
    calendars = {name: calendar.tz for name, calendar in read_builtin_calendars().items()}
    found = []
    for item in reader.items(node, ("例子", "examples")):
        entries = reader.mapping(item, ("例子", "an example"), required=("received", "due"), optional=_KEYS)
        if entries is None or "received" not in entries or "due" not in entries:
            continue
        name = "cn"
        if "calendar" in entries:
            name = reader.one_of(entries["calendar"], ("calendar",) * 2, {known: known for known in calendars}) or name
        zone = calendars[name]

        def local(word: str, zone: object = zone) -> datetime:
            return datetime.fromisoformat(word).replace(tzinfo=zone)  # type: ignore[arg-type]  # a ZoneInfo

        example = _example(reader, item, entries, name, local)
        if example is not None:
            found.append(example)
    return tuple(found)


def _example(
    reader: Reader, item: Node, entries: Mapping[str, Node], calendar: str, local: Callable[[str], datetime]
) -> PolicyExample | None:
    received = reader.parsed(entries["received"], ("received", "received"), local, _INSTANT)
    if received is None:
        return None
    events = [ClockEvent(kind=EventKind.ARRIVED, at=received, facts=_facts(reader, entries))]
    if "then" in entries:
        for node in reader.items(entries["then"], ("then", "then")):
            event = _event(reader, node, local)
            if event is not None:
                events.append(event)
    due = _by_clock(reader, entries["due"], "due", lambda node, what: reader.parsed(node, what, local, _INSTANT))
    states: Mapping[Clock, ClockState] = {}
    if "states" in entries:
        words = {state.value: state for state in ClockState}
        states = _by_clock(reader, entries["states"], "states", lambda node, what: reader.one_of(node, what, words))
    now = reader.parsed(entries["now"], ("now", "now"), local, _INSTANT) if "now" in entries else None
    return PolicyExample(
        file=reader.file, line=item.line, calendar=calendar, events=tuple(events), due=due, states=states, now=now
    )


def _facts(reader: Reader, entries: Mapping[str, Node]) -> dict[str, str]:
    return {name: reader.text(entries[name], (name, name)) or "" for name in _FACTS if name in entries}


def _event(reader: Reader, node: Node, local: Callable[[str], datetime]) -> ClockEvent | None:
    found = reader.mapping(node, ("事件", "an event"), required=("at", "event"), optional=_EVENT_KEYS)
    if found is None or "at" not in found or "event" not in found:
        return None
    at = reader.parsed(found["at"], ("at", "at"), local, _INSTANT)
    kind = reader.one_of(found["event"], ("event", "event"), {each.value: each for each in EventKind})
    if at is None or kind is None:
        return None
    states, clocks = {each.value: each for each in State}, {each.value: each for each in Clock}
    return ClockEvent(
        kind=kind,
        at=at,
        facts=_facts(reader, found),
        state=reader.one_of(found["state"], ("state", "state"), states) if "state" in found else None,
        clock=reader.one_of(found["clock"], ("clock", "clock"), clocks) if "clock" in found else None,
        name=(reader.text(found["name"], ("name", "name")) or "") if "name" in found else "",
        duration=reader.parsed(found["duration"], ("duration",) * 2, parse_duration, _DURATION)
        if "duration" in found
        else None,
        due=reader.parsed(found["due"], ("due", "due"), local, _INSTANT) if "due" in found else None,
    )


def _by_clock(
    reader: Reader, node: Node, what: str, read: Callable[[Node, tuple[str, str]], Value | None]
) -> dict[Clock, Value]:
    clocks = {clock.value: clock for clock in Clock}
    found: dict[Clock, Value] = {}
    for name, value in reader.entries(node, (what, what)):
        clock, read_value = reader.one_of(name, ("时限", "clock"), clocks), read(value, (name.text, name.text))
        if clock is not None and read_value is not None:
            found[clock] = read_value
    return found
