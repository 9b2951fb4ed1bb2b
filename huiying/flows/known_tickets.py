"""Tickets and their messages as the store knows them. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.decision import Decision
from core.domain.filing import Filing, NearTicket, Reference
from core.domain.mail import ParsedMail
from core.domain.ticket import Message, Ticket
from huiying.flows.known_customers import KnownCustomers


class Tickets(KnownCustomers, Protocol):
    """Tickets, messages, customers and the look-ups that decide whose a mail is."""

    def lock_series(self, series: str) -> None:
        """Locks the number series' row: whatever is looked up after it cannot change until the commit."""
        ...

    def next_serial(self, series: str, count: int = 1) -> int:
        """The first of the next ``count`` serials of a locked series, from 1; without gaps because it is part of the
        transaction."""
        ...

    def look_ahead(self, mails: Sequence[ParsedMail]) -> None:
        """Finds together what ``by_references``, ``copies`` and ``customer_by_address`` will be asked about these
        mails, until this transaction writes some of it. Their answers are the same."""
        ...

    def get(self, ticket_id: int) -> Ticket | None:
        """The ticket as this transaction sees it; read once until it writes or locks something."""
        ...

    def taken(self, numbers: Sequence[str]) -> frozenset[str]:
        """Those that tickets have."""
        ...

    def by_number(self, number: str) -> Ticket | None: ...

    def by_references(self, message_ids: Sequence[str]) -> tuple[tuple[str, int], ...]:
        """(Message-ID, ticket id) for each given Message-ID that a mail or letter of a ticket has or names; those that
        have it first."""
        ...

    def heard(self, ticket_id: int) -> int:
        """How often a person outside has written on the ticket: what a machine wrote does not count."""
        ...

    def belongs(self, ticket_id: int, address_key: str) -> bool:
        """Whether that address wrote to the ticket before, or to one that was merged into it, was in copy, or is its
        customer's."""
        ...

    def domains_of(self, ticket_id: int) -> tuple[str, ...]:
        """The domains of all addresses of the ticket's customer."""
        ...

    def domains_at(self, address_key: str) -> tuple[str, ...]:
        """The domains of all addresses of the customer who has that one; empty when nobody has it."""
        ...

    def near(
        self, scope: str, customer_id: int, since: datetime, orders: Sequence[str], *, many: bool
    ) -> tuple[NearTicket, ...]:
        """Tickets filed since then that are this customer's (0: nobody's), or of that scope and name one of these
        orders, perhaps others that name some; the newest first, a bounded number. With ``many`` addresses what came
        from any is his."""
        ...

    def hold(self, ids: Collection[int]) -> tuple[Ticket, ...]:
        """Those tickets as they are now, in the order of their ids: nobody else changes them until the commit."""
        ...

    def followers(self, ticket_id: int) -> tuple[Ticket, ...]:
        """The tickets that ``follow`` that one."""
        ...

    def copies(self, message_id: str, content_key: str) -> tuple[tuple[int, int], ...]:
        """(ticket id, message id) of stored messages with the same Message-ID and the same content key."""
        ...

    def file(self, filings: Sequence[Filing], at: datetime) -> None:
        """Writes the rows of several mails, one executemany a table, and completes their claims.

        Raises ``Conflict`` when a ``changed`` ticket's version or a claim is no longer what the filing says."""
        ...

    def update(self, ticket: Ticket) -> Ticket:
        """Writes a changed ticket WHERE version = ticket.version; gives it back with version + 1. ``Conflict`` else."""
        ...

    def message(self, message_id: int) -> Message | None: ...

    def add_message(self, message: Message, references: Sequence[Reference] = ()) -> None: ...

    def decision_for(self, message_id: int) -> Decision | None:
        """The stored decision that was made for that message, exactly as it was filed."""
        ...

    def add_decision(self, made: Decision, ticket_id: int, message_id: int, at: datetime) -> None:
        """What rules decided later than on arrival, because of that message."""
        ...

    def first_message(self, ticket_id: int) -> Message | None: ...
