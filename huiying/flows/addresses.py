"""Marks on customers' addresses, and which bounces make one. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Protocol

from core.domain.address_mark import AddressMark, Mark
from core.domain.views import AddressMarkRow, Page

_DEAD = re.compile(r"5\.(?:1\.\d{1,3}|2\.[01]|4\.4|0\.0)")
"""Statuses that are the address's own fault (RFC 3463); a full mailbox, a policy or a system's trouble is not."""


class AddressMarks(Protocol):
    def add(self, value: AddressMark) -> None:
        """Marks an address; one that has that mark keeps it as it is."""
        ...

    def why(self, address_key: str, mark: Mark) -> str | None:
        """Because of what an address has that mark; None when it has not."""
        ...

    def marked(self, address_keys: Collection[str], mark: Mark) -> frozenset[str]:
        """Those that have that mark."""
        ...

    def clear(self, key: bytes, mark: Mark) -> bool: ...

    def key_of(self, address_key: str) -> bytes:
        """The digest by which pages name an address."""
        ...

    def list(self, mark: Mark, key: str, limit: int) -> Page[AddressMarkRow]:
        """Newest first."""
        ...


def is_dead(status: str) -> bool:
    """Whether a final status says that the address itself takes no mail. Without one, a bounce is believed."""
    return not status or bool(_DEAD.fullmatch(status))


def status_in(answer: str) -> str:
    """The enhanced status (RFC 3463) in a server's answer, '' when there is none."""
    found = re.search(r"\b5\.\d{1,3}\.\d{1,3}\b", answer)
    return found[0] if found else ""
