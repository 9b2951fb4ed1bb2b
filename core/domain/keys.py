"""The key ring's content: data keys, the index key and signing keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRing:
    """Keys are 32 random bytes. The highest data-key id writes; all read. Signing keys verify for ever.

    Key ids are 1–255 for data keys and short lower-case words for signing keys.
    """

    data: Mapping[int, bytes] = field(repr=False)
    index: bytes = field(repr=False)
    signing: Mapping[str, bytes] = field(repr=False)
    signs_with: str

    @property
    def fingerprint(self) -> str:
        """What the database remembers of its ring; it tells nothing of the keys."""
        return hashlib.sha256(b"huiying key ring\0" + self.index).hexdigest()[:32]

    @property
    def writes_with(self) -> int:
        return max(self.data)


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedRows:
    """What one step through a table saw: how many rows, how many of them each data key seals (one with values of two
    keys counts for both), how many of an older key are damaged, and where the next step begins, None at the end."""

    rows: int
    unreadable: int = 0
    by_key: Mapping[int, int]
    after: tuple[Any, ...] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RenewedRow:
    """A row's values sealed anew, by column; ``heads`` tell what each was before, so that nothing newer is lost."""

    row: tuple[Any, ...]
    heads: Mapping[str, bytes]
    values: Mapping[str, bytes] = field(repr=False)
