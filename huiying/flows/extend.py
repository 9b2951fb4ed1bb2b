"""延期: the owner asks for a later time with a reason, the lead decides, and it counts once the customer was told."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.errors import BadInput, LettersOff, NotFound, NotPermitted, ReasonNeeded, SecondPersonNeeded
from core.domain.extension import PENDING, Extension, ExtensionState
from core.domain.letter import LetterIntent, LetterState
from core.domain.notice import NoticeEvent
from core.domain.people import Role, User
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.seen import seen
from core.domain.ticket import Ticket
from core.text.mask import mask
from huiying.flows.change import change, trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.extension_words import look_at
from huiying.flows.ports import Transaction
from huiying.flows.promise import next_look, require_near
from huiying.flows.serve import desk_for
from huiying.flows.short_letter import Reader, Telling, reader_of, write_letter
from huiying.flows.tell import tell
from responder.letters import letter_language
from responder.phrases import Level
from responder.promises import on_duty
from responder.states import SYSTEM
from responder.wording import time_words

UNDO = timedelta(seconds=15)
MOST_WORDS = 500
EXTENDABLE = (
    Clock.FIRST_RESPONSE,
    Clock.NEXT_UPDATE,
    Clock.RESOLUTION,
    Clock.URGE,
    Clock.SECOND_TREATMENT,
    Clock.AGENT_PROMISE,
)
"""What is promised to a customer by a person; the acknowledgement goes by itself, a part is agreed anew."""
DECIDING = (Role.LEAD, Role.ADMIN)
EXTENDED = "；延期："
"""Stands between a promise's own words and the reason of its extension."""
OCCASION = "extension:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``because`` is the lead's word; ``by_call``: the customer was told by telephone, no letter goes."""

    approved: bool
    because: str = ""
    by_call: bool = False


def ask_extension(ctx: Context, number: str, user: User, promise_id: int, wanted: datetime, reason: str) -> Extension:
    """Raises ``ReasonNeeded``, ``NotFound`` for a promise that is not this ticket's, and ``BadInput`` for one that is
    over or asked for already, or a time that is not later than what is owed: that needs nobody's approval; and for a
    reason that no letter may give."""
    words = mask(seen(reason)[:MOST_WORDS])
    if not words:
        raise ReasonNeeded

    def act(tx: Transaction, ticket: Ticket) -> Extension:
        promise = _promise(tx, ticket, promise_id)
        if promise.clock not in EXTENDABLE or promise.state not in LIVE:
            raise BadInput(f"{promise.clock.value}: 不能延期 (cannot be extended)")
        if wanted <= max(promise.owed, ctx.now()):
            raise BadInput("新的时间须晚于原来的时限和现在 (the new time lies after the due time and after now)")
        require_near(wanted, ctx.now())
        if any(e.promise_id == promise.id and e.state in PENDING for e in tx.extensions.of_ticket(ticket.id)):
            raise BadInput("已经申请过延期 (an extension is asked for already)")
        found = look_at(desk_for(ctx, tx, ticket), ticket.number, words, wanted)
        if stopped := next((one for one in found if one.level is Level.STOP), None):
            raise BadInput(f"{stopped.words} {stopped.zh} ({stopped.words}: {stopped.en})")
        asked = Extension(
            id=ctx.ids(), ticket_id=ticket.id, promise_id=promise.id, clock=promise.clock, due=promise.owed,
            wanted=wanted, reason=words, asked_by=user.name, at=ctx.now(),
        )  # fmt: skip
        tx.extensions.add(asked)
        details = {"extension": str(asked.id), "clock": asked.clock.value}
        tx.audit.add((trace(ctx, user.name, "extension.asked", ticket.id, **details),))
        facts = (("clock", asked.clock.value), ("due", asked.due.isoformat()), ("author", user.name))
        tell(ctx, tx, NoticeEvent.EXTENSION, f"extension:{asked.id}", ticket_id=ticket.id, details=facts)
        return asked

    return change(ctx, number, act)


def decide_extension(ctx: Context, number: str, user: User, extension_id: int, verdict: Verdict) -> Extension:
    """The lead's word. Approved, the customer's letter leaves after ``UNDO`` and the time moves when it has left.

    Raises ``NotPermitted`` for other roles, ``SecondPersonNeeded`` for one's own request, ``LettersOff`` when no letter
    may go and nobody called: a told time moves later only when the customer hears of it."""
    if user.role not in DECIDING:
        raise NotPermitted

    def act(tx: Transaction, ticket: Ticket) -> Extension:
        asked = _extension(tx, ticket, extension_id)
        if asked.asked_by == user.name:
            raise SecondPersonNeeded("延期须由另一个人批准 (somebody else has to approve it)")
        if asked.state is not ExtensionState.ASKED:
            raise BadInput(f"已是 {asked.state.value} (it is {asked.state.value})")
        state = ExtensionState.APPROVED if verdict.approved else ExtensionState.REFUSED
        decided = replace(
            asked, state=state, decided_by=user.name, decided=ctx.now(), because=mask(verdict.because[:MOST_WORDS])
        )
        tx.extensions.change(decided, asked.state)
        tx.audit.add((trace(ctx, user.name, f"extension.{state.value}", ticket.id, extension=str(asked.id)),))
        if not verdict.approved:
            return decided
        if asked.wanted <= ctx.now():
            raise BadInput("申请的时间已经过去 (the time that was asked for is over)")
        if verdict.by_call:
            return told(ctx, tx, decided, user.name)
        _write(ctx, tx, ticket, decided)
        return decided

    return change(ctx, number, act)


