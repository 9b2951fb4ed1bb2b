"""Everything about a mail that is worked out before the lock: parse, verdict, suggestion, decision, due times."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass, replace

from core.domain.authentication import Authentication
from core.domain.channel import LOGGED, Channel
from core.domain.decision import Decision, Facts, Occasion, RuleHit
from core.domain.errors import Unavailable
from core.domain.filing import Near, Verdict, VerdictKind
from core.domain.ledger import LedgerEntry
from core.domain.mail import ParsedMail, ParsedOrNot, Unparsable
from core.domain.said import NOTHING_SAID, WANTS_NOTHING, Said
from core.domain.settings import MailboxSettings
from core.domain.suggestion import NO_SUGGESTION, Suggestion
from core.domain.ticket import FINAL_STATES, SPLIT_OFF, Customer, Direction, Message, State, Ticket
from core.text.mask import mask
from huiying.flows.classify import masked_headers
from huiying.flows.context import Context
from huiying.flows.decide_again import decide_again
from huiying.flows.desk import Desk
from huiying.flows.known_tickets import Tickets
from huiying.flows.limits import arrival_drafts
from huiying.flows.pause import after
from huiying.flows.ports import Transaction
from huiying.flows.remark import settle
from huiying.flows.rule_facts import Moment, customer_facts, ticket_facts
from huiying.flows.suggest import suggest, text_for_model
from ingest.authentication import read_authentication
from ingest.near import near_of, pieces
from ingest.said import read_for_desk, read_words
from ingest.whose import OwnMail, whose, whose_but_for_copies
from ingest.whose_sent import whose_sent
from responder.promises import PromiseDraft
from responder.states import SYSTEM
from rules.decide import decide
from rules.orders import POLICY

TOO_LARGE = "too-large"
"""The defect of a mail of which only the beginning is here, with its size."""
DECIDED_KINDS = (VerdictKind.NEW, VerdictKind.LINKED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Late:
    """A reply to a ticket that is over for good: what it becomes, and the facts of that, unless it wants nothing."""

    verdict: Verdict
    facts: Facts


@dataclass(frozen=True, slots=True, kw_only=True)
class Prepared:
    """One mail, ready to be filed; ``shunt`` holds a traceback when our own code failed on it. ``replied_to`` is the
    version of the ticket that rules were asked about because of this reply, 0 when none were; ``authentication`` what a
    server that we trust found out about the sender; ``late`` is set while rules may say whether it wants something."""

    entry: LedgerEntry
    mail: ParsedMail
    message: Message
    facts: Facts
    verdict: Verdict
    customer: Customer | None = None
    decision: Decision | None = None
    drafts: tuple[PromiseDraft, ...] = ()
    quarantine: str = ""
    shunt: str = ""
    near: Near | None = None
    replied_to: int = 0
    authentication: Authentication | None = None
    late: Late | None = None

    @property
    def is_begun(self) -> bool:
        """Whether only the mail's beginning is here."""
        return any(defect.startswith(f"{TOO_LARGE}:") for defect in self.mail.defects)

    @property
    def stub(self) -> bool:
        return bool(self.quarantine or self.shunt)


def only_begun(answer: ParsedOrNot, size: int) -> ParsedOrNot:
    """What is understood of a mail over the size limit: the defect says how large it is; its last attachment broke
    off and would be taken for a whole one."""
    if answer.mail is None:
        return answer
    defects = (f"{TOO_LARGE}:{size}", *answer.mail.defects)
    attachments = answer.mail.attachments[:-1]
    return ParsedOrNot(mail=replace(answer.mail, attachments=attachments, defects=defects, said=None, aids=None))


def own_mail(ctx: Context, desk: Desk) -> OwnMail:
    """What makes a mail our own: the signer and every address of the mailboxes."""
    addresses = {a.lower() for box in desk.mailboxes for a in (box.address, *box.aliases)}
    return OwnMail(signer=ctx.signer, addresses=tuple(sorted(addresses)))


def prepare(ctx: Context, desk: Desk, work: Sequence[tuple[LedgerEntry, ParsedOrNot]]) -> tuple[Prepared, ...]:
    """Prepares several mails; one on which our code fails becomes a shunt, the others go on."""
    return _decided_or_stubs(ctx, desk, _begun_or_stubs(ctx, desk, work)) if work else ()


