"""Reads a Date header as an aware UTC instant, or says why it cannot be believed (RFC 5322, section 3.3)."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from mailparser.dates import parse_mail_date

from core.domain.said import FARTHEST

_LONGEST = 200
_OFFSET = re.compile(r"\s([+-])(\d\d)([0-5]\d)\s*(?:\(|$)")
_ISO = re.compile(r"(\d{4})[-/](\d{1,2})[-/](\d{1,2})[T ]+(\d{1,2}):(\d{2})(?::(\d{2}))?\s*(Z|[+-]\d{2}:?\d{2})?")


def read_date(text: str) -> tuple[datetime | None, str]:
    """(instant, '') or (None or a recovered instant, defect code)."""
    text = text[:_LONGEST].strip()
    if not text:
        return None, "date-missing"
    value = parse_mail_date(text).value
    if isinstance(value, datetime):
        return value.astimezone(UTC), ""
    value = _lenient(text)
    return value, "date-repaired" if value else "date-unreadable"


def read_offset(text: str) -> int:
    """By how many minutes the writer's clock is ahead of UTC; 0 where nothing is said, as servers write UTC for
    whoever uses them (and ``-0000``: RFC 5322, 3.3)."""
    found = _OFFSET.search(text[:_LONGEST])
    if found is None:
        return 0
    minutes = int(found[2]) * 60 + int(found[3])
    return 0 if minutes > FARTHEST else -minutes if found[1] == "-" else minutes


def _lenient(text: str) -> datetime | None:
    """Dates without a zone count as UTC."""
    try:
        iso = _ISO.match(text)
        if iso:
            zone = iso[7] or "+00:00"
            year, month, day, hour, minute, second = (int(iso[at] or 0) for at in range(1, 7))
            zone = "+00:00" if zone == "Z" else zone if ":" in zone else f"{zone[:3]}:{zone[3:]}"
            stamp = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{zone}"
            return datetime.fromisoformat(stamp).astimezone(UTC)
        value = parsedate_to_datetime(text)
        return (value if value.tzinfo else value.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None
