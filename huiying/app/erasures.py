"""The journal of erasures: beside the database, because a backup of before must be emptied again by it."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from core.domain.errors import BadInput
from huiying.app.home import Home

FILE = "erasures.jsonl"


@dataclass(frozen=True, slots=True)
class ErasureJournal:
    """A line for each erasure: when, and the digest of the address, which the key ring's index key makes."""

    file: Path

    def add(self, key: bytes, at: datetime) -> None:
        """On the disk when it returns."""
        line = json.dumps({"at": at.isoformat(timespec="seconds"), "key": key.hex()}) + "\n"
        handle = os.open(self.file, os.O_CREAT | os.O_APPEND | os.O_WRONLY, 0o600)
        with os.fdopen(handle, "ab") as journal:
            journal.write(line.encode())
            journal.flush()
            os.fsync(journal.fileno())

    def keys(self) -> tuple[bytes, ...]:
        """Everybody's, once. Raises ``BadInput`` with the line that cannot be read."""
        if not self.file.exists():
            return ()
        found: dict[bytes, None] = {}
        for number, line in enumerate(self.file.read_text("utf-8", "replace").splitlines(), 1):
            try:
                found[bytes.fromhex(json.loads(line)["key"])] = None
            except (ValueError, KeyError, TypeError):
                raise BadInput(f"{self.file}:{number}: 读不懂的一行 (a line that cannot be read)") from None
        return tuple(found)


def journal_of(home: Home) -> ErasureJournal:
    return ErasureJournal(home.data / FILE)
