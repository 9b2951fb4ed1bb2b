"""What is known of an address that automatic letters must heed: it bounced, or its owner wants none of some kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.mail import Address


class Mark(StrEnum):
    """``bounced`` stops every automatic letter until a person clears it; ``opted-out`` only letters of care."""

    BOUNCED = "bounced"
    OPTED_OUT = "opted-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressMark:
    """One mark on one address; ``because`` is a code, such as the status of the bounce."""

    address: Address
    mark: Mark
    at: datetime
    because: str
    letter_id: int = 0
    ticket_id: int = 0