def _begun_or_stubs(ctx: Context, desk: Desk, work: Sequence[tuple[LedgerEntry, ParsedOrNot]]) -> tuple[Prepared, ...]:
    """Looks everything up in one transaction; where that fails, one by one, so that the mail it fails on is found."""
    try:
        return _begin(ctx, desk, work)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  see the next line
        # Any bug of ours must cost this one mail its understanding, never its place in the desk.
        if len(work) > 1:
            return tuple(p for one in work for p in _begun_or_stubs(ctx, desk, [one]))
        trace = traceback.format_exc()
    return tuple(stub(ctx, desk, entry, answer, shunt=trace) for entry, answer in work)


def _decided_or_stubs(ctx: Context, desk: Desk, begun: Sequence[Prepared]) -> tuple[Prepared, ...]:
    """Decides all together; where that fails, one by one, so that the mail it fails on is found and shunted."""
    try:
        return _decided(ctx, desk, begun)
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  as above
        if len(begun) > 1:
            return tuple(one for p in begun for one in _decided_or_stubs(ctx, desk, [p]))
        trace = traceback.format_exc()
    return tuple(stub(ctx, desk, p.entry, ParsedOrNot(mail=p.mail), shunt=trace) for p in begun)


def stub(
    ctx: Context, desk: Desk, entry: LedgerEntry, answer: ParsedOrNot, *, quarantine: str = "", shunt: str = ""
) -> Prepared:
    """What is filed for a mail that cannot be understood: subject and sender as far as a byte scan found them."""
    found = answer.failure or Unparsable(because=quarantine)
    mail = answer.mail or ParsedMail(
        message_id=found.message_id, subject=found.subject, sender=found.sender, defects=("unparsable",)
    )
    facts = Facts(received=entry.arrived, mailbox=entry.mailbox, working=desk.calendar.is_working(entry.arrived))
    message = replace(_message(ctx, desk, entry, mail), html="")
    decision = decide(
        taxonomy=desk.taxonomy, facts=facts, first=(), second=(), suggestion=NO_SUGGESTION, bundle=desk.bundle
    )
    because = "shunted" if shunt else "quarantined"
    # What was sent makes no ticket, readable or not.
    kind = VerdictKind.SILENT if entry.is_sent else VerdictKind.NEW
    verdict = _replayed(entry) or Verdict(kind=kind, because=because)
    return Prepared(
        entry=entry,
        mail=mail,
        message=message,
        facts=facts,
        verdict=verdict,
        decision=decision,
        drafts=_drafts(desk, facts, decision),
        quarantine=quarantine or ("" if shunt else found.because),
        shunt=shunt,
    )


def look_whose(ctx: Context, desk: Desk, entry: LedgerEntry, mail: ParsedMail, said: Said, tickets: Tickets) -> Verdict:
    """The verdict on a mail, once it is settled what it counts as; a replay always belongs to the ticket it was filed
    as."""
    verdict = _whose(ctx, desk, entry, mail, tickets)
    late = _if_late(desk, entry, mail, verdict, tickets)
    return _as_demand(late, said) if late and said.remark not in WANTS_NOTHING else verdict


def _as_demand(late: Verdict, said: Said) -> Verdict:
    """A late reply makes a ticket of its own, unless it wants nothing, as thanks do (DOMAIN 8)."""
    ruled = f"; the rule {said.remark_by} says that it wants something" if said.remark_by else ""
    return replace(late, because=f"{late.because}{ruled}")


def _whose(ctx: Context, desk: Desk, entry: LedgerEntry, mail: ParsedMail, tickets: Tickets) -> Verdict:
    replayed = _replayed(entry)
    if replayed:
        return replayed
    if entry.split_from:
        return _split_off(entry, tickets)
    own = own_mail(ctx, desk)
    if entry.is_sent:
        return whose_sent(mail, own, tickets)
    verdict = whose(mail, own, tickets)
    if verdict.kind is VerdictKind.COPY and not entry.old:
        verdict = _copy_of_today(mail, own, verdict, tickets)
    return _not_to_history(entry, verdict, tickets)


def _split_off(entry: LedgerEntry, tickets: Tickets) -> Verdict:
    """It was said on that ticket together with something else, and a person made it a demand of its own (拆分)."""
    ticket = tickets.get(entry.split_from)
    if ticket is None:
        raise LookupError(f"ticket {entry.split_from}, which was split, does not exist")
    return Verdict(kind=VerdictKind.LINKED, ticket_id=ticket.id, because=f"{SPLIT_OFF}: {ticket.number}")


