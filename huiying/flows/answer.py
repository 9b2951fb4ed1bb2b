"""An agent answers a ticket: by a letter that can be taken back for a moment, by a logged call, or notes something."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from core.domain.errors import (
    AnsweredMeanwhile,
    BadInput,
    EmptyAnswer,
    LettersOff,
    NoRecipient,
    NotFound,
    TooManyFiles,
    WordingStopped,
)
from core.domain.filing import AuditEntry
from core.domain.letter import LetterFile, LetterIntent, LetterKind, LettersMode, LetterState
from core.domain.mail import Address, Attachment
from core.domain.notice import NoticeEvent
from core.domain.people import User
from core.domain.promise import Promise
from core.domain.seen import seen
from core.domain.settings import MailboxSettings
from core.domain.ticket import Direction, Message, State, Ticket
from core.text.mask import mask
from huiying.flows.acknowledge import domain_of
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.held import as_switched
from huiying.flows.keep import KEEPS, answered_by_call
from huiying.flows.link import living
from huiying.flows.next_step import NO_STEP, NextStep, take_step
from huiying.flows.outbox import FOR_WORDING, HELD_FOR
from huiying.flows.own_promise import owed_of
from huiying.flows.ports import Transaction
from huiying.flows.result import require_check
from huiying.flows.retry import retried
from huiying.flows.serve import desk_for
from huiying.flows.state import require_move, work_state
from huiying.flows.tell import tell
from responder.commitments import Commitment, find_commitments
from responder.letters import letter_language
from responder.phrases import Level
from responder.promises import on_duty
from responder.variables import progress_variables
from responder.wording import time_words
from responder.wording_check import Finding, LetterFacts, check_wording, levels_of, numbers_in
from rules.orders import SECOND_PERSON

UNDO = timedelta(seconds=15)
"""How long an agent may take a letter back."""
THEN = (State.OPEN, State.WAITING_CUSTOMER, State.RESOLVED)
"""In which state a letter may leave its ticket."""
MOST_WORDS = 20_000
MOST_FILES, MOST_OCTETS = 10, 15 * 1024 * 1024
"""With base64 that is 20 MB, which most servers take."""
WITH = "with"
"""The variable of a letter that is written with the main ticket's: it names that one."""
MOST_NAMED = 10
"""So many other tickets that a letter names are looked up."""
OUTCOMES = ("reached", "not-reached", "rescheduled")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What an agent wrote. ``promised`` are the places of the commitments that become promises. Own earlier promises
    that speak of an answer are kept by it but for those that it ``leaves``, and of the others those that it ``keeps``.
    ``together`` is the main ticket's letter that this one is written with; ``to`` a ticket that was merged into this
    one, whose customer gets the letter instead of this one's. ``seen`` is the newest message that its author knows of;
    None asks about no other."""

    text: str
    then: State = State.OPEN
    promised: tuple[int, ...] = ()
    sure: bool = False
    files: tuple[LetterFile, ...] = ()
    together: int = 0
    to: int = 0
    keeps: tuple[int, ...] = ()
    leaves: tuple[int, ...] = ()
    seen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """A telephone call with its ``outcome`` and what was said. It keeps those own promises of which the agent says so;
    ``step`` is what follows it: its task is made with it, or not at all."""

    outcome: str
    said: str = ""
    keeps: Collection[int] = ()
    step: NextStep = NO_STEP


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reader:
    """To whom a letter goes, how he is addressed, and on which ticket he wrote."""

    ticket: Ticket
    address: Address
    form: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What the wording check and the search for commitments found; ``owed`` are the agents' own earlier promises, and
    whether an answer keeps each by its words."""

    findings: tuple[Finding, ...]
    commitments: tuple[Commitment, ...]
    owed: tuple[tuple[Promise, bool], ...] = ()


def look_over(ctx: Context, number: str, text: str, files: int = 0, to: int = 0, then: State = State.OPEN) -> Look:
    """Checks a draft without keeping it; ``to`` and ``then`` as in ``Draft``. Raises ``NotFound``, and
    ``EmptyAnswer`` when too long."""
    if len(text) > MOST_WORDS:
        raise EmptyAnswer
    with ctx.store.read() as tx:
        ticket = _ticket(tx, number)
        name, form = _customer_name(tx, _addressed(tx, ticket, to))
        owed = owed_of(tx.promises.of_ticket(ticket.id))
        also = _his_others(tx, ticket, text)
    return replace(_look(ctx, ticket, name, form, text, files, also, is_result=then is State.RESOLVED), owed=owed)


