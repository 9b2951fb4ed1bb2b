"""Tickets, messages and customers, and the look-ups that decide whose a mail is (DESIGN 3.3)."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    BindParameter,
    ColumnElement,
    FromClause,
    Text,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
)

from core.domain.decision import Decision, Occasion
from core.domain.errors import Conflict
from core.domain.filing import Filing, NearTicket, Reference, ReferenceKind
from core.domain.ids import first_id_at
from core.domain.mail import ParsedMail
from core.domain.ticket import Customer, Direction, Message, State, Ticket
from core.domain.views import MOST_COUNTED
from store.ahead import Ahead, look_ahead
from store.customers import (
    customer_by_key,
    customer_of,
    customers_after,
    customers_by_phone,
    domains_of,
    every_address,
    has_merges,
    has_old_phones,
    hold_customers,
    key_phones,
    merge_customer,
    merged_customers,
    read_customer,
    save_customer,
)
from store.filing import CHANGE_TICKET, add_references, change_row, file_all, participant_row
from store.merged import merged_into
from store.prepared import Prepared, PreparedList
from store.search import index_messages
from store.tables import customer, decision, message_reference, number_series, ticket_participant
from store.tables import message as messages
from store.tables import ticket as tickets
from store.tables.ticket import LINKED, NAMES_ORDERS, NEAR, OPEN
from store.ticket_rows import (
    decision_row,
    decision_value,
    due_of,
    message_row,
    message_value,
    near_value,
    ticket_value,
)
from store.unit import Rows, Unit, inserting

MOST_NEAR = 50
"""So many recent tickets of one sender or company are looked at, the newest first."""
_ORDER = re.compile(r"[\w-]+")


def _person(who: FromClause) -> ColumnElement[int]:
    """The customer who has that address, which may be another one's other address."""
    return case((who.c.merged_into != 0, who.c.merged_into), else_=who.c.id)


