"""Decides what a labelled row is, and reads them from JSON lines."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from core.domain.errors import BadInput
from core.domain.suggestion import MessageText

Hits = Callable[[str, str], tuple[str, ...]]
"""The ids of the rules that hit a subject and a body; given by the caller, who knows the rule book."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledText:
    """A message with the right values by target. ``weight`` is its worth: 1, or less for weak evidence.

    Classes are balanced within each ``source``. A term is learnt only when two different ``writer``s used it; texts
    without one each have their own. ``key`` is what the caller calls the row."""

    message: MessageText
    labels: Mapping[str, str]
    weight: float = 1.0
    source: str = ""
    writer: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which keys of a row mean what; ``labels`` maps a target to its key."""

    text: str = "text"
    subject: str | None = None
    labels: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class BadRow:
    """A line that is no row, counted from 1, and why."""

    line: int
    error: str


def no_hits(subject: str, body: str) -> tuple[str, ...]:  # noqa: ARG001  # the signature is ``Hits``
    return ()


def read_rows(
    path: Path, columns: Columns, split: str, hits: Hits = no_hits
) -> tuple[list[LabelledText], list[BadRow]]:
    """The rows of that split (those without a ``split`` count for every one) and the lines that are none."""
    rows: list[LabelledText] = []
    bad: list[BadRow] = []
    for number, line in enumerate(_lines(path), start=1):
        if not line.strip():
            continue
        try:
            entry = json.loads(line)
            row = _row(entry, columns, hits)
        except ValueError as error:
            bad.append(BadRow(line=number, error=_reason(error)))
            continue
        if entry.get("split", split) in (split, None):
            rows.append(row)
    return rows, bad


def data_lines(rows: Iterable[LabelledText]) -> Iterator[str]:
    """One canonical line a row, for the hash of the data in a model's card."""
    for row in rows:
        message = row.message
        yield json.dumps(
            [message.subject, message.body, message.hits, sorted(row.labels.items()), row.weight, row.source],
            ensure_ascii=False,
        )


def _lines(path: Path) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8-sig", errors="replace") as file:
            yield from file
    except OSError as error:
        raise BadInput(f"{path} cannot be read: {error.strerror}") from error


def _row(entry: object, columns: Columns, hits: Hits) -> LabelledText:
    if not isinstance(entry, dict):
        raise ValueError("not a JSON object")
    body = _text(entry, columns.text)
    subject = _text(entry, columns.subject) if columns.subject else ""
    labels = {target: _label(entry[key]) for target, key in columns.labels.items() if entry.get(key) is not None}
    if not labels:
        raise ValueError(f"no label: none of {', '.join(columns.labels.values())}")
    return LabelledText(message=MessageText(subject=subject, body=body, hits=hits(subject, body)), labels=labels)


def _text(entry: dict[str, object], key: str) -> str:
    value = entry.get(key)
    if value is None and key in entry:
        return ""
    if not isinstance(value, str):
        raise ValueError(f"{key}: not a text" if key in entry else f"{key}: missing")
    return value


def _label(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str | int | float) and str(value).strip():
        return str(value).strip()
    raise ValueError(f"not a label: {json.dumps(value, ensure_ascii=False)[:80]}")


def _reason(error: ValueError) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"not JSON: {error.msg.removesuffix(' at')}, column {error.colno}"
    return str(error)
