"""What a customer's reply does to its ticket: it wakes it, urges, or does neither (谢谢，已收到)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.mail import Address
from core.domain.said import WANTS_NOTHING, Remark
from core.domain.ticket import FINAL_STATES, OPEN_STATES, State, Ticket
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.pause import obey_state, reopen
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared, own_mail
from huiying.flows.rule_timers import plan_rules
from huiying.flows.state import in_state, work_state
from responder.states import SYSTEM

OVER = (State.RESOLVED, *FINAL_STATES)
WOKEN = (State.WAITING_CUSTOMER, State.ON_HOLD, *OVER)
"""States that a customer's reply brings back to 处理中, where the table of states lets the system do it."""
MOST_COPIED = 20


def hear(ctx: Context, desk: Desk, tx: Transaction, old: Ticket, p: Prepared) -> Ticket:
    """The ticket as it is after that (settled) reply, to be filed with it; its clocks, timers and planned rules are
    written."""
    if not _is_heard(p):
        return old
    at = p.entry.arrived
    awake = work_state(tx, old) if _wakes(old.state, p.message.said.remark) else old.state
    if awake is old.state or not desk.states.may_move(SYSTEM, old.state, awake):
        return old
    obey_state(ctx, tx, old.id, awake, at)
    tx.timers.set(old.id, ())
    plan_rules(ctx, tx, old.id, awake, at)
    if old.state not in OPEN_STATES:
        reopen(ctx, tx, old, f"reopened:{p.message.id}", at)
    return replace(old, **in_state(old, awake, at))


def urges(ticket: Ticket, p: Prepared) -> bool:
    """Whether the reply asks where the answer is (催单), on a ticket that somebody still works on."""
    urging = p.message.said.remark is Remark.URGES and _is_heard(p) and not p.entry.old
    return urging and ticket.state in OPEN_STATES


def _is_heard(p: Prepared) -> bool:
    return p.mail.automatic is None and not p.entry.is_history and not p.entry.replay_of


def _wakes(state: State, remark: Remark) -> bool:
    if state not in WOKEN or remark is Remark.THANKS:
        return False
    return not (state in OVER and remark in WANTS_NOTHING)


def copied(ctx: Context, desk: Desk, p: Prepared) -> tuple[Address, ...]:
    """The people to whom the mail went beside us: whoever the customer takes in belongs to the ticket."""
    if p.mail.automatic is not None:
        return ()
    own = own_mail(ctx, desk)
    return tuple(one for one in (*p.mail.to, *p.mail.cc) if "@" in one.address and not own.is_own(one.address))[
        :MOST_COPIED
    ]
