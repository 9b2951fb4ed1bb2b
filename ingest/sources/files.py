"""Reads .eml files as a source of raw mails: one file, or all of a folder and those below it, by name."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from core.domain.errors import NotFound
from core.domain.mail import RawMail

_SUFFIX = ".eml"


def read_files(path: Path, *, mailbox: str = "files") -> Iterator[RawMail]:
    """Yields mails without UIDs: ``folder`` is the file's name, ``arrived`` its time of change.

    Raises ``NotFound`` for a path that does not exist or cannot be read.
    """
    for file in sorted(path.rglob(f"*{_SUFFIX}")) if path.is_dir() else (path,):
        try:
            data, changed = file.read_bytes(), file.stat().st_mtime
        except OSError as problem:
            raise NotFound(f"{file}: {problem.strerror or problem}") from problem
        yield RawMail(
            source="files",
            mailbox=mailbox,
            folder=file.name,
            uidvalidity=0,
            uid=0,
            arrived=datetime.fromtimestamp(changed, tz=UTC),
            data=data,
        )
