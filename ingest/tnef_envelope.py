"""Reads from a winmail.dat who wrote the message in it, to whom, about what and when (MS-OXTNEF, 2.1.3.3)."""

from __future__ import annotations

import struct
from datetime import UTC, datetime, timedelta

from ingest.charset import decode
from ingest.embedded import Envelope
from ingest.mapi import Properties, instant_of, text_of

_SUBJECT, _MESSAGE_ID, _TO, _CC = 0x0037, 0x1035, 0x0E04, 0x0E03
_SENT, _DELIVERED = 0x0039, 0x0E06
_NAMES = (0x0042, 0x0C1A)
"""Whom it is from (in whose name it was sent), then who sent it."""
_ADDRESSES = (0x5D02, 0x5D01, 0x0065, 0x0C1F)
"""The same as SMTP addresses, then as whatever the directory calls them."""
_FIRST = datetime(1601, 1, 1, tzinfo=UTC)
_SENDER = struct.Struct("<HHHH")


def envelope_of(properties: Properties, page: str, known: Envelope) -> Envelope:
    """What the properties say, and else what was ``known`` before."""

    def said(*names: int) -> str:
        return next((text for name in names if (text := text_of(properties, name, page).strip())), "")

    address = next((one for name in _ADDRESSES if "@" in (one := text_of(properties, name, page).strip())), "")
    ticks = instant_of(properties, _SENT) or instant_of(properties, _DELIVERED)
    return Envelope(
        subject=said(_SUBJECT) or known.subject,
        name=said(*_NAMES) or known.name,
        address=address or known.address,
        to=said(_TO) or known.to,
        cc=said(_CC) or known.cc,
        date=_instant(ticks) or known.date,
        message_id=said(_MESSAGE_ID) or known.message_id,
    )


def sender_of(value: bytes, page: str) -> tuple[str, str]:
    """(name, address) of the attribute attFrom: two lengths, the name, and an address such as ``SMTP:a@b.cn``."""
    if len(value) < _SENDER.size:
        return "", ""
    _, _, name, address = _SENDER.unpack_from(value)
    at = _SENDER.size
    words = decode(value[at : at + name].rstrip(b"\x00"), page).text
    place = value[at + name : at + name + address].rstrip(b"\x00").decode("latin-1")
    return words, place.partition(":")[2] if place.upper().startswith("SMTP:") else ""


def date_of(value: bytes) -> datetime | None:
    """A date of seven numbers: year, month, day, hour, minute, second, day of the week."""
    try:
        year, month, day, hour, minute, second = struct.unpack_from("<6H", value)
        return datetime(year, month, day, hour, minute, second, tzinfo=UTC)
    except (struct.error, ValueError):
        return None


def _instant(ticks: int) -> datetime | None:
    """Tenths of microseconds since 1601; None for what is no date."""
    try:
        return (_FIRST + timedelta(microseconds=ticks // 10)).replace(microsecond=0) if ticks else None
    except OverflowError:
        return None
