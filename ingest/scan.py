"""Finds subject, sender and Message-ID by a scan over the first bytes of a mail that could not be parsed."""

from __future__ import annotations

import re

from core.domain.mail import Unparsable
from ingest.addresses import read_addresses, read_id
from ingest.words import Notes, decode_value

_SCANNED = 64 << 10
_LONGEST = 8 << 10


def unparsable(data: bytes, because: str) -> Unparsable:
    """Works line by line on a bounded prefix with nothing that can fail on content; used also by the parent."""
    head = data[:_SCANNED].replace(b"\x00", b"")
    try:
        notes = Notes()
        senders = read_addresses((_value(head, b"from"), _value(head, b"sender")), notes, 1)
        return Unparsable(
            because=because,
            subject=decode_value(_value(head, b"subject"), notes)[:1_000],
            sender=senders[0] if senders else None,
            message_id=read_id(_value(head, b"message-id")),
        )
    except Exception:  # noqa: BLE001  (see below)
        # Last resort of the last resort: the stub ticket is made from nothing but the reason.
        return Unparsable(because=because)


def _value(head: bytes, name: bytes) -> bytes:
    line = rb"^" + name + rb"[ \t]*:([^\r\n]*(?:\r?\n[ \t][^\r\n]*){0,50})"
    found = re.search(line, head, re.IGNORECASE | re.MULTILINE)
    return found[1][:_LONGEST].strip() if found else b""
