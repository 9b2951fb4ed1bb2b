"""Takes away what is known of a person; tickets stay as numbered tombstones, so that figures stay (DESIGN 3)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, and_, bindparam, case, exists, func, literal, or_, select, text

from core.domain.errors import Unreadable
from core.domain.ids import instant_of
from core.domain.mail import Address
from core.domain.promise import Clock
from core.domain.task import TaskState
from core.domain.ticket import Customer, Direction
from store.addresses import open_envelope, seal_address, seal_envelope
from store.articles import ERASED, empty_articles
from store.search import forget_messages
from store.tables import (
    address_mark,
    analysis,
    appraisal,
    audit,
    correction,
    customer,
    decision,
    delivery,
    extension,
    key_date,
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
    task,
    ticket,
    ticket_participant,
    vote,
)
from store.ticket_rows import customer_value
from store.unit import Unit

MANY = 500
"""So many ids stand in one statement."""
_IDS: Any = bindparam("ids", expanding=True)
_OF_LETTERS = (letter_bytes, letter_file, delivery)
_OF_TICKETS = (message_reference, ticket_participant, correction, decision, precedent, message)
_FREE_WORDS = frozenset(("reason", "breach", "gist", "proposed", "because", "linked-because"))
"""Details of the audit trail that people, or mails, wrote in their own words."""


class SqlErasures:
    """Conforms to ``huiying.flows.ports.Erasures``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def key_of(self, address_key: str) -> bytes:
        return self._unit.seal.address_key(address_key)

    def customer(self, key: bytes) -> Customer | None:
        row = self._unit.row(select(customer).where(_known_as(key)))
        return None if row is None else customer_value(self._unit.seal, row)

    def tickets_of(self, customer_id: int) -> tuple[int, ...]:
        of = select(ticket.c.id).where(ticket.c.customer_id == customer_id).order_by(ticket.c.id)
        return tuple(row.id for row in self._unit.rows(of))

    def said_elsewhere(self, key: bytes, but: Collection[int]) -> tuple[int, ...]:
        return tuple(id_ for each in self._elsewhere(key, but) for id_ in self._about(key, each))

    def _elsewhere(self, key: bytes, but: Collection[int]) -> list[int]:
        """Other tickets on which he wrote, was in copy, or was written to."""
        took_part = select(ticket_participant.c.ticket_id).where(ticket_participant.c.address_key == key)
        heard = select(letter.c.ticket_id).where(letter.c.recipient_key == key)
        return sorted({row.ticket_id for row in self._unit.rows(took_part.union(heard))} - set(but))

    def _about(self, key: bytes, ticket_id: int) -> Iterator[int]:
        """The messages on a ticket that came from that address, and our own to nobody else."""
        for row, sender, recipients in self._envelopes(ticket_id):
            ours_to_him = row.direction == Direction.OUT.value and recipients and all(map(self._is(key), recipients))
            if ours_to_him or (sender and self._is(key)(sender)):
                yield row.id

    def _is(self, key: bytes) -> Callable[[Address], bool]:
        return lambda address: self._unit.seal.address_key(address.key) == key

    def _envelopes(self, ticket_id: int) -> Iterator[tuple[Row[Any], Address | None, tuple[Address, ...]]]:
        stored = select(message.c.id, message.c.direction, message.c.addresses).where(message.c.ticket_id == ticket_id)
        for row in self._unit.rows(stored):
            try:
                opened = open_envelope(self._unit.seal, row.addresses, f"message.addresses.{row.id}")
            except Unreadable:  # what nobody can open any more says nothing of anybody
                continue
            yield row, *opened

    def letters_elsewhere(self, key: bytes, but: Collection[int]) -> tuple[int, ...]:
        to_him = self._unit.rows(select(letter.c.id, letter.c.ticket_id).where(letter.c.recipient_key == key))
        theirs = set(but)
        return tuple(sorted(row.id for row in to_him if row.ticket_id not in theirs))

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
        self.empty_letters(self._ids(letter, ticket_ids))
        self._delete(letter_file, "letter_id", self._ids(message, ticket_ids))
        self._empty_trails("ticket", ticket_ids)
        self.empty_mails(self._ids(ledger, ticket_ids))
        self._forget_words(self._ids(message, ticket_ids))
        for table in _OF_TICKETS:
            self._delete(table, "ticket_id", ticket_ids)
        for ids in _chunks(ticket_ids):
            for statement in _EMPTIED:
                self._unit.change(statement, {"ids": ids})
            self._empty_tasks(task.c.ticket_id, ids)
            empty_articles(self._unit, ids)
        self._unit.change(_TOMBSTONE, [{"of": id_, "now_touched": self._unit.ids()} for id_ in ticket_ids])

    def empty_letters(self, letter_ids: Collection[int]) -> None:
        for table in _OF_LETTERS:
            self._delete(table, "letter_id", letter_ids)
        self._delete(letter, "id", letter_ids)

    def _empty_trails(self, what: str, of: Collection[int]) -> None:
        """What somebody wrote into the trail in his own words; who did what stays."""
        lines = select(audit.c.id, audit.c.details).where(audit.c.subject.in_(bindparam("subjects", expanding=True)))
        for ids in _chunks(of):
            rows = self._unit.rows(lines, {"subjects": [f"{what}:{id_}" for id_ in ids]})
            changed = [{"of": row.id, "now_details": _without_words(row.details)} for row in rows]
            self._unit.change(_TRAIL, [each for each in changed if each["now_details"] is not None])

    def empty_messages(self, message_ids: Collection[int]) -> None:
        self.empty_mails(self.mails_of(message_ids))
        self._delete(correction, "message_id", message_ids)
        self._delete(decision, "message_id", message_ids)
        self._forget_words(message_ids)
        self._delete(message, "id", message_ids)

    def empty_mails(self, ledger_ids: Collection[int]) -> None:
        self._delete(raw_mail, "ledger_id", ledger_ids)
        self._empty_trails("mail", ledger_ids)
        said = select(ledger.c.id, ledger.c.verdict).where(ledger.c.id.in_(_IDS))
        for ids in _chunks(ledger_ids):
            rows = [{"of": row.id, "code": _code(row.verdict)} for row in self._unit.rows(said, {"ids": ids})]
            self._unit.change(_EMPTY_MAIL, rows)

    def leave_out(self, key: bytes, but: Collection[int]) -> None:
        for each in self._elsewhere(key, but):
            for row, sender, recipients in self._envelopes(each):
                rest = tuple(one for one in recipients if not self._is(key)(one))
                if len(rest) < len(recipients):
                    sealed = seal_envelope(self._unit.seal, sender, rest, f"message.addresses.{row.id}")
                    self._unit.change(message.update().where(message.c.id == row.id).values(addresses=sealed))

    def forget(self, key: bytes) -> None:
        nobody = seal_address(self._unit.seal, Address(address=""), f"address_mark.address.{key.hex()}")
        marks = address_mark.update().where(address_mark.c.address_key == key)
        self._unit.change(marks.values(address=nobody, letter_id=0, ticket_id=0))
        self._unit.change(ticket_participant.delete().where(ticket_participant.c.address_key == key))
        gone = [row.id for row in self._unit.rows(select(customer.c.id).where(_known_as(key), ~_HAS_TICKETS))]
        self._empty_trails("customer", gone)
        for ids in _chunks(gone):
            self._empty_tasks(task.c.customer_id, ids)
            self._unit.change(key_date.delete().where(key_date.c.customer_id.in_(_IDS)), {"ids": ids})
            theirs = appraisal.c.customer_id.in_(_IDS)
            self._unit.change(appraisal.update().where(theirs).values(**_NOBODYS), {"ids": ids})
            self._unit.change(customer.delete().where(customer.c.id.in_(_IDS)), {"ids": ids})

    def _empty_tasks(self, of: ColumnElement[int], ids: list[int]) -> None:
        """Whether they were done stays, for the figures; nobody is to do anything any more."""
        now = instant_of(self._unit.ids())
        emptied = dict.fromkeys(("words", "wording", "reason"), "") | {"customer_id": None, "warn_at": None}
        ended: dict[str, Any] = {"ended": func.coalesce(task.c.ended, literal(now, task.c.ended.type))}
        ended |= {"state": case((task.c.ended.is_(None), TaskState.DROPPED.value), else_=task.c.state)}
        ended |= {"version": task.c.version + 1}
        self._unit.change(task.update().where(of.in_(_IDS)).values(**emptied, **ended), {"ids": ids})

    def forget_models(self) -> int:
        return self._unit.change(model.delete())

    def _forget_words(self, message_ids: Collection[int]) -> None:
        for ids in _chunks(message_ids):
            forget_messages(self._unit, ids)

    def _ids(self, table: Table, ticket_ids: Collection[int]) -> list[int]:
        of = select(table.c.id).where(table.c.ticket_id.in_(_IDS))
        return [row.id for ids in _chunks(ticket_ids) for row in self._unit.rows(of, {"ids": ids})]

    def _delete(self, table: Table, column: str, values: Collection[int]) -> None:
        for ids in _chunks(values):
            self._unit.change(table.delete().where(table.c[column].in_(_IDS)), {"ids": ids})


