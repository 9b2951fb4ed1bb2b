"""合并客户: one person writes from several addresses. What is known of him counts for all of them, letters still go to
the address that asked, and taking it apart again restores each exactly (DOMAIN 2)."""

from __future__ import annotations

from collections.abc import Callable

from core.domain.errors import BadInput, Conflict, NotFound, NotPermitted
from core.domain.filing import AuditEntry
from core.domain.mail import Address
from core.domain.people import Permission, User
from core.domain.ticket import Customer
from huiying.flows.change import Done, ticket_named
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried


def merge_customers(ctx: Context, who: str, into: str, user: User) -> Customer:
    """``who`` is one more address of the customer ``into``: level, tags, company, industry, form, phone, counted
    tickets, caps and whose mail it is follow that one. Both are named by an address or a ticket. Tickets that are
    there keep what was decided. Raises ``NotFound``, ``NotPermitted``, and ``BadInput`` when both are the same or
    ``who`` has other addresses himself."""
    return _change(ctx, user, lambda tx: _merge(ctx, tx, _named(tx, who), _named(tx, into), user))


def unmerge_customer(ctx: Context, who: str, user: User) -> Customer:
    """The customer of that address or ticket stands for himself again, as he was. Raises ``NotFound``,
    ``NotPermitted``, and ``BadInput`` when he is not merged."""
    return _change(ctx, user, lambda tx: _unmerge(ctx, tx, _named(tx, who), user))


def _change(ctx: Context, user: User, act: Callable[[Transaction], Done]) -> Done:
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted

    def once() -> Done:
        with ctx.store.write() as tx:
            return act(tx)

    done = retried(once)
    ctx.wake.ring("changed")
    return done


def _named(tx: Transaction, name: str) -> Customer:
    """By address, or as the customer of a ticket."""
    name = name.strip()
    if "@" in name:
        found = tx.tickets.customer_by_address(Address(name="", address=name).key)
    else:
        of = ticket_named(tx, name).customer_id
        found = tx.tickets.customer(of) if of else None
    if found is None:
        raise NotFound("没有这个客户 (there is no such customer)")
    return found


def _merge(ctx: Context, tx: Transaction, who: Customer, into: Customer, user: User) -> Customer:
    head = into.merged_into or into.id
    tx.tickets.hold_customers((who.id, head))
    # Under the lock: who merged one of them a moment ago was first.
    known, target = tx.tickets.customer(who.id), tx.tickets.customer(head)
    if known is None or target is None or target.merged_into:
        raise Conflict
    if head in (known.id, known.merged_into):
        raise BadInput("已经是同一个客户 (they are the same customer already)")
    if known.merged_into:
        raise BadInput("这个地址已并入别的客户，请先取消合并 (it is merged into another customer: unmerge it first)")
    if tx.tickets.merged_customers(known.id):
        raise BadInput(
            "这个客户还有别的地址，请反过来合并，或先取消合并"
            " (this customer has other addresses: merge the other way round, or unmerge them first)"
        )
    tx.tickets.merge_customer(known.id, head)
    _note(ctx, tx, user, "customer.merged", known.id, into=head)
    _note(ctx, tx, user, "customer.merged-in", head, merged=known.id)
    return tx.tickets.customer(known.id) or known


def _unmerge(ctx: Context, tx: Transaction, who: Customer, user: User) -> Customer:
    tx.tickets.hold_customers((who.id,))
    known = tx.tickets.customer(who.id) or who
    if not known.merged_into:
        raise BadInput("这个客户没有合并 (this customer is not merged)")
    tx.tickets.merge_customer(known.id, 0)
    _note(ctx, tx, user, "customer.unmerged", known.id, of=known.merged_into)
    _note(ctx, tx, user, "customer.unmerged-from", known.merged_into, unmerged=known.id)
    return tx.tickets.customer(known.id) or known


def _note(ctx: Context, tx: Transaction, user: User, action: str, on: int, **ids: int) -> None:
    """Both customers' trails name the other by id; an address is nobody's business in a trail."""
    details = tuple((name, str(value)) for name, value in ids.items())
    line = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=user.name, action=action, subject=f"customer:{on}", details=details
    )
    tx.audit.add((line,))
