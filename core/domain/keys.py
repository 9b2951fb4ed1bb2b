"""The key ring's content: data keys, the index key and signing keys."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field


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