def _if_late(desk: Desk, entry: LedgerEntry, mail: ParsedMail, verdict: Verdict, tickets: Tickets) -> Verdict | None:
    """Who writes long after the end, or to what nothing can bring back, has a new demand: the ticket of that time is
    linked. What a person called spam makes no new ticket. None for everything else."""
    if verdict.kind is not VerdictKind.JOINED or entry.is_history or entry.is_sent or entry.replay_of or mail.automatic:
        return None
    ticket = tickets.get(verdict.ticket_id)
    if ticket is None or ticket.state not in FINAL_STATES:
        return None
    if ticket.is_spam:
        return None  # it waits there, unanswered, until somebody takes the word back
    if ticket.closed and entry.arrived > after(desk, ticket.closed, desk.policy.reopen_within):
        ended = f"ended {(entry.arrived - ticket.closed).days} days before"
    elif not desk.states.may_move(SYSTEM, ticket.state, State.OPEN):
        ended = f"is {ticket.state}"
    else:
        return None
    return replace(verdict, kind=VerdictKind.LINKED, because=f"linked: {verdict.because}, but that ticket {ended}")


def _copy_of_today(mail: ParsedMail, own: OwnMail, verdict: Verdict, tickets: Tickets) -> Verdict:
    """Today's mail that an archive already brought in as history was never answered: it counts as the first of its
    kind, and the imported case is linked. Its own copies are copies."""
    copied = (ticket_id for ticket_id, _ in tickets.copies(mail.message_id, mail.content_key))
    today = next((ticket_id for ticket_id in copied if not _is_history(ticket_id, tickets)), 0)
    if today:
        return replace(verdict, ticket_id=today)
    first = whose_but_for_copies(mail, own, tickets)
    if first.kind is not VerdictKind.NEW:
        return first
    because = "linked: it was imported as part of a closed case"
    return replace(first, kind=VerdictKind.LINKED, ticket_id=verdict.ticket_id, because=because)


def _not_to_history(entry: LedgerEntry, verdict: Verdict, tickets: Tickets) -> Verdict:
    """Who answers to an imported, closed case today has a new demand: it gets a number, clocks and an acknowledgement
    of its own, and the old case is linked."""
    if verdict.kind is not VerdictKind.JOINED or entry.is_history or not _is_history(verdict.ticket_id, tickets):
        return verdict
    because = f"linked: {verdict.because}, but that case was imported as closed"
    return replace(verdict, kind=VerdictKind.LINKED, because=because)


def _is_history(ticket_id: int, tickets: Tickets) -> bool:
    """Whether that ticket is an imported case that is still closed."""
    ticket = tickets.get(ticket_id)
    return ticket is not None and ticket.is_history and ticket.state is State.CLOSED


def _replayed(entry: LedgerEntry) -> Verdict | None:
    if not entry.replay_of:
        return None
    return Verdict(kind=VerdictKind.JOINED, ticket_id=entry.replay_of, because="replayed")


def _begin(ctx: Context, desk: Desk, work: Sequence[tuple[LedgerEntry, ParsedOrNot]]) -> tuple[Prepared, ...]:
    mails = [_as_read(desk, entry, answer.mail) if answer.mail else None for entry, answer in work]
    messages = [
        _message(ctx, desk, entry, mail) if mail else None for (entry, _), mail in zip(work, mails, strict=True)
    ]
    with ctx.store.read() as tx:
        tx.tickets.look_ahead([mail for mail in mails if mail])
        merges = tx.tickets.has_merges()
        looked = [
            _look(ctx, desk, tx, entry, mail, message, merges=merges) if mail and message else None
            for (entry, _), mail, message in zip(work, mails, messages, strict=True)
        ]
    return tuple(
        _begun(desk, entry, one) if one else stub(ctx, desk, entry, answer)
        for (entry, answer), one in zip(work, looked, strict=True)
    )


def _as_read(desk: Desk, entry: LedgerEntry, mail: ParsedMail) -> ParsedMail:
    """As this desk reads it. Whoever sends from our address is a person here, and so is he of whom somebody says it."""
    mail = replace(mail, automatic=None) if entry.is_sent or entry.is_demand else mail
    box = desk.mailbox(entry.mailbox)
    return replace(mail, spam_because=_believed_spam(box, entry, mail)) if mail.spam_because else mail


@dataclass(frozen=True, slots=True, kw_only=True)
class _Looked:
    """What the database knows about a mail; ``domains`` are those of all addresses of a customer who was merged."""

    mail: ParsedMail
    message: Message
    verdict: Verdict
    customer: Customer | None
    facts: Facts
    replied_to: int
    domains: tuple[str, ...] = ()
    late: Late | None = None