def withdraw_extension(ctx: Context, number: str, user: User, extension_id: int) -> Extension:
    """Whoever asked takes it back while nobody has decided; a lead takes an approval back while its letter waits."""

    def act(tx: Transaction, ticket: Ticket) -> Extension:
        known = _extension(tx, ticket, extension_id)
        if known.state is ExtensionState.ASKED and known.asked_by == user.name:
            back = replace(known, state=ExtensionState.WITHDRAWN, decided=ctx.now())
        elif known.state is ExtensionState.APPROVED and user.role in DECIDING and _recalled(ctx, tx, ticket, known):
            back = replace(known, state=ExtensionState.ASKED, decided_by="", decided=None, because="")
        else:
            raise BadInput("不能再撤回 (it can no longer be taken back)")
        tx.extensions.change(back, known.state)
        tx.audit.add((trace(ctx, user.name, "extension.withdrawn", ticket.id, extension=str(known.id)),))
        return back

    return change(ctx, number, act)


def extension_letter_left(ctx: Context, tx: Transaction, letter: LetterIntent) -> None:
    """The customer's letter has left: the new time is the told time from now on."""
    known = tx.extensions.get(int(letter.occasion.split(":")[1]))
    if known is not None and known.state is ExtensionState.APPROVED:
        told(ctx, tx, known, SYSTEM)


def told(ctx: Context, tx: Transaction, approved: Extension, actor: str) -> Extension:
    """Moves the promise to the time that the customer was told."""
    done = replace(approved, state=ExtensionState.TOLD)
    tx.extensions.change(done, approved.state)
    promise = next((p for p in tx.promises.of_ticket(done.ticket_id) if p.id == done.promise_id), None)
    if promise is not None and promise.state in LIVE:
        tx.promises.change((_extended(desk_for(ctx, tx, done.ticket_id), promise, done),))
    details = {"extension": str(done.id), "clock": done.clock.value}
    tx.audit.add((trace(ctx, actor, "extension.told", done.ticket_id, **details),))
    return done


def _extended(desk: Desk, promise: Promise, extension: Extension) -> Promise:
    told_at = on_duty(extension.wanted, desk.calendar, desk.policy)
    words = f"{promise.because}{EXTENDED}{extension.reason}"
    moved = replace(promise, due=extension.wanted, told=told_at, because=words, warned=0)
    running = moved.state is PromiseState.RUNNING
    return replace(moved, warn_at=next_look(desk, moved) if running else None)


def _write(ctx: Context, tx: Transaction, ticket: Ticket, extension: Extension) -> None:
    reader: Reader | str = reader_of(ctx, tx, ticket)
    if isinstance(reader, str):
        raise LettersOff(f"{reader}：请先电话告知客户 (no letter may go: tell the customer by telephone)")
    desk = desk_for(ctx, tx, ticket)
    before = time_words(
        on_duty(extension.due, desk.calendar, desk.policy), desk.calendar, letter_language(ticket.language)
    )
    telling = Telling(
        template="extension", occasion=f"{OCCASION}{extension.id}:{int(ctx.now().timestamp())}", at=ctx.now() + UNDO,
        told=on_duty(extension.wanted, desk.calendar, desk.policy),
        more={"note": extension.reason, "was": before},
    )  # fmt: skip
    write_letter(ctx, tx, ticket, reader, telling)


def _recalled(ctx: Context, tx: Transaction, ticket: Ticket, known: Extension) -> bool:
    """Whether the letter could be stopped before it left."""
    detail = tx.views.ticket(ticket.number)
    for row in detail.letters if detail else ():
        intent = tx.outbox.intent(row.id)
        if intent is not None and intent.occasion.startswith(f"{OCCASION}{known.id}:") and row.state != "cancelled":
            return tx.outbox.set_state(row.id, LetterState.CANCELLED, ctx.now())
    return False


def _promise(tx: Transaction, ticket: Ticket, promise_id: int) -> Promise:
    found = next((p for p in tx.promises.of_ticket(ticket.id) if p.id == promise_id), None)
    if found is None:
        raise NotFound(f"没有时限 {promise_id} (no promise {promise_id})")
    return found


def _extension(tx: Transaction, ticket: Ticket, extension_id: int) -> Extension:
    found = tx.extensions.get(extension_id)
    if found is None or found.ticket_id != ticket.id:
        raise NotFound(f"没有延期申请 {extension_id} (no extension {extension_id})")
    return found
