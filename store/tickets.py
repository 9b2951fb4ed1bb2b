"""Tickets, messages and customers, and the look-ups that decide whose a mail is (DESIGN 3.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlalchemy import exists, func, or_, select, text

from core.domain.decision import Decision
from core.domain.errors import Conflict
from core.domain.filing import Filing, Reference
from core.domain.ticket import Customer, Direction, Message, Ticket
from core.domain.views import MOST_COUNTED
from store.filing import CHANGE_TICKET, add_references, change_row, file_all, participant_row
from store.tables import customer, decision, message_reference, number_series, ticket_participant
from store.tables import message as messages
from store.tables import ticket as tickets
from store.tables.ticket import OPEN
from store.ticket_rows import (
    customer_row,
    customer_value,
    decision_value,
    due_of,
    message_row,
    message_value,
    ticket_value,
)
from store.unit import Unit


class SqlTickets:
    """Conforms to ``huiying.flows.ports.Tickets``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def lock_series(self, series: str) -> None:
        lock = select(number_series.c.last).where(number_series.c.series == series).with_for_update()
        if self._unit.row(lock) is None:
            self._unit.add_new(number_series, [{"series": series, "last": 0}], "series")
            self._unit.row(lock)

    def next_serial(self, series: str) -> int:
        first = self._unit.insert(number_series).values(series=series, last=1)
        more = first.on_conflict_do_update(index_elements=["series"], set_={"last": number_series.c.last + 1})
        serial: int = self._unit.changed(more.returning(number_series.c.last))[0][0]
        return serial

    def get(self, ticket_id: int) -> Ticket | None:
        row = self._unit.row(select(tickets).where(tickets.c.id == ticket_id))
        return None if row is None else ticket_value(row)

    def by_number(self, number: str) -> Ticket | None:
        row = self._unit.row(select(tickets).where(tickets.c.number == number))
        return None if row is None else ticket_value(row)

    def by_references(self, message_ids: Sequence[str]) -> tuple[tuple[str, int], ...]:
        digests = {self._unit.seal.reference(each): each for each in dict.fromkeys(message_ids)}
        if not digests:
            return ()
        c = message_reference.c
        rows = self._unit.rows(select(c.digest, c.ticket_id).where(c.digest.in_(list(digests))).distinct())
        order = {digest: place for place, digest in enumerate(digests)}
        found = sorted((order[row.digest], row.ticket_id, digests[row.digest]) for row in rows)
        return tuple((message_id, ticket_id) for _, ticket_id, message_id in found)

    def belongs(self, ticket_id: int, address_key: str) -> bool:
        if not address_key:
            return False
        key = self._unit.seal.address_key(address_key)
        member = ticket_participant.c
        owner = tickets.join(customer, tickets.c.customer_id == customer.c.id)
        wrote = exists().where(member.ticket_id == ticket_id, member.address_key == key)
        owns = exists().select_from(owner).where(tickets.c.id == ticket_id, customer.c.address_key == key)
        return bool(self._unit.value(select(or_(wrote, owns))))

    def copies(self, message_id: str, content_key: str) -> tuple[tuple[int, int], ...]:
        c = messages.c
        same = select(c.ticket_id, c.id).where(c.content_key == content_key, c.message_id == message_id)
        return tuple((row.ticket_id, row.id) for row in self._unit.rows(same.order_by(c.id)))

    def customer_by_address(self, address_key: str) -> Customer | None:
        key = self._unit.seal.address_key(address_key)
        row = self._unit.row(select(customer).where(customer.c.address_key == key))
        return None if row is None else customer_value(self._unit.seal, row)

    def customer(self, customer_id: int) -> Customer | None:
        row = self._unit.row(select(customer).where(customer.c.id == customer_id))
        return None if row is None else customer_value(self._unit.seal, row)

    def save_customer(self, changed: Customer) -> None:
        row = customer_row(self._unit.seal, changed)
        self._unit.add_new(customer, [row], "id")
        self._unit.change(customer.update().where(customer.c.id == changed.id).values(**row), quiet=True)

    def open_count(self, customer_id: int) -> int:
        some = select(tickets.c.id).where(tickets.c.customer_id == customer_id, text(OPEN)).limit(MOST_COUNTED)
        return int(self._unit.value(select(func.count()).select_from(some.subquery())))

    def file(self, filings: Sequence[Filing], at: datetime) -> None:
        file_all(self._unit, filings, at)

    def update(self, ticket: Ticket) -> Ticket:
        change = CHANGE_TICKET.returning(tickets.c.sort_due, tickets.c.next_clock)
        rows = self._unit.changed(change, change_row(ticket, self._unit.ids()))
        if not rows:
            raise Conflict(f"Ticket {ticket.number} was changed meanwhile.")
        due, clock = due_of(rows[0].sort_due), rows[0].next_clock
        return replace(ticket, version=ticket.version + 1, next_due=due, next_clock=clock)

    def message(self, message_id: int) -> Message | None:
        row = self._unit.row(select(messages).where(messages.c.id == message_id))
        return None if row is None else message_value(self._unit.seal, row)

    def add_message(self, message: Message, references: Sequence[Reference] = ()) -> None:
        on = message.ticket_id
        self._unit.add(messages, [message_row(self._unit.seal, message)])
        if message.direction is Direction.IN and message.sender:
            member = participant_row(self._unit.seal, on, message.sender)
            self._unit.add_new(ticket_participant, [member], "ticket_id", "address_key")
        add_references(self._unit, [(each, on) for each in references])
        more = tickets.update().where(tickets.c.id == on)
        self._unit.change(more.values(messages=tickets.c.messages + 1, touched=self._unit.ids()))

    def decision_for(self, message_id: int) -> Decision | None:
        of_message = select(decision).where(decision.c.message_id == message_id)
        row = self._unit.row(of_message.order_by(decision.c.id.desc()).limit(1))
        return None if row is None else decision_value(row)

    def first_message(self, ticket_id: int) -> Message | None:
        of_ticket = select(messages).where(messages.c.ticket_id == ticket_id, messages.c.direction == Direction.IN)
        row = self._unit.row(of_ticket.order_by(messages.c.id).limit(1))
        return None if row is None else message_value(self._unit.seal, row)