def _look(
    ctx: Context, desk: Desk, tx: Transaction, entry: LedgerEntry, mail: ParsedMail, message: Message, *, merges: bool
) -> _Looked:
    verdict = _whose(ctx, desk, entry, mail, tx.tickets)
    late = _if_late(desk, entry, mail, verdict, tx.tickets)
    customer = tx.tickets.customer_by_address(mail.sender.key) if mail.sender else None
    ticket = _replied_to(desk, tx, entry, mail, verdict)
    facts = Facts(
        received=entry.arrived,
        mailbox=entry.mailbox,
        channel=_channel(entry),
        is_reply=verdict.kind is VerdictKind.JOINED,
        working=desk.calendar.is_working(entry.arrived),
        headers=masked_headers(one for one in mail.headers if one[0] in desk.book.headers),
        to=len(mail.to),
        # Where rules are asked about a ticket, they are told of its customer: see below.
        **customer_facts(desk, tx, customer if ticket is None or late else None, entry.arrived),
    )
    demand = replace(facts, is_reply=False)
    if late and ticket is None and message.said.remark not in WANTS_NOTHING:
        verdict, facts = _as_demand(late, message.said), demand
    facts = facts if ticket is None else _reply_facts(desk, tx, ticket, facts, customer)
    return _Looked(
        mail=mail,
        message=message,
        late=Late(verdict=late, facts=demand) if late and ticket else None,
        verdict=verdict,
        customer=customer,
        facts=facts,
        replied_to=ticket.version if ticket else 0,
        domains=tx.tickets.domains_at(mail.sender.key) if merges and mail.sender else (),
    )


def _begun(desk: Desk, entry: LedgerEntry, looked: _Looked) -> Prepared:
    mail, message, box = looked.mail, looked.message, desk.mailbox(entry.mailbox)
    near = None
    if not (entry.old or entry.is_history or entry.split_from):
        words = mail.aids.pieces if mail.aids else pieces(message.reply)
        near = near_of(mail.sender, words, message.said.orders, looked.domains)
    return Prepared(
        entry=entry,
        mail=mail,
        message=message,
        facts=looked.facts,
        verdict=looked.verdict,
        customer=looked.customer,
        replied_to=looked.replied_to,
        late=looked.late,
        near=near,
        authentication=read_authentication(mail.headers, box.trusted_authserv) if box else None,
    )


def _believed_spam(box: MailboxSettings | None, entry: LedgerEntry, mail: ParsedMail) -> str:
    """The first mark of spam that the mailbox believes; none after a person said that it is no spam."""
    believed = box.spam_headers if box else ()
    marks = mail.spam_because.splitlines()
    return "" if entry.not_spam else next((mark for mark in marks if mark.partition(":")[0] in believed), "")


def _replied_to(desk: Desk, tx: Transaction, entry: LedgerEntry, mail: ParsedMail, verdict: Verdict) -> Ticket | None:
    """The ticket that a person's mail replies to, when there are rules that run then."""
    if verdict.kind is not VerdictKind.JOINED or mail.automatic is not None or entry.is_history or entry.replay_of:
        return None
    ticket = tx.tickets.get(verdict.ticket_id) if desk.book.asks(Occasion.REPLY) else None
    return None if ticket is None or ticket.is_spam else ticket


def _reply_facts(desk: Desk, tx: Transaction, ticket: Ticket, mail: Facts, sender: Customer | None) -> Facts:
    """The ticket's facts with what this mail says: its headers, mailbox and recipients."""
    moment = Moment(occasion=Occasion.REPLY, at=mail.received)
    return replace(ticket_facts(desk, tx, ticket, mail, moment, sender), received=ticket.received)


def _channel(entry: LedgerEntry) -> str:
    """What was brought in has its channel for a source; everything else is mail, wherever it was fetched."""
    return entry.source if entry.source in LOGGED else Channel.EMAIL.value


def _message(ctx: Context, desk: Desk, entry: LedgerEntry, mail: ParsedMail) -> Message:
    """The message as it is stored: contact data in its texts masked, so that rules and model see what is kept."""
    clean = mail.aids.clean if mail.aids else frozenset()
    subject, reply, text, html = (
        one if name in clean else mask(one)
        for name, one in (
            ("subject", mail.subject),
            ("reply", mail.reply or mail.text),
            ("text", mail.text),
            ("html", mail.html),
        )
    )
    return Message(
        id=ctx.ids(),
        ticket_id=0,
        ledger_id=entry.id,
        direction=Direction.OUT if entry.is_sent else Direction.IN,
        at=entry.arrived,
        message_id=mail.message_id,
        sender=mail.sender,
        recipients=(*mail.to, *mail.cc),
        subject=subject,
        text=text,
        reply=reply,
        html=html,
        attachments=mail.attachments,
        language=mail.language,
        automatic=mail.automatic,
        content_key=mail.content_key,
        defects=mail.defects,
        said=NOTHING_SAID if entry.is_sent or mail.automatic else _said(desk, entry, mail, subject, reply),
    )


