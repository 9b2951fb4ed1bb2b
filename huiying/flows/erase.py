"""Erases a customer's personal data: what he wrote and what was written to him. The numbers of his tickets stay."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from core.domain.erasure import Erasure
from core.domain.errors import NotFound, Unreadable
from core.domain.filing import AuditEntry
from core.domain.mail import Address
from core.domain.phone import phone_key
from core.domain.ticket import FINAL_STATES, SERIES, Customer, State
from core.text.mask import mask_address, mask_phone
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.state import set_state
from ingest.scan import unparsable

ERASED = "customer.erased"
COUNTED = ("tickets", "mails", "messages", "letters", "labels")
_SHORTEST, _SHORTEST_ASCII = 2, 4
"""What is shorter names nobody in the views of the queue."""
AT_ONCE = 100
"""So many tickets are emptied in one transaction: what is broken off is finished by doing it again."""


class Journal(Protocol):
    """What outlives the database: a backup of before is emptied again by it. Written before anything is erased."""

    def add(self, key: bytes, at: datetime) -> None: ...


def find_customer(ctx: Context, named: str) -> Customer:
    """By his address or one of his tickets' numbers. Raises ``NotFound``."""
    with ctx.store.read() as tx:
        if "@" in named:
            address = Address(address=named)
            known = tx.erasures.customer(tx.erasures.key_of(address.key))
            # What is known of him may not open any more; his traces are found by the address all the same.
            found = replace(known, address=known.address or address) if known else None
        else:
            ticket = tx.tickets.by_number(named.strip().lstrip("#＃"))
            found = tx.tickets.customer(ticket.customer_id) if ticket and ticket.customer_id else None
    if found is None or not (found.address or phone_key(found.phone)):
        raise NotFound("没有这位客户：写邮箱地址或工单编号 (no such customer: name an address or a ticket number)")
    return found


def what_there_is(ctx: Context, customer: Customer) -> Erasure:
    """What ``erase`` would take away now, from all of his addresses."""
    found = [_at_one_address(ctx, each) for each in _addresses(ctx, customer)]
    counts = {name: sum(getattr(one, name) for one in found) for name in COUNTED}
    models = max((one.models for one in found), default=0)
    return Erasure(customer=_masked(customer), models=models, **counts)


def _addresses(ctx: Context, customer: Customer) -> tuple[Customer, ...]:
    """Every customer who is the same as this one; the one whose other addresses they are comes last. Of those who are
    known by one number alone nobody can say later who was erased: they are one."""
    with ctx.store.read() as tx:
        head = customer.merged_into or customer.id
        ids = [*tx.tickets.merged_customers(head), head]
        found = [one for each in ids if (one := tx.tickets.customer(each)) is not None]
        if any(one.address is None for one in found):
            sharing = tx.tickets.customers_by_phone(customer.phone)
            found = [*(one for one in sharing if one.address is None and one.id not in ids), *found]
        return tuple(found) or (customer,)


def _at_one_address(ctx: Context, customer: Customer) -> Erasure:
    with ctx.store.read() as tx:
        tickets, messages, mails = _traces(tx, customer)
        counted = tx.erasures.counted(tickets)
        mails = (*mails, *tx.erasures.mails_of(messages))
        letters = len(tx.erasures.letters_elsewhere(_key(tx, customer), tickets))
        labels, models = counted["labels"], len(tx.models.records(10_000))
    return Erasure(
        customer=_masked(customer),
        tickets=len(tickets),
        mails=counted["mails"] + len(mails),
        messages=counted["messages"] + len(messages),
        letters=counted["letters"] + letters,
        labels=labels,
        models=models if labels else 0,
    )


def erase(ctx: Context, customer: Customer, by: str, journal: Journal) -> Erasure:
    """Takes it away, and says how much it was. What serves learns anew from the labels that are left."""
    done, every = what_there_is(ctx, customer), _addresses(ctx, customer)
    with ctx.store.read() as tx:
        keys = [_key(tx, each) for each in every]
    for key in keys:
        journal.add(key, ctx.now())
    for key, each in zip(keys, every, strict=True):
        _empty(ctx, key, each, by, _at_one_address(ctx, each))
    return done