# Written once: building a statement anew costs more than running it, and these run for every mail.
_OF: BindParameter[Any] = bindparam("of")
_TICKET = Prepared(select(tickets).where(tickets.c.id == _OF))
_CHANGE = Prepared(CHANGE_TICKET.returning(tickets.c.sort_due, tickets.c.next_clock))
_BY_NUMBER = Prepared(select(tickets).where(tickets.c.number == _OF))
_TAKEN = PreparedList(lambda numbers: select(tickets.c.number).where(tickets.c.number.in_(numbers)))
_FIRST_MESSAGE = Prepared(
    select(messages)
    .where(messages.c.ticket_id == _OF, messages.c.direction == Direction.IN.value)
    .order_by(messages.c.id)
    .limit(1)
)
_SERIES = Prepared(select(number_series.c.last).where(number_series.c.series == _OF).with_for_update())
_BY_DIGESTS = select(message_reference.c.digest, message_reference.c.kind, message_reference.c.ticket_id).where(
    message_reference.c.digest.in_(bindparam("digests", expanding=True))
)
_BY_DIGEST = Prepared(
    select(message_reference.c.digest, message_reference.c.kind, message_reference.c.ticket_id).where(
        message_reference.c.digest == bindparam("of")
    )
)
_FEW = 4
"""So many digests are looked up one by one: a compiled statement costs a tenth of one with a list."""
_COPIES = Prepared(
    select(messages.c.ticket_id, messages.c.id)
    .where(messages.c.content_key == bindparam("content"), messages.c.message_id == _OF)
    .order_by(messages.c.id)
)
# The words of the partial index, so that it is used.
_LINKED_TO = Prepared(select(tickets).where(tickets.c.linked_to == _OF, text(LINKED)).order_by(tickets.c.id))
_HEARD = Prepared(
    select(func.count()).where(
        messages.c.ticket_id == _OF, messages.c.direction == Direction.IN, messages.c.automatic == ""
    )
)
_THEIRS = tickets.c.customer_id.in_(every_address())
_OPEN = select(tickets.c.id).where(_THEIRS, text(OPEN)).limit(MOST_COUNTED).subquery()
_OPEN_COUNT = Prepared(select(func.count()).select_from(_OPEN))
_RECENT = (
    select(tickets.c.id)
    .where(_THEIRS, tickets.c.id >= bindparam("first"), tickets.c.received >= bindparam("since"))
    .limit(MOST_COUNTED)
    .subquery()
)
_RECENT_COUNT = Prepared(select(func.count()).select_from(_RECENT))
_NEWEST_OPEN = Prepared(
    select(tickets.c.id)
    .where(_THEIRS, tickets.c.id != bindparam("but"), text(OPEN))
    .order_by(tickets.c.id.desc())
    .limit(1)
)
_NEWEST = Prepared(
    select(tickets.c.id)
    .where(_THEIRS, tickets.c.state != State.INVALID, tickets.c.state != State.MERGED)
    .order_by(tickets.c.id.desc())
    .limit(1)
)
_WROTE = exists().where(ticket_participant.c.ticket_id == _OF, ticket_participant.c.address_key == bindparam("key"))
_writer = customer.alias("writer")
_OWNS = (
    exists()
    .select_from(tickets.join(customer, tickets.c.customer_id == customer.c.id).join(_writer, literal(True)))
    .where(tickets.c.id == _OF, _writer.c.address_key == bindparam("key"))
    .where(_person(customer) == _person(_writer))
)
_NO_COPY = (State.MERGED, State.INVALID, State.WITHDRAWN)
_MADE_LATELY = (
    select(tickets.c.id, tickets.c.number, tickets.c.customer_id, tickets.c.near_text, tickets.c.near_orders)
    .where(*(tickets.c.state != state.value for state in _NO_COPY))
    .order_by(tickets.c.id.desc())
)
_SINCE = tickets.c.id >= bindparam("since")
_NEAR_OF = Prepared(_MADE_LATELY.where(tickets.c.customer_id == _OF, _SINCE, text(NEAR)).limit(MOST_NEAR))
_NEAR_OF_MANY = Prepared(_MADE_LATELY.where(_THEIRS, _SINCE, text(NEAR)).limit(MOST_NEAR))
# Read in the index alone; only what names the order is looked up in the table.
_WITH_ORDERS = (
    select(tickets.c.id, tickets.c.near_orders)
    .where(tickets.c.near_scope == bindparam("scope"), _SINCE, text(NEAR), text(NAMES_ORDERS))
    .order_by(tickets.c.id.desc())
    .limit(MOST_NEAR)
    .subquery()
)
_NEAR_BY_ORDER = Prepared(
    _MADE_LATELY.join_from(tickets, _WITH_ORDERS, tickets.c.id == _WITH_ORDERS.c.id).where(
        type_coerce(_WITH_ORDERS.c.near_orders, Text).like(bindparam("order"))
    )
)
_BELONGS = Prepared(select(or_(_WROTE, _OWNS)))


@cache
def _next_serial(dialect: str) -> Prepared:
    """Begins a series, or goes on with it, by so many."""
    more: BindParameter[int] = bindparam("more", type_=BigInteger())
    first = inserting(dialect, number_series).values(series=bindparam("of"), last=more)
    added = first.on_conflict_do_update(index_elements=["series"], set_={"last": number_series.c.last + more})
    return Prepared(added.returning(number_series.c.last))


