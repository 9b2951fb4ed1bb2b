"""Reads old mail from disk: single files, mbox files and Maildirs, each mail with the time at which it was written."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from core.domain.errors import BadInput, NotFound
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
_PACKED = {
    b"PK\x03\x04": "zip", b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"7z\xbc\xaf": "7z", b"Rar!": "rar",
    b"(\xb5/\xfd": "zstd", b"!BDN": "Outlook .pst", b"\xd0\xcf\x11\xe0": "Outlook .msg",
}  # fmt: skip
_EARLIEST = datetime(1980, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


def read_history(path: Path, *, mailbox: str) -> Iterator[RawMail]:
    """All mails at or below ``path``, one in memory at a time: of an mbox each mail in it, of a Maildir (a folder with
    ``cur`` and ``new``) each file, else every .eml and .mbox by name and what Thunderbird and Apple Mail name without.

    ``arrived`` is the mail's own Date, the file's time where that cannot be believed. Raises ``NotFound`` for what
    does not exist or cannot be read, ``BadInput`` for an archive that is packed.
    """
    if not path.exists():
        raise NotFound(f"{path}: 不存在 (no such file or folder)")
    if path.is_file() and (kind := _packing(path)):
        raise BadInput(f"{path}: {kind} 要先解开，或另存为 .eml (unpack it, or save it as .eml, first)")
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
        elif in_maildir or one.suffix.lower() in _FILES or (not one.suffix and _begins_mbox(one)):
            yield one


def _listed(path: Path) -> list[Path]:
    try:
        return sorted(path.iterdir())
    except OSError as problem:
        raise NotFound(f"{path}: {problem.strerror or problem}") from problem


def _mails(file: Path, name: str, mailbox: str) -> Iterator[RawMail]:
    try:
        changed = datetime.fromtimestamp(file.stat().st_mtime, tz=UTC)
        for _, data in _read(file):
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


def _read(file: Path) -> Iterator[tuple[int | None, bytes]]:
    with file.open("rb") as opened:
        yield from mails_in(opened, is_mbox=file.suffix.lower() == ".mbox")


def mails_in(opened: BinaryIO, *, is_mbox: bool = False) -> Iterator[tuple[int | None, bytes]]:
    """The mails of an mbox, which may be a pipe, each with its place (from 0); anything else as it is, without one."""
    first = opened.readline(_HEAD)
    if is_mbox or _BETWEEN.fullmatch(first):
        yield from enumerate(_split(chain((first,) if first else (), opened)))
    else:
        yield None, first + opened.read()


def _split(lines: Iterable[bytes]) -> Iterator[bytes]:
    """The mails of an mbox without the lines between them and without their quoting."""
    mail: list[bytes] = []
    # What stands before the first such line is the rest of a mail: an archive may be cut at its beginning, too.
    is_between, after_blank = False, True
    for line in lines:
        if after_blank and _BETWEEN.fullmatch(line):
            yield from _mail(mail, is_whole=is_between)
            mail, is_between, after_blank = [], True, False
            continue
        after_blank = not line.strip(b"\r\n")
        mail.append(line[1:] if _QUOTED.match(line) else line)
    yield from _mail(mail, is_whole=is_between)


def _mail(lines: list[bytes], *, is_whole: bool) -> Iterator[bytes]:
    """The blank line at the end belongs to the format, not to the mail."""
    if is_whole or any(line.strip() for line in lines):
        yield b"".join(lines[:-1] if is_whole and lines and not lines[-1].strip(b"\r\n") else lines)


def _begins_mbox(file: Path) -> bool:
    return _BETWEEN.fullmatch(_first_line(file)) is not None


def _packing(file: Path) -> str:
    head = _first_line(file)
    return next((kind for magic, kind in _PACKED.items() if head.startswith(magic)), "")


def _first_line(file: Path) -> bytes:
    try:
        with file.open("rb") as lines:
            return lines.readline(_HEAD)
    except OSError as problem:
        raise NotFound(f"{file}: {problem.strerror or problem}") from problem


def _written(data: bytes, changed: datetime) -> datetime:
    raw = split_header_block(data[:_HEAD], ParseLimits()).first("date")
    date, _ = read_date(raw.decode("latin-1"))
    return date if date and _EARLIEST < date < changed + _DAY else changed