def _said(desk: Desk, entry: LedgerEntry, mail: ParsedMail, subject: str, reply: str) -> Said:
    words = mail.said or read_words(subject, reply, with_files=any(not one.inline for one in mail.attachments))
    asking = mail.aids.asking if mail.aids else None
    return read_for_desk(words, subject, reply, entry.arrived, desk.calendar, desk.understanding, asking)


def _decided(ctx: Context, desk: Desk, begun: Sequence[Prepared]) -> tuple[Prepared, ...]:
    """Adds suggestion, decision and due times to the mails that make a ticket or are understood anew."""
    begun = _replies_decided(ctx, desk, begun)
    wanted = [p for p in begun if p.decision is None and (p.verdict.kind in DECIDED_KINDS or p.entry.replay_of)]
    firsts = [desk.book.first_pass(p.message, p.facts) for p in wanted]
    suggestions = _suggest(ctx, wanted, firsts)
    done: dict[int, Prepared] = {}
    for prepared, first, suggestion in zip(wanted, firsts, suggestions, strict=True):
        second = desk.book.second_pass(prepared.message, prepared.facts, suggestion, first)
        decision = decide(
            taxonomy=desk.taxonomy,
            facts=prepared.facts,
            first=first,
            second=second,
            suggestion=suggestion,
            bundle=desk.bundle,
        )
        drafts = _drafts(desk_serving(desk, prepared.facts, decision), prepared.facts, decision)
        done[prepared.entry.id] = replace(prepared, decision=decision, drafts=drafts)
    return tuple(done.get(p.entry.id, p) for p in begun)


def _replies_decided(ctx: Context, desk: Desk, begun: Sequence[Prepared]) -> tuple[Prepared, ...]:
    """Adds what the rules make of replies, where one holds, and what each counts as; the model is asked only if a rule
    looks at its word."""
    replies = [p for p in begun if p.replied_to]
    if not replies:
        return tuple(begun)
    suggestions: Sequence[Suggestion] = [NO_SUGGESTION] * len(replies)
    if desk.book.asks_model(Occasion.REPLY):
        suggestions = _suggest(ctx, replies, [desk.book.first_pass(p.message, p.facts) for p in replies])
    done: dict[int, Prepared] = {}
    for reply, suggestion in zip(replies, suggestions, strict=True):
        decision = decide_again(desk, reply.message, reply.facts, suggestion)
        message = settle(reply.message, decision)
        if reply.late is not None and message.said.remark not in WANTS_NOTHING:
            done[reply.entry.id] = _new_demand(reply, reply.late, message)
        elif decision.hits:
            done[reply.entry.id] = replace(reply, decision=decision, message=message)
    return tuple(done.get(p.entry.id, p) for p in begun)


def _new_demand(reply: Prepared, late: Late, message: Message) -> Prepared:
    verdict = _as_demand(late.verdict, message.said)
    return replace(reply, verdict=verdict, facts=late.facts, message=message, replied_to=0, late=None)


def _suggest(ctx: Context, wanted: Sequence[Prepared], firsts: Sequence[tuple[RuleHit, ...]]) -> tuple[Suggestion, ...]:
    texts = [text_for_model(p.message, hits) for p, hits in zip(wanted, firsts, strict=True)]
    desk = ctx.desk()
    return suggest(desk.taxonomy, desk.newcomers, ctx.suggester(), texts, ctx.segmenter) if texts else ()


def desk_serving(desk: Desk, facts: Facts, decision: Decision | None) -> Desk:
    """The desk with the policy and calendar for a demand that is not a ticket yet."""
    if decision is None or not (desk.choices or POLICY in decision.choices):
        return desk
    fields = {name: decision.value(name) for name in ("type", "priority", "urgency", "team", POLICY)}
    return desk.serving({**fields, "mailbox": facts.mailbox, "level": facts.level})


def _drafts(desk: Desk, facts: Facts, decision: Decision) -> tuple[PromiseDraft, ...]:
    fields = {name: choice.value for name, choice in decision.choices.items()}
    return arrival_drafts(desk, fields, facts.received, facts.level, facts.tags)
