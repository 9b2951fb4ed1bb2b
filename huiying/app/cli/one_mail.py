"""Reads one mail from a file for commands that ask what would become of it."""

from __future__ import annotations

from core.domain.errors import BadInput
from core.domain.mail import ParsedMail


def parsed_mail(data: bytes) -> ParsedMail:
    """Raises ``BadInput`` when it cannot be parsed."""
    from ingest.workers import ParseWorkers

    workers = ParseWorkers()
    try:
        parsed = workers.parse([data])[0]
    finally:
        workers.close()
    if parsed.mail is None:
        because = parsed.failure.because if parsed.failure else ""
        raise BadInput(f"无法解析这封邮件 (cannot be parsed): {because}")
    return parsed.mail