_HAS_TICKETS = exists().where(ticket.c.customer_id == customer.c.id)
"""Somebody else who is known by the same number, until it is his turn."""


def _known_as(key: bytes) -> ColumnElement[bool]:
    """By the digest of his address; who has none by that of his number."""
    by_number = and_(customer.c.phone_key == key, customer.c.phone_key.is_not(None), customer.c.address_key.is_(None))
    return or_(customer.c.address_key == key, by_number)


def _chunks(values: Collection[int]) -> Iterator[list[int]]:
    every = list(values)
    for first in range(0, len(every), MANY):
        yield every[first : first + MANY]


def _without_words(details: list[list[str]]) -> list[list[str]] | None:
    """None where there are none."""
    kept = [[name, "erased" if name in _FREE_WORDS else value] for name, value in details]
    return kept if kept != [list(each) for each in details] else None


def _code(verdict: str) -> str:
    """A verdict's stable code, without the Message-IDs and numbers behind it."""
    return ":".join(part.strip() for part in verdict.split(":")[:2] if " " not in part.strip())


_ANALYSED = ("people", "technology", "budget", "aim", "wording", "fallback", "cause_words", "improvement")
_NOBODYS = {"customer_id": None, "words": "", "improvement": ""}
_EMPTIED = (
    vote.update().where(vote.c.ticket_id.in_(_IDS)).values(words=""),
    appraisal.update().where(appraisal.c.ticket_id.in_(_IDS)).values(**_NOBODYS),
    extension.update().where(extension.c.ticket_id.in_(_IDS)).values(reason="", because=""),
    part.update().where(part.c.ticket_id.in_(_IDS)).values(output=""),
    analysis.update().where(analysis.c.ticket_id.in_(_IDS)).values(**dict.fromkeys(_ANALYSED, "")),
    promise.update()
    .where(promise.c.ticket_id.in_(_IDS), promise.c.clock == Clock.AGENT_PROMISE.value)
    .values(because=""),
)
_TOMBSTONE = (
    ticket.update()
    .where(ticket.c.id == bindparam("of"))
    .values(
        subject=ERASED, snippet="", gist="", gist_by="", tags=(), customer_id=None, messages=0, copy_because="",
        near_scope=None, near_text=(), near_orders=(), version=ticket.c.version + 1, touched=bindparam("now_touched"),
        linked_because=case((ticket.c.linked_because == "", ""), else_="linked: erased"),
    )
)  # fmt: skip
_TRAIL = audit.update().where(audit.c.id == bindparam("of")).values(details=bindparam("now_details"))
_EMPTY_MAIL = (
    ledger.update()
    .where(ledger.c.id == bindparam("of"))
    .values(subject="", sender_masked="", authentication="", trace="", verdict=bindparam("code"), message_id=0)
)