def answer(ctx: Context, number: str, agent: User, draft: Draft) -> LetterIntent:
    """Queues the letter; it leaves after ``UNDO``, and the clocks are kept when the server has taken it.

    Raises ``EmptyAnswer``, ``WordingStopped`` for a stopped text or one with warnings unless ``sure``,
    ``NoRecipient``, ``LettersOff``, and ``AnsweredMeanwhile`` for an answer of somebody else that is newer than
    ``seen``."""
    text = seen(draft.text)
    if not text or len(text) > MOST_WORDS or draft.then not in THEN:
        raise EmptyAnswer
    _require_room(draft.files)
    # Nobody else's writing waits while the words are looked at.
    look = look_over(ctx, number, text, len(draft.files), draft.to, draft.then)

    letter_id = ctx.ids()

    def act() -> LetterIntent:
        with ctx.store.write() as tx:
            # A transaction begins with its first statement: the files are sealed before it, and nobody waits for that.
            tx.outbox.add_files(letter_id, draft.files)
            return _file(ctx, tx, number, agent, replace(draft, text=text), look, letter_id)

    done = retried(act)
    ctx.wake.ring("letters")
    ctx.wake.ring("changed")
    return done


def take_back(ctx: Context, number: str, letter_id: int, agent: User) -> bool:
    """Cancels a letter that has not left; False when it was too late."""
    now = ctx.now()
    with ctx.store.write() as tx:
        ticket = _ticket(tx, number)
        row = tx.views.letter(letter_id)
        if row is None or row.ticket_id != ticket.id or row.kind != LetterKind.AGENT:
            raise NotFound(f"没有信件 {letter_id} (no letter {letter_id})")
        done = tx.outbox.set_state(letter_id, LetterState.CANCELLED, now)
        if done:
            tx.audit.add((_entry(ctx, agent, "answer.taken-back", ticket, (("letter", str(letter_id)),)),))
    ctx.wake.ring("changed")
    return done


def note(ctx: Context, number: str, agent: User, text: str, files: Sequence[LetterFile] = ()) -> Message:
    """An internal note with its files: colleagues see it, no customer ever does. Raises ``EmptyAnswer`` and
    ``TooManyFiles``."""
    words = seen(text)
    if not words or len(words) > MOST_WORDS:
        raise EmptyAnswer
    _require_room(files)
    id_ = ctx.ids()
    with ctx.store.write() as tx:
        tx.outbox.add_files(id_, files)  # sealed before the first statement, as an answer's are
        ticket = _ticket(tx, number)
        message = replace(_message(ctx, ticket, agent, words, Direction.NOTE), id=id_, attachments=_listed(files))
        tx.tickets.add_message(message)
        tx.audit.add((_entry(ctx, agent, "ticket.note", ticket, (("message", str(message.id)),)),))
    ctx.wake.ring("changed")
    return message


def log_call(
    ctx: Context,
    number: str,
    agent: User,
    outcome: str,
    text: str,
    keeps: Collection[int] = (),
    step: NextStep = NO_STEP,
) -> Message:
    """Raises ``BadInput`` for another outcome, ``NotFound``."""
    if outcome not in OUTCOMES:
        raise BadInput(f"{outcome}：应为 (expected) {' | '.join(OUTCOMES)}")
    call = Call(outcome=outcome, said=text, keeps=keeps, step=step)
    now = ctx.now()

    def once() -> Message:
        with ctx.store.write() as tx:
            return add_call(ctx, tx, _ticket(tx, number), agent, call, now)

    done = retried(once)
    ctx.wake.ring("changed")
    return done


def add_call(ctx: Context, tx: Transaction, ticket: Ticket, agent: User, call: Call, at: datetime) -> Message:
    """The same within a transaction: one that reached the customer keeps the first response (DOMAIN 7)."""
    words = _message(ctx, ticket, agent, call.said.strip()[:MOST_WORDS], Direction.NOTE)
    message = replace(words, verdict=f"call:{call.outcome}")
    tx.tickets.add_message(message)
    reached = call.outcome == "reached"
    if reached:
        answered_by_call(ctx, tx, ticket, agent.name, at, call.keeps)
    begun = (("state", State.OPEN.value),) if reached and ticket.state is State.NEW else ()
    tx.audit.add((_entry(ctx, agent, "ticket.call", ticket, (("outcome", call.outcome), *begun)),))
    take_step(ctx, tx, ticket, agent, f"call:{message.id}", call.step)
    return message


