"""How much of one mail is looked at, so that no mail can take a worker's time or memory for itself."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseLimits:
    """Sizes are bytes for raw data and characters for decoded text."""

    header_block: int = 2 << 20
    headers: int = 5_000
    structural_value: int = 16 << 10
    subject: int = 256 << 10
    addresses: int = 1_000
    references: int = 200
    parts: int = 10_000
    text: int = 2 << 20
    html: int = 2 << 20
    defects: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ParseOptions:
    """``own_addresses`` are the desk's mailboxes: a mail from one of them is our own."""

    own_addresses: tuple[str, ...] = ()
    limits: ParseLimits = field(default_factory=ParseLimits)
