"""What a customer's reply does to its ticket: it wakes it, urges, or does neither (谢谢，已收到)."""

from __future__ import annotations

from dataclasses import replace

from core.domain.decision import Decision
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
from rules.orders import QUIET, URGE, YES

OVER = (State.RESOLVED, *FINAL_STATES)
WOKEN = (State.WAITING_CUSTOMER, State.ON_HOLD, *OVER)
"""States that a customer's reply brings back to 处理中, where the table of states lets the system do it."""
MOST_COPIED = 20


def settle(p: Prepared, ruled: Decision | None) -> Prepared:
    """The reply with what it is beside its words, decided once: by the first rule that says so, else by the reading.
    Everything that follows asks that word alone."""
    remark, rule = settled(p.message.said.remark, ruled)
    return replace(p, message=replace(p.message, said=replace(p.message.said, remark=remark, remark_by=rule)))


def settled(read: Remark, ruled: Decision | None) -> tuple[Remark, str]:
    """The remark, and the rule that decided it; ``no`` takes back what was read."""
    rules = ruled.hits if ruled is not None else ()
    for hit in (one for one in rules if not one.trial and not one.error):
        for what, value in hit.sets:
            if what == URGE and what not in hit.overridden:
                return (Remark.URGES if value == YES else Remark.NONE if read is Remark.URGES else read), hit.id
            if what == QUIET and what not in hit.overridden:
                return (Remark.THANKS if value == YES else Remark.NONE if read in WANTS_NOTHING else read), hit.id
    return read, ""


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
