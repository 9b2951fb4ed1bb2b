"""Reads old mail from disk: single files, mbox files and Maildirs, each mail with the time at which it was written."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.domain.errors import NotFound
from core.domain.ledger import HISTORY
from core.domain.mail import RawMail
from ingest.dates import read_date
from ingest.header_block import split_header_block
from ingest.limits import ParseLimits

_FILES = (".eml", ".mbox")
# The line between two mails of an mbox (RFC 4155): a sender, then a date as asctime writes it.
_BETWEEN = re.compile(rb"From \S.*\d\d:\d\d(?::\d\d)?(?: .{1,12})? \d{4}(?: .{1,12})?\r?\n?")
_QUOTED = re.compile(rb">+From ")
_HEAD = 256 << 10
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def read_history(path: Path, *, mailbox: str) -> Iterator[RawMail]:
    """All mails at or below ``path``, one in memory at a time: of a file that begins with a ``From`` line each mail
    in it, of a Maildir (a folder with ``cur`` and ``new``) each file, else every .eml and .mbox by name.

    ``arrived`` is the mail's own Date, the file's time where that cannot be believed. Raises ``NotFound`` for what
    does not exist or cannot be read.
    """
    if not path.exists():
        raise NotFound(f"{path}: 不存在 (no such file or folder)")
    for file in _files(path):
        yield from _mails(file, file.name if file == path else str(file.relative_to(path)), mailbox)


def _files(path: Path) -> Iterator[Path]:
    if not path.is_dir():
        yield path
        return
    in_maildir = path.name in ("cur", "new") and (path.parent / "new").is_dir()
    for one in _listed(path):
        if one.is_dir():
            # What lies in tmp was never delivered.
            if not (one.name == "tmp" and (path / "cur").is_dir()):
                yield from _files(one)
        elif in_maildir or one.suffix.lower() in _FILES:
            yield one


def _listed(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError as problem:
        raise NotFound(f"{path}: {problem.strerror or problem}") from problem


def _mails(file: Path, name: str, mailbox: str) -> Iterator[RawMail]:
    try:
        changed = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
        for data in _split(file):
            yield RawMail(
                source=HISTORY,
                mailbox=mailbox,
                folder=name,
                uidvalidity=0,
                uid=0,
                arrived=_written(data, changed),
                data=data,
            )
    except OSError as problem:
        raise NotFound(f"{file}: {problem.strerror or problem}") from problem


def _split(file: Path) -> Iterator[bytes]:
    """The mails of an mbox file without the lines between them and without their quoting; else the file as it is."""
    with file.open("rb") as lines:
        first = lines.readline()
        if not _BETWEEN.fullmatch(first):
            yield first + lines.read()
            return
        mail: list[bytes] = []
        after_blank = False
        for line in lines:
            if after_blank and _BETWEEN.fullmatch(line):
                yield b"".join(mail[:-1])
                mail, after_blank = [], False
                continue
            after_blank = not line.strip(b"\r\n")
            mail.append(line[1:] if _QUOTED.match(line) else line)
        # The blank line at the end belongs to the format, not to the mail.
        yield b"".join(mail[:-1] if after_blank else mail)


def _written(data: bytes, changed: datetime) -> datetime:
    raw = split_header_block(data[:_HEAD], ParseLimits()).first("date")
    date, _ = read_date(raw.decode("latin-1"))
    return date if date and _EARLIEST < date < changed + _DAY else changed