def erase_again(ctx: Context, keys: Collection[bytes], by: str) -> int:
    """After a backup of before was restored: those of the erased who are in it again; how many they were. Who was only
    a guest on the tickets of others by then is known by his digest alone."""
    again = 0
    for key in keys:
        with ctx.store.read() as tx:
            customer = tx.erasures.customer(key)
            guest = bool(tx.erasures.said_elsewhere(key, ()) or tx.erasures.letters_elsewhere(key, ()))
        if customer is not None:
            for one in _addresses(ctx, customer) if customer.address is None else (customer,):
                _empty(ctx, key, one, by, _at_one_address(ctx, one))
        elif guest:
            with ctx.store.write() as tx:
                _empty_elsewhere(tx, key)
        again += customer is not None or guest
    return again


def _empty(ctx: Context, key: bytes, customer: Customer, by: str, done: Erasure) -> None:
    left = True
    while left:
        with ctx.store.write() as tx:
            left = _empty_some(ctx, tx, customer)
    with ctx.store.write() as tx:
        tx.tickets.lock_series(SERIES)  # no mail of his is filed meanwhile
        while _empty_some(ctx, tx, customer):
            pass
        _, _, mails = _traces(tx, customer)
        tx.erasures.empty_mails(mails)
        _empty_elsewhere(tx, key)
        if len(customer.name) >= (_SHORTEST_ASCII if customer.name.isascii() else _SHORTEST):
            tx.saved_views.forget(customer.name)
        if done.labels:
            tx.erasures.forget_models()
        details = tuple((name, str(getattr(done, name))) for name in ("tickets", "mails", "letters", "labels"))
        subject = f"customer:{customer.id}"
        tx.audit.add(
            [AuditEntry(id=ctx.ids(), at=ctx.now(), actor=by, action=ERASED, subject=subject, details=details)]
        )
    for stage in ("models", "changed"):
        ctx.wake.ring(stage)


def _empty_elsewhere(tx: Transaction, key: bytes) -> None:
    """What he said, and what was said to him, on the tickets of others; and that he took part there."""
    # Letters lead to the messages that say what stood in them: they go last.
    tx.erasures.empty_messages(tx.erasures.said_elsewhere(key, ()))
    tx.erasures.leave_out(key, ())
    tx.erasures.empty_letters(tx.erasures.letters_elsewhere(key, ()))
    tx.erasures.forget(key)


def _empty_some(ctx: Context, tx: Transaction, customer: Customer) -> bool:
    """Whether there was something."""
    tickets = tx.erasures.tickets_of(customer.id)[:AT_ONCE]
    for id_ in tickets:
        _end(ctx, tx, id_)
    if tickets:
        tx.erasures.empty_tickets(tickets)
    return bool(tickets)


def _end(ctx: Context, tx: Transaction, ticket_id: int) -> None:
    """Nobody works on what is gone: its clocks end."""
    ticket = tx.tickets.get(ticket_id)
    if ticket is not None and ticket.state not in FINAL_STATES:
        set_state(ctx, tx, replace(ticket, tags=()), State.WITHDRAWN, ctx.now())


def _key(tx: Transaction, customer: Customer) -> bytes:
    """Of his address; who has none is known by his number."""
    return tx.erasures.key_of(customer.address.key if customer.address else phone_key(customer.phone))


def _masked(customer: Customer) -> str:
    return mask_address(customer.address.address) if customer.address else mask_phone(customer.phone)


def _traces(tx: Transaction, customer: Customer) -> tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...]]:
    """His tickets, his messages on the tickets of others, and mails of his that belong to no ticket."""
    address = customer.address
    tickets = tx.erasures.tickets_of(customer.id)
    if address is None:
        return tickets, (), ()
    messages = tx.erasures.said_elsewhere(tx.erasures.key_of(address.key), tickets)
    strays = tx.erasures.strays(mask_address(address.address))
    return tickets, messages, tuple(id_ for id_ in strays if _is_from(tx, id_, address.key))


def _is_from(tx: Transaction, ledger_id: int, key: str) -> bool:
    """What nobody can open any more says nothing of anybody."""
    try:
        sender = unparsable(tx.ledger.raw(ledger_id), "").sender
    except (Unreadable, NotFound):
        return False
    return sender is not None and sender.key == key
