"""What an agent logged together with a customer's words comes onto the ticket in the transaction that files them."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import replace

from core.domain.channel import BY_AGENT, CallRecord
from core.domain.errors import Unavailable
from core.domain.filing import Filing
from core.domain.people import User
from core.domain.ticket import Ticket
from huiying.flows.answer import Call, add_call
from huiying.flows.context import Context
from huiying.flows.customer import learn_customer
from huiying.flows.next_step import NextStep, next_step, take_step
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared
from ingest.brought import call_in

_log = logging.getLogger("huiying.add_calls")


def add_calls(ctx: Context, tx: Transaction, prepared: Sequence[Prepared], filings: Sequence[Filing]) -> None:
    """For a mail there is nothing to do. What was set apart waits for its replay."""
    for p, filing in zip(prepared, filings, strict=True):
        filed = filing.ticket or filing.changed
        if p.entry.source not in BY_AGENT or p.stub or filed is None:
            continue
        call, ticket = _call_with(tx, p.entry.id), tx.tickets.get(filed.id)
        if call is not None and ticket is not None:
            _add(ctx, tx, p, ticket, call)


def _call_with(tx: Transaction, ledger_id: int) -> CallRecord | None:
    try:
        return call_in(tx.ledger.raw(ledger_id))
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  the customer's words, which were understood, are not lost with the agent's
        _log.exception("What was logged with a message cannot be read back.", extra={"mail": ledger_id})
        return None


def _add(ctx: Context, tx: Transaction, p: Prepared, ticket: Ticket, call: CallRecord) -> None:
    """As of the moment in which it was logged, however late it is filed."""
    told = {"name": call.name, "phone": call.phone, "company": call.company}
    learn_customer(ctx, tx, ticket, told, call.by)
    ticket = tx.tickets.get(ticket.id) or ticket
    agent, step = tx.people.user(call.by) or User(id=0, name=call.by), _step(ctx, call)
    if call.outcome:
        add_call(ctx, tx, ticket, agent, Call(outcome=call.outcome, said=call.said, step=step), p.entry.kept_at)
    else:
        take_step(ctx, tx, ticket, agent, f"mail:{p.entry.id}", step)


def _step(ctx: Context, call: CallRecord) -> NextStep:
    """Filed so late that its due time is over, the task is due as its kind is."""
    step = next_step(call.next, call.team, call.due, call.todo)
    return replace(step, due=None) if step.due is not None and step.due <= ctx.now() else step