def _file(
    ctx: Context, tx: Transaction, number: str, agent: User, draft: Draft, look: Look, letter_id: int
) -> LetterIntent:
    ticket = _ticket(tx, number)
    if draft.seen is not None:
        _ask_of_others(tx, ticket, agent, draft.seen)
    addressed = _addressed(tx, ticket, draft.to)
    customer = tx.tickets.customer(addressed.customer_id) if addressed.customer_id else None
    box = ctx.desk().mailbox(ticket.mailbox)
    if box is None or customer is None or customer.address is None:
        raise NoRecipient
    if box.letters is LettersMode.OFF:
        raise LettersOff
    _may_leave(desk_for(ctx, tx, ticket), tx, ticket, agent, draft.then)
    levels = levels_of(look.findings)
    if Level.STOP in levels or (levels and not draft.sure):
        raise WordingStopped
    second = Level.SECOND in levels or ticket.fields.get(SECOND_PERSON) == "yes"
    promised = [look.commitments[place] for place in draft.promised if 0 <= place < len(look.commitments)]
    reader = _Reader(ticket=addressed, address=customer.address, form=customer.form)
    letter = _intent(
        ctx, tx, ticket, reader, box, _written(ticket, agent, draft, promised, _kept(draft, look)), letter_id
    )
    letter = as_switched(letter, box.letters)
    if second:
        words = {**letter.variables, HELD_FOR: FOR_WORDING}
        letter = replace(letter, state=LetterState.HELD, because=FOR_WORDING, variables=words)
    tx.outbox.add((letter,))
    message = _message(ctx, ticket, agent, draft.text, Direction.OUT)
    tx.tickets.add_message(
        replace(
            message,
            message_id=letter.message_id,
            recipients=(customer.address,),
            attachments=_listed(draft.files),
        )
    )
    if not ticket.assignee:
        tx.tickets.update(replace(ticket, assignee=agent.name))
    details = (("letter", str(letter.id)), *((("held", "wording"),) if second else ()))
    tx.audit.add((_entry(ctx, agent, "answer.queued", ticket, details),))
    if second:
        author = (("author", agent.name),)
        tell(ctx, tx, NoticeEvent.HELD, f"letter:{letter.id}", ticket_id=ticket.id, details=author)
    return letter


def _ask_of_others(tx: Transaction, ticket: Ticket, agent: User, seen: int) -> None:
    """Raises ``AnsweredMeanwhile`` for the newest answer that somebody else gave after that message, from here or from
    his own mail program; one that was taken back is none."""
    detail = tx.views.ticket(ticket.number)
    letters = {row.message_id: row for row in detail.letters} if detail else {}
    for message in reversed(detail.messages if detail else ()):
        if message.direction is not Direction.OUT or message.id <= seen:
            continue
        letter = None if message.ledger_id else letters.get(message.message_id)
        intent = tx.outbox.intent(letter.id) if letter and letter.state != LetterState.CANCELLED else None
        if message.ledger_id or (intent is not None and intent.variables.get("by", "") != agent.name):
            raise AnsweredMeanwhile(message.sender.name if message.sender else "", message.at, message.id)


def _may_leave(desk: Desk, tx: Transaction, ticket: Ticket, agent: User, then: State) -> None:
    """The table of states lets this role leave the ticket so, and a result was checked where that is required."""
    if ticket.state is State.MERGED:
        raise BadInput("工单已合并，请在并入的工单上回复 (the ticket is merged: answer on the one that goes on)")
    require_move(desk, agent.role.value, ticket.state, work_state(tx, ticket) if then is State.OPEN else then)
    if then is State.RESOLVED:
        require_check(desk, ticket, agent)


def _intent(
    ctx: Context,
    tx: Transaction,
    ticket: Ticket,
    reader: _Reader,
    box: MailboxSettings,
    written: dict[str, str],
    letter_id: int,
) -> LetterIntent:
    desk, leaves, to = ctx.desk(), ctx.now() + UNDO, reader.address
    language = letter_language(reader.ticket.language)
    ends = written["then"] == State.RESOLVED
    variables = progress_variables(
        language=language, number=ticket.number, subject=ticket.subject, name=to.name, address=to.address,
        form=reader.form, told=None, calendar=desk.calendar,
    ) | written | {
        "heard": str(tx.tickets.heard(ticket.id)),
        "asks": "1" if ends else "",
        "vote": ctx.signer.vote_token(ticket.id, letter_id) if ends else "",
    }  # fmt: skip
    last = _last_incoming(tx, reader.ticket)
    return LetterIntent(
        id=letter_id,
        ticket_id=ticket.id,
        kind=LetterKind.AGENT,
        occasion=f"answer:{letter_id}",
        template="answer",
        language=language,
        bundle=desk.bundle,
        mailbox=box.name,
        recipient=to,
        variables=variables,
        date=leaves,
        message_id=ctx.signer.message_id(ticket.id, letter_id, domain_of(box)),
        in_reply_to=last,
        references=(last,) if last else (),
        not_before=leaves,
    )


def _kept(draft: Draft, look: Look) -> tuple[int, ...]:
    """The own promises that were owed when it was written, as far as it keeps them."""
    return tuple(p.id for p, by_words in look.owed if p.id in draft.keeps or (by_words and p.id not in draft.leaves))


