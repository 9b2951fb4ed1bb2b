"""Takes away what is known of a person; tickets stay as numbered tombstones, so that figures stay (DESIGN 3)."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Any

from sqlalchemy import Table, bindparam, case, func, select, text

from core.domain.mail import Address
from core.domain.promise import Clock
from core.domain.ticket import Customer
from store.addresses import open_envelope, seal_address
from store.tables import (
    address_mark,
    correction,
    customer,
    decision,
    delivery,
    extension,
    ledger,
    letter,
    letter_bytes,
    letter_file,
    message,
    message_reference,
    model,
    part,
    precedent,
    promise,
    raw_mail,
    ticket,
    ticket_participant,
    vote,
)
from store.ticket_rows import customer_value
from store.unit import Unit

SUBJECT = "（已删除 erased）"
MANY = 500
"""So many ids stand in one statement."""
_IDS: Any = bindparam("ids", expanding=True)
_OF_LETTERS = (letter_bytes, letter_file, delivery)
_OF_TICKETS = (message_reference, ticket_participant, correction, decision, precedent, message, letter)


class SqlErasures:
    """Conforms to ``huiying.flows.ports.Erasures``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def key_of(self, address_key: str) -> bytes:
        return self._unit.seal.address_key(address_key)

    def customer(self, key: bytes) -> Customer | None:
        row = self._unit.row(select(customer).where(customer.c.address_key == key))
        return None if row is None else customer_value(self._unit.seal, row)

    def tickets_of(self, customer_id: int) -> tuple[int, ...]:
        of = select(ticket.c.id).where(ticket.c.customer_id == customer_id).order_by(ticket.c.id)
        return tuple(row.id for row in self._unit.rows(of))

    def said_elsewhere(self, key: bytes, but: Collection[int]) -> tuple[int, ...]:
        wrote = select(ticket_participant.c.ticket_id).where(ticket_participant.c.address_key == key)
        others = sorted({row.ticket_id for row in self._unit.rows(wrote)} - set(but))
        return tuple(id_ for each in others for id_ in self._by(key, each))

    def _by(self, key: bytes, ticket_id: int) -> Iterator[int]:
        """The messages on a ticket that came from that address."""
        seal = self._unit.seal
        for row in self._unit.rows(select(message.c.id, message.c.addresses).where(message.c.ticket_id == ticket_id)):
            sender, _ = open_envelope(seal, row.addresses, f"message.addresses.{row.id}")
            if sender and seal.address_key(sender.key) == key:
                yield row.id

    def strays(self, masked: str) -> tuple[int, ...]:
        came = select(ledger.c.id).where(ledger.c.ticket_id.is_(None), ledger.c.sender_masked == masked)
        return tuple(row.id for row in self._unit.rows(came.order_by(ledger.c.id)))

    def mails_of(self, message_ids: Collection[int]) -> tuple[int, ...]:
        came = select(message.c.ledger_id).where(message.c.id.in_(_IDS), message.c.ledger_id.is_not(None))
        return tuple(row.ledger_id for ids in _chunks(message_ids) for row in self._unit.rows(came, {"ids": ids}))

    def counted(self, ticket_ids: Collection[int]) -> dict[str, int]:
        tables = {"messages": message, "letters": letter, "labels": correction, "mails": ledger}
        return {name: self._count(table, ticket_ids) for name, table in tables.items()}

    def _count(self, table: Table, ticket_ids: Collection[int]) -> int:
        many = select(func.count()).select_from(table).where(table.c.ticket_id.in_(_IDS))
        return sum(int(self._unit.value(many, {"ids": ids})) for ids in _chunks(ticket_ids))

    def empty_tickets(self, ticket_ids: Collection[int]) -> None:
        if self._unit.dialect == "sqlite":
            self._unit.rows(text("PRAGMA secure_delete = ON"))
        letters = self._ids(letter, ticket_ids)
        for table in _OF_LETTERS:
            self._delete(table, "letter_id", letters)
        self.empty_mails(self._ids(ledger, ticket_ids))
        for table in _OF_TICKETS:
            self._delete(table, "ticket_id", ticket_ids)
        for ids in _chunks(ticket_ids):
            for statement in _EMPTIED:
                self._unit.change(statement, {"ids": ids})
        self._unit.change(_TOMBSTONE, [{"of": id_, "now_touched": self._unit.ids()} for id_ in ticket_ids])

    def empty_messages(self, message_ids: Collection[int]) -> None:
        self.empty_mails(self.mails_of(message_ids))
        self._delete(correction, "message_id", message_ids)
        self._delete(decision, "message_id", message_ids)
        self._delete(message, "id", message_ids)

    def empty_mails(self, ledger_ids: Collection[int]) -> None:
        self._delete(raw_mail, "ledger_id", ledger_ids)
        said = select(ledger.c.id, ledger.c.verdict).where(ledger.c.id.in_(_IDS))
        for ids in _chunks(ledger_ids):
            rows = [{"of": row.id, "code": _code(row.verdict)} for row in self._unit.rows(said, {"ids": ids})]
            self._unit.change(_EMPTY_MAIL, rows)

    def forget(self, key: bytes) -> None:
        nobody = seal_address(self._unit.seal, Address(address=""), f"address_mark.address.{key.hex()}")
        marks = address_mark.update().where(address_mark.c.address_key == key)
        self._unit.change(marks.values(address=nobody, letter_id=0, ticket_id=0))
        self._unit.change(ticket_participant.delete().where(ticket_participant.c.address_key == key))
        self._unit.change(customer.delete().where(customer.c.address_key == key))

    def forget_models(self) -> int:
        return self._unit.change(model.delete())

    def _ids(self, table: Table, ticket_ids: Collection[int]) -> list[int]:
        of = select(table.c.id).where(table.c.ticket_id.in_(_IDS))
        return [row.id for ids in _chunks(ticket_ids) for row in self._unit.rows(of, {"ids": ids})]

    def _delete(self, table: Table, column: str, values: Collection[int]) -> None:
        for ids in _chunks(values):
            self._unit.change(table.delete().where(table.c[column].in_(_IDS)), {"ids": ids})


def _chunks(values: Collection[int]) -> Iterator[list[int]]:
    every = list(values)
    for first in range(0, len(every), MANY):
        yield every[first : first + MANY]


def _code(verdict: str) -> str:
    """A verdict's stable code, without the Message-IDs and numbers behind it."""
    return ":".join(part.strip() for part in verdict.split(":")[:2] if " " not in part.strip())


_EMPTIED = (
    vote.update().where(vote.c.ticket_id.in_(_IDS)).values(words=""),
    extension.update().where(extension.c.ticket_id.in_(_IDS)).values(reason="", because=""),
    part.update().where(part.c.ticket_id.in_(_IDS)).values(output=""),
    promise.update()
    .where(promise.c.ticket_id.in_(_IDS), promise.c.clock == Clock.AGENT_PROMISE.value)
    .values(because=""),
)
_TOMBSTONE = (
    ticket.update()
    .where(ticket.c.id == bindparam("of"))
    .values(
        subject=SUBJECT, snippet="", gist="", gist_by="", tags=(), customer_id=None, messages=0, copy_because="",
        near_scope=None, near_text=(), near_orders=(), version=ticket.c.version + 1, touched=bindparam("now_touched"),
        linked_because=case((ticket.c.linked_because == "", ""), else_="linked: erased"),
    )
)  # fmt: skip
_EMPTY_MAIL = (
    ledger.update()
    .where(ledger.c.id == bindparam("of"))
    .values(subject="", sender_masked="", authentication="", trace="", verdict=bindparam("code"), message_id=0)
)