class SqlTickets:
    """Conforms to ``huiying.flows.known_tickets.Tickets``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._ahead = Ahead()
        self._read: dict[int, Ticket | None] = {}
        self._read_after = 0

    def look_ahead(self, mails: Sequence[ParsedMail]) -> None:
        self._ahead = look_ahead(self._unit, mails) if mails else Ahead()

    def lock_series(self, series: str) -> None:
        if self._unit.dialect == "sqlite":
            return  # its transactions that write begin with a lock on everything
        self._read.clear()
        if self._unit.row(_SERIES, {"of": series}) is None:
            self._unit.add_new(number_series, [{"series": series, "last": 0}], "series")
            self._unit.row(_SERIES, {"of": series})

    def next_serial(self, series: str, count: int = 1) -> int:
        rows = self._unit.changed(_next_serial(self._unit.dialect), {"of": series, "more": count})
        return int(rows[0][0]) - count + 1

    def get(self, ticket_id: int) -> Ticket | None:
        if self._read_after != self._unit.writes:
            self._read.clear()
            self._read_after = self._unit.writes
        if ticket_id not in self._read:
            row = self._unit.row(_TICKET, {"of": ticket_id})
            self._read[ticket_id] = None if row is None else ticket_value(row)
        return self._read[ticket_id]

    def taken(self, numbers: Sequence[str]) -> frozenset[str]:
        if not numbers:
            return frozenset()
        statement, given = _TAKEN.of(numbers)
        return frozenset(row.number for row in self._unit.rows(statement, given))

    def by_number(self, number: str) -> Ticket | None:
        row = self._unit.row(_BY_NUMBER, {"of": number})
        return None if row is None else ticket_value(row)

    def by_references(self, message_ids: Sequence[str]) -> tuple[tuple[str, int], ...]:
        digests = {self._unit.seal.reference(each): each for each in dict.fromkeys(message_ids)}
        if not digests:
            return ()
        rows = self._by_digests(list(digests))
        order = {digest: place for place, digest in enumerate(digests)}
        # Where a message is counts before where it was only named.
        found = sorted(
            (order[row.digest], row.kind == ReferenceKind.NAMES, row.ticket_id, digests[row.digest]) for row in rows
        )
        return tuple(dict.fromkeys((message_id, ticket_id) for _, _, ticket_id, message_id in found))

    def _by_digests(self, digests: list[bytes]) -> Rows:
        if sum(each not in self._ahead.references for each in digests) > _FEW:
            return self._unit.rows(_BY_DIGESTS, {"digests": digests})
        return [row for digest in digests for row in self._by_digest(digest)]

    def _by_digest(self, digest: bytes) -> Rows:
        known = self._ahead.references.get(digest)
        return self._unit.rows(_BY_DIGEST, {"of": digest}) if known is None else known

    def heard(self, ticket_id: int) -> int:
        return int(self._unit.value(_HEARD, {"of": ticket_id}))

    def belongs(self, ticket_id: int, address_key: str) -> bool:
        if not address_key:
            return False
        key = self._unit.seal.address_key(address_key)
        if self._unit.value(_BELONGS, {"of": ticket_id, "key": key}):
            return True
        return any(self._unit.value(_BELONGS, {"of": of, "key": key}) for of, _ in merged_into(self._unit, ticket_id))

    def copies(self, message_id: str, content_key: str) -> tuple[tuple[int, int], ...]:
        rows = self._ahead.copies.get((content_key, message_id))
        if rows is None:
            rows = self._unit.rows(_COPIES, {"content": content_key, "of": message_id})
        return tuple((row.ticket_id, row.id) for row in rows)

    def customer_by_address(self, address_key: str) -> Customer | None:
        key = self._unit.seal.address_key(address_key)
        known = self._ahead.customers.get(key)
        if known is None:
            return customer_by_key(self._unit, key)
        row = next(iter(known), None)
        return None if row is None else read_customer(self._unit, row)

    def customer(self, customer_id: int) -> Customer | None:
        return customer_of(self._unit, customer_id)

    def customers_by_phone(self, phone: str) -> tuple[Customer, ...]:
        return customers_by_phone(self._unit, phone)

    def has_old_phones(self) -> bool:
        return has_old_phones(self._unit)

    def key_phones(self, limit: int) -> int:
        return key_phones(self._unit, limit)

    def customers_after(self, customer_id: int, limit: int, levels: Collection[str] = ()) -> tuple[Customer, ...]:
        return customers_after(self._unit, customer_id, limit, levels)

    def save_customer(self, changed: Customer) -> None:
        self._ahead = Ahead()
        save_customer(self._unit, changed)

    def hold_customers(self, ids: Collection[int]) -> None:
        hold_customers(self._unit, ids)
        self._read.clear()

    def merged_customers(self, customer_id: int) -> tuple[int, ...]:
        return merged_customers(self._unit, customer_id)

    def has_merges(self) -> bool:
        return has_merges(self._unit)

    def merge_customer(self, customer_id: int, into: int) -> None:
        self._ahead = Ahead()
        merge_customer(self._unit, customer_id, into)

    def domains_of(self, ticket_id: int) -> tuple[str, ...]:
        ticket = self.get(ticket_id)
        return domains_of(self._unit, ticket.customer_id) if ticket and ticket.customer_id else ()

    def domains_at(self, address_key: str) -> tuple[str, ...]:
        known = self.customer_by_address(address_key)
        return domains_of(self._unit, known.id) if known else ()

    def near(
        self, scope: str, customer_id: int, since: datetime, orders: Sequence[str], *, many: bool
    ) -> tuple[NearTicket, ...]:
        found: dict[int, NearTicket] = {}
        if orders:
            given = {"scope": self._unit.seal.address_key(scope), "since": first_id_at(since)}
            rows = self._unit.rows(_NEAR_BY_ORDER, {**given, "order": _any_of(orders)})
            found = {row.id: near_value(row) for row in rows}
        if customer_id:
            his = self._unit.rows(_NEAR_OF_MANY if many else _NEAR_OF, {"since": first_id_at(since), "of": customer_id})
            found |= {row.id: replace(near_value(row), customer_id=customer_id) for row in his}
        return tuple(found[id_] for id_ in sorted(found, reverse=True))

    def hold(self, ids: Collection[int]) -> tuple[Ticket, ...]:
        these = select(tickets).where(tickets.c.id.in_(sorted(ids))).order_by(tickets.c.id).with_for_update()
        held = tuple(ticket_value(row) for row in self._unit.rows(these))
        self._read.clear()
        return held

    def followers(self, ticket_id: int) -> tuple[Ticket, ...]:
        found = (ticket_value(row) for row in self._unit.rows(_LINKED_TO, {"of": ticket_id}))
        return tuple(ticket for ticket in found if ticket.follows)

    def open_count(self, customer_id: int) -> int:
        return int(self._unit.value(_OPEN_COUNT, {"of": customer_id}))

    def count_since(self, customer_id: int, since: datetime) -> int:
        first = first_id_at(since)
        return int(self._unit.value(_RECENT_COUNT, {"of": customer_id, "first": first, "since": since}))

    def newest_open(self, customer_id: int, but: int) -> int:
        row = self._unit.row(_NEWEST_OPEN, {"of": customer_id, "but": but})
        return 0 if row is None else int(row.id)

    def newest_ticket(self, customer_id: int) -> Ticket | None:
        row = self._unit.row(_NEWEST, {"of": customer_id})
        return None if row is None else self.get(row.id)

    def file(self, filings: Sequence[Filing], at: datetime) -> None:
        self._ahead = Ahead()
        file_all(self._unit, filings, at)

    def update(self, ticket: Ticket) -> Ticket:
        rows = self._unit.changed(_CHANGE, change_row(ticket, self._unit.ids()))
        if not rows:
            raise Conflict(f"Ticket {ticket.number} was changed meanwhile.")
        due, clock = due_of(rows[0].sort_due), rows[0].next_clock
        return replace(ticket, version=ticket.version + 1, next_due=due, next_clock=clock)

    def message(self, message_id: int) -> Message | None:
        row = self._unit.row(select(messages).where(messages.c.id == message_id))
        return None if row is None else message_value(self._unit.seal, row)

    def add_message(self, message: Message, references: Sequence[Reference] = ()) -> None:
        self._ahead = Ahead()
        on = message.ticket_id
        self._unit.add(messages, [message_row(self._unit.seal, message)])
        index_messages(self._unit, (message,))
        if message.direction is Direction.IN and message.sender:
            member = participant_row(self._unit.seal, on, message.sender)
            self._unit.add_new(ticket_participant, [member], "ticket_id", "address_key")
        add_references(self._unit, [(each, on) for each in references])
        more = tickets.update().where(tickets.c.id == on)
        self._unit.change(more.values(messages=tickets.c.messages + 1, touched=self._unit.ids()))

    def decision_for(self, message_id: int) -> Decision | None:
        on_arrival = decision.c.occasion == Occasion.ARRIVAL.value
        of_message = select(decision).where(decision.c.message_id == message_id, on_arrival)
        row = self._unit.row(of_message.order_by(decision.c.id.desc()).limit(1))
        return None if row is None else decision_value(row)

    def add_decision(self, made: Decision, ticket_id: int, message_id: int, at: datetime) -> None:
        self._unit.add(decision, [decision_row(made, self._unit.ids(), ticket_id, message_id, at)])

    def first_message(self, ticket_id: int) -> Message | None:
        row = self._unit.row(_FIRST_MESSAGE, {"of": ticket_id})
        return None if row is None else message_value(self._unit.seal, row)


def _any_of(orders: Sequence[str]) -> str:
    """A LIKE pattern that matches what is stored of a ticket that names one of them, and of few others."""
    plain = len(orders) == 1 and _ORDER.fullmatch(orders[0])
    return f"%{orders[0]}%" if plain else "%"
