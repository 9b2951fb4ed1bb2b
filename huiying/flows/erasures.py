"""What taking a person's data away asks of the store. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Collection
from typing import Protocol

from core.domain.ticket import Customer


class Erasures(Protocol):
    """Takes away what is known of a person; ``key`` is the digest of an address, or of the number of
    whoever has none."""

    def key_of(self, address_key: str) -> bytes: ...

    def customer(self, key: bytes) -> Customer | None: ...

    def tickets_of(self, customer_id: int) -> tuple[int, ...]: ...

    def said_elsewhere(self, key: bytes, but: Collection[int]) -> tuple[int, ...]:
        """That person's messages on other tickets than those, and ours to him alone: it looks through them all."""
        ...

    def letters_elsewhere(self, key: bytes, but: Collection[int]) -> tuple[int, ...]:
        """Letters to him on other tickets, such as the one that his was merged into."""
        ...

    def strays(self, masked: str) -> tuple[int, ...]:
        """Mails that belong to no ticket, from that masked address: another person's may look the same."""
        ...

    def mails_of(self, message_ids: Collection[int]) -> tuple[int, ...]: ...

    def counted(self, ticket_ids: Collection[int]) -> dict[str, int]:
        """``messages``, ``letters``, ``labels`` and ``mails`` of those tickets."""
        ...

    def empty_tickets(self, ticket_ids: Collection[int]) -> None:
        """Leaves number, state, times and decided values of each, which figures stand on."""
        ...

    def empty_letters(self, letter_ids: Collection[int]) -> None: ...

    def leave_out(self, key: bytes, but: Collection[int]) -> None:
        """Takes him out of those to whom the messages of other tickets went."""
        ...

    def empty_messages(self, message_ids: Collection[int]) -> None: ...

    def empty_mails(self, ledger_ids: Collection[int]) -> None:
        """The ledger keeps that they came, so that they are not fetched again."""
        ...

    def forget(self, key: bytes) -> None:
        """The customer and where he takes part; that he wants no mail stays, without his address."""
        ...

    def forget_models(self) -> int:
        """Every model that learnt here: the one that ships serves until the next has learnt from what is left."""
        ...
