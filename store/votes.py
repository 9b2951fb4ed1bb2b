"""Votes 评价 of customers on results."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select

from core.domain.vote import Vote
from store.customers import every_address
from store.prepared import Prepared
from store.tables import ticket, vote
from store.unit import Unit


def vote_value(row: Row[Any]) -> Vote:
    return Vote(**row._asdict() | {"marks": tuple((name, mark) for name, mark in row.marks)})


_LAST_OF = Prepared(
    select(vote)
    .join(ticket, ticket.c.id == vote.c.ticket_id)
    .where(ticket.c.customer_id.in_(every_address()))
    .order_by(vote.c.id.desc())
    .limit(1)
)
_OF_TICKET = Prepared(select(vote).where(vote.c.ticket_id == bindparam("of")).order_by(vote.c.id))


def votes_of(unit: Unit, ticket_id: int) -> tuple[Vote, ...]:
    rows = unit.rows(_OF_TICKET, {"of": ticket_id})
    return tuple(vote_value(row) for row in rows)


class SqlVotes:
    """Conforms to ``huiying.flows.ports.Votes``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of_ticket(self, ticket_id: int) -> tuple[Vote, ...]:
        return votes_of(self._unit, ticket_id)

    def last_of(self, customer_id: int) -> Vote | None:
        row = self._unit.row(_LAST_OF, {"of": customer_id})
        return None if row is None else vote_value(row)

    def save(self, new: Vote) -> None:
        row = {column.name: getattr(new, column.name) for column in vote.c}
        same = (vote.c.ticket_id == new.ticket_id, vote.c.letter_id == new.letter_id)
        self._unit.change(vote.delete().where(*same), quiet=True)
        self._unit.add(vote, [row])
        self._unit.change(ticket.update().where(ticket.c.id == new.ticket_id).values(touched=self._unit.ids()))