def _written(
    ticket: Ticket, agent: User, draft: Draft, promised: Sequence[Commitment], keeps: Sequence[int]
) -> dict[str, str]:
    """What the author wrote, from which state into which, what he promised in it and which promises it keeps."""
    return {
        "body": draft.text,
        "agent": agent.display or agent.name,
        "by": agent.name,
        "role": agent.role.value,
        "then": draft.then.value,
        "written_in": ticket.state.value,
        WITH: str(draft.together or ""),
        "files": str(len(draft.files) or ""),
        KEEPS: " ".join(map(str, keeps)),
        "commitments": json.dumps([(one.words, one.due.isoformat()) for one in promised], ensure_ascii=False),
    }


def _require_room(files: Sequence[LetterFile]) -> None:
    if len(files) > MOST_FILES or sum(len(file.data) for file in files) > MOST_OCTETS:
        raise TooManyFiles


def _listed(files: Sequence[LetterFile]) -> tuple[Attachment, ...]:
    """The files as the conversation lists them."""
    return tuple(_shown(place, file) for place, file in enumerate(files, 1))


def _shown(place: int, file: LetterFile) -> Attachment:
    digest = hashlib.sha256(file.data).hexdigest()
    return Attachment(part=f"file-{place}", name=file.name, type=file.type, size=len(file.data), sha256=digest)


def _last_incoming(tx: Transaction, ticket: Ticket) -> str:
    """The Message-ID of the customer's latest mail: what the answer answers."""
    detail = tx.views.ticket(ticket.number)
    named = [m.message_id for m in detail.messages if m.direction is Direction.IN and m.message_id] if detail else []
    return named[-1] if named else ""


def _his_others(tx: Transaction, ticket: Ticket, text: str) -> tuple[str, ...]:
    """The numbers in the text that are those of the same customer's other tickets: to name one is no mistake."""
    named = (tx.tickets.by_number(number) for number in numbers_in(text)[:MOST_NAMED] if ticket.customer_id)
    return tuple(one.number for one in named if one is not None and one.customer_id == ticket.customer_id)


def _look(
    ctx: Context, ticket: Ticket, name: str, form: str, text: str, files: int, also: tuple[str, ...], *, is_result: bool
) -> Look:
    desk: Desk = ctx.desk()
    now: datetime = ctx.now()
    commitments = find_commitments(text, desk.calendar, now)
    facts = LetterFacts(
        number=ticket.number,
        also=also,
        name=name,
        form=form,
        attachments=files,
        first=ticket.first_response is None and not is_result,
        priority=ticket.fields.get("priority", ""),
        gravity=ticket.fields.get("gravity", ""),
        told=_told(desk, ticket),
    )
    findings = check_wording(
        text,
        facts,
        desk.phrases,
        commitments=commitments,
        calendar=desk.calendar,
        today=now.astimezone(desk.calendar.tz).date(),
        always_on_duty=desk.policy.always_on_duty,
    )
    return Look(findings=findings, commitments=commitments)


def _told(desk: Desk, ticket: Ticket) -> str:
    """The time that an answer could name: when the ticket's next clock is due, if somebody is on duty then."""
    if ticket.next_due is None:
        return ""
    due = on_duty(ticket.next_due, desk.calendar, desk.policy)
    return time_words(due, desk.calendar, letter_language(ticket.language))


def _ticket(tx: Transaction, number: str) -> Ticket:
    ticket = tx.tickets.by_number(number)
    if ticket is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    return ticket


def _addressed(tx: Transaction, ticket: Ticket, to: int) -> Ticket:
    """The ticket whose customer gets the letter."""
    one = tx.tickets.get(to) if to else None
    if to and (one is None or one.state is not State.MERGED or living(tx, one).id != ticket.id):
        raise BadInput("那张工单没有并入这一张 (that ticket is not merged into this one)")
    return one or ticket


def _customer_name(tx: Transaction, ticket: Ticket) -> tuple[str, str]:
    """With the form of address."""
    customer = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    return (customer.name, customer.form) if customer else ("", "")


def _message(ctx: Context, ticket: Ticket, agent: User, text: str, direction: Direction) -> Message:
    words = mask(text)
    return Message(
        id=ctx.ids(),
        ticket_id=ticket.id,
        direction=direction,
        at=ctx.now(),
        sender=Address(name=agent.display or agent.name, address=""),
        text=words,
        reply=words,
        language=ticket.language,
    )


def _entry(ctx: Context, agent: User, action: str, ticket: Ticket, details: tuple[tuple[str, str], ...]) -> AuditEntry:
    return AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=agent.name, action=action, subject=f"ticket:{ticket.id}", details=details
    )
