"""Files prepared mails in one transaction: lock the series, look again, write everything (DESIGN 3.8)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from zoneinfo import ZoneInfo

from core.domain.decision import By
from core.domain.filing import AuditEntry, Filing, Reference, ReferenceKind, Verdict, VerdictKind
from core.domain.ledger import Stage
from core.domain.letter import LetterIntent
from core.domain.mail import Address
from core.domain.numbering import Numbering
from core.domain.ticket import HISTORY_SERIES, SERIES, Customer, State, Ticket
from core.text.mask import mask, mask_address
from huiying.flows.account_manager import manager_of
from huiying.flows.acknowledge import Sent, acknowledgement, count_sent, quiet_addresses, recipient_of, silence
from huiying.flows.add_calls import add_calls
from huiying.flows.alert import alert
from huiying.flows.answered_elsewhere import answered_elsewhere
from huiying.flows.ask_rules import obey
from huiying.flows.bounce import note_bounce
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.filed import obey_filed
from huiying.flows.hear import copied, hear, urges
from huiying.flows.near_copy import MadeNow, find_copy
from huiying.flows.orders import link_of
from huiying.flows.ports import Transaction
from huiying.flows.prepare import TOO_LARGE, Prepared, desk_serving, look_whose
from huiying.flows.promise import make_promises
from huiying.flows.short_answer import answer_shortly
from huiying.flows.urge import urge_ticket
from responder.guard import REPLY, SPAM_TICKET
from responder.states import SYSTEM
from rules.actions import OWNER

HISTORY = Numbering(before=HISTORY_SERIES, digits=6)
NO_SUBJECT = "（无主题）"


@dataclass(slots=True)
class _Wave:
    """What this transaction has made so far: the next mail must see it."""

    customers: dict[str, Customer] = field(default_factory=dict)
    letters: Counter[str] = field(default_factory=Counter)
    near: MadeNow = field(default_factory=MadeNow)
    numbers: Mapping[int, str] = field(default_factory=dict)
    merges: bool | None = None
    quiet: frozenset[str] = frozenset()
    """Addresses that got no automatic letter within a day and never bounced; empty once more than new tickets is
    filed."""


def file_prepared(ctx: Context, prepared: Sequence[Prepared]) -> tuple[Prepared, ...]:
    """Files the mails and completes their claims; those whose verdict changed meanwhile come back unfiled.

    Inside the lock there are look-ups and inserts only: no parsing, model, template or network.
    """
    desk = ctx.desk()
    again: list[Prepared] = []
    wave = _Wave()
    with ctx.store.write() as tx:
        tx.tickets.lock_series(SERIES)
        tx.tickets.look_ahead([p.mail for p in prepared if not p.stub])
        wave.quiet = quiet_addresses(ctx, tx, prepared)
        sure: list[Prepared] = []
        for p in prepared:
            verdict = p.verdict if p.stub else look_whose(ctx, desk, p.entry, p.mail, p.message.said, tx.tickets)
            if _is_stale(tx, p) or (verdict.kind, verdict.ticket_id) != (p.verdict.kind, p.verdict.ticket_id):
                again.append(p)
            else:
                sure.append(p if verdict == p.verdict else replace(p, verdict=verdict))
        wave.numbers = _numbers(ctx, desk, tx, [p for p in sure if _makes_ticket(p)])
        filings = [_filing(ctx, desk, tx, p, wave) for p in sure]
        if filings:
            tx.tickets.file(filings, ctx.now())
            alert(ctx, tx, filings)
            obey_filed(ctx, tx, filings)
            add_calls(ctx, tx, sure, filings)
    return tuple(again)


def _is_stale(tx: Transaction, p: Prepared) -> bool:
    """Whether the ticket that rules were asked about has changed since."""
    if not p.replied_to:
        return False
    ticket = tx.tickets.get(p.verdict.ticket_id)
    return ticket is None or ticket.version != p.replied_to


def _filing(ctx: Context, desk: Desk, tx: Transaction, p: Prepared, wave: _Wave) -> Filing:
    if _makes_ticket(p):
        return _new(ctx, desk, tx, p, wave)
    wave.quiet = frozenset()
    if p.entry.is_sent:
        return _sent(ctx, tx, p)
    return _joined(ctx, desk, tx, p) if p.verdict.kind is VerdictKind.JOINED else _silent(ctx, desk, tx, p)


def _line(ctx: Context, p: Prepared, silent: Verdict | None = None) -> Filing:
    """What is written of every mail; where it makes no ticket, what was wrong with it is not asked."""
    return Filing(
        ledger_id=p.entry.id,
        claim=ctx.worker,
        subject=p.message.subject,
        sender_masked=_masked_sender(p),
        authentication=str(p.authentication or ""),
        verdict=silent or p.verdict,
        stage=Stage.FILED if silent else _stage(p),
        because="" if silent else _trouble(p),
        trace="" if silent else p.shunt,
    )


def _makes_ticket(p: Prepared) -> bool:
    return p.verdict.kind in (VerdictKind.NEW, VerdictKind.LINKED) and not p.entry.is_sent and not _is_spam(p)


def _sent(ctx: Context, tx: Transaction, p: Prepared) -> Filing:
    """A mail from the folder of sent mail: shown on its ticket, and an answer when it went to the customer. No letter
    answers it."""
    kind = p.verdict.kind
    ticket = tx.tickets.get(p.verdict.ticket_id) if p.verdict.ticket_id and kind is not VerdictKind.COPY else None
    answers = ticket is not None and kind is VerdictKind.JOINED
    changed = answered_elsewhere(ctx, tx, ticket, p) if ticket and answers else ticket
    message = replace(p.message, ticket_id=ticket.id, verdict=p.verdict.because) if ticket else None
    return replace(
        _line(ctx, p),
        changed=changed,
        message=message,
        references=references(p) if ticket else (),
        audit=_audit(ctx, p, "ticket.answered-elsewhere", ticket, changed) if ticket and answers else (),
    )


def _is_spam(p: Prepared) -> bool:
    return not p.entry.is_demand and bool(p.mail.spam_because or (p.decision and p.decision.spam))


def _silent(ctx: Context, desk: Desk, tx: Transaction, p: Prepared) -> Filing:
    """A mail that makes no ticket: kept, with its verdict and the reason for silence. An automatic one that answers
    a letter of ours, such as a bounce, is shown on that letter's ticket and changes nothing there."""
    because = silence(ctx, desk, p, count_sent(ctx, tx, p, 0)) or p.verdict.because
    note_bounce(ctx, tx, p.mail)
    verdict = p.verdict
    if verdict.kind in (VerdictKind.NEW, VerdictKind.LINKED):
        verdict = Verdict(kind=VerdictKind.SILENT, because=because)
    ticket = tx.tickets.get(verdict.ticket_id) if verdict.kind is VerdictKind.SILENT and verdict.ticket_id else None
    message = None
    if ticket is not None:
        message = replace(p.message, ticket_id=ticket.id, verdict=verdict.because, silent_because=because)
    return replace(
        _line(ctx, p, verdict),
        changed=ticket,
        message=message,
        silent_because=because,
    )


def _joined(ctx: Context, desk: Desk, tx: Transaction, p: Prepared) -> Filing:
    """One more message on a ticket; a replayed stub becomes what the mail really says."""
    old = tx.tickets.get(p.verdict.ticket_id)
    if old is None:
        raise LookupError(f"ticket {p.verdict.ticket_id} of a verdict does not exist")
    ruled = p.decision if p.replied_to else None
    changed = hear(ctx, desk, tx, old, p)
    if p.entry.replay_of and not p.stub:
        changed = _understood(changed, p)
    if ruled is not None:
        changed = obey(ctx, tx, changed, ruled, p.facts.instant, p.message)
    sent = count_sent(ctx, tx, p, 0)
    because = SPAM_TICKET if old.is_spam else silence(ctx, desk, p, sent)
    if urges(changed, p):
        changed = urge_ticket(ctx, tx, changed, p.entry.arrived, SYSTEM)
    elif because == REPLY:
        answer_shortly(ctx, tx, old, changed, p, sent)
    message = replace(p.message, ticket_id=old.id, verdict=p.verdict.because, silent_because=because)
    return replace(
        _line(ctx, p),
        changed=changed,
        message=message,
        decision=p.decision,
        references=references(p),
        silent_because=because,
        audit=_audit(ctx, p, "ticket.joined", old, changed),
        copied=copied(ctx, desk, p),
    )


def _understood(ticket: Ticket, p: Prepared) -> Ticket:
    """A stub after its replay: same number, the mail's own subject, language and decided fields; what an agent set
    meanwhile binds."""
    choices = p.decision.choices if p.decision else {}
    agents = [name for name, by in ticket.decided_by.items() if by == By.AGENT.value]
    fields = {name: choice.value for name, choice in choices.items()} or dict(ticket.fields)
    decided_by = {name: choice.by.value for name, choice in choices.items()} or dict(ticket.decided_by)
    return replace(
        ticket,
        stub=False,
        subject=p.message.subject or NO_SUBJECT,
        gist=ticket.gist if ticket.gist_by else p.message.said.gist,
        language=p.mail.language,
        fields=fields | {name: ticket.fields[name] for name in agents if name in ticket.fields},
        decided_by=decided_by | dict.fromkeys(agents, By.AGENT.value),
    )


def _new(ctx: Context, desk: Desk, tx: Transaction, p: Prepared, wave: _Wave) -> Filing:
    customer, is_new = _customer(ctx, tx, p, wave)
    many = customer is not None and not is_new and _is_many(tx, customer, wave)
    copy, why, again = find_copy(ctx, tx, p, customer, wave.near, first=is_new, many=many)
    ticket = _ticket(ctx, tx, p, customer, wave.numbers[p.entry.id], copy, why)
    wave.near.add(p, ticket, customer)
    sent = _sent_so_far(ctx, tx, p, wave, None if is_new else customer, many=many)
    because = silence(ctx, desk, p, sent, again=again)
    box = desk.mailbox(p.entry.mailbox)
    serving = desk_serving(desk, p.facts, p.decision)
    letters: tuple[LetterIntent, ...] = ()
    if not because and box is not None:
        letters = (acknowledgement(ctx, serving, box, p, ticket, _form(customer, recipient_of(p))),)
        for address in set(_keys(p)):
            wave.letters[address] += 1
    drafts = [d for d in p.drafts if letters or d.clock.value != "acknowledgement"]
    if p.entry.is_history:
        # It was answered long ago, or never will be.
        drafts = []
    told = letters[0].promised if letters else None
    references_ = (*references(p), *(Reference(message_id=i.message_id, kind=ReferenceKind.OURS) for i in letters))
    return replace(
        _line(ctx, p),
        customer=customer if is_new else None,
        ticket=ticket,
        message=replace(p.message, ticket_id=ticket.id, verdict=p.verdict.because, silent_because=because),
        decision=p.decision,
        promises=make_promises(ctx, serving, ticket.id, f"arrival:{p.message.id}", drafts, told),
        letters=letters,
        references=references_,
        silent_because=because,
        audit=(*_audit(ctx, p, "ticket.created", ticket), *_split(ctx, tx, p, ticket)),
        near=p.near,
        copied=copied(ctx, desk, p),
    )


def _split(ctx: Context, tx: Transaction, p: Prepared, ticket: Ticket) -> tuple[AuditEntry, ...]:
    """What the trail of the ticket says from which this one was split: by whom, as the trail of the message knows."""
    if not p.entry.split_from:
        return ()
    asked = tx.views.audit(f"mail:{p.entry.id}", "", 1).rows
    return (trace(ctx, asked[0].actor if asked else SYSTEM, "ticket.split", p.entry.split_from, number=ticket.number),)


def _keys(p: Prepared) -> tuple[str, str]:
    """Where the answer goes, and who wrote."""
    recipient = recipient_of(p)
    return recipient.key if recipient else "", p.mail.sender.key if p.mail.sender else ""


def _sent_so_far(
    ctx: Context, tx: Transaction, p: Prepared, wave: _Wave, known: Customer | None, *, many: bool
) -> Sent:
    """The automatic letters of late to whom this one's would go, those of this transaction included."""
    key, own = _keys(p)
    now = max(wave.letters[key], wave.letters[own])
    # Whose answers go somewhere else, or who writes from several addresses, is known by himself.
    elsewhere = known.id if known and (key != own or many) else 0
    quiet = key in wave.quiet and not elsewhere
    return Sent(hour=now, day=now) if quiet else count_sent(ctx, tx, p, now, elsewhere)


def _is_many(tx: Transaction, customer: Customer, wave: _Wave) -> bool:
    """Whether he has other addresses, which few have: whether anybody has some is asked once for all."""
    if wave.merges is None:
        wave.merges = tx.tickets.has_merges()
    return wave.merges and bool(customer.merged_into or tx.tickets.merged_customers(customer.id))


def _customer(ctx: Context, tx: Transaction, p: Prepared, wave: _Wave) -> tuple[Customer | None, bool]:
    """The sender's customer row, known, made by this transaction, or new."""
    sender = p.mail.sender
    if sender is None:
        return None, False
    known = wave.customers.get(sender.key) or tx.tickets.customer_by_address(sender.key)
    if known:
        return known, False
    made = Customer(id=ctx.ids(), name=mask(sender.name), address=sender, language=p.mail.language)
    wave.customers[sender.key] = made
    return made, True


def _form(customer: Customer | None, recipient: Address | None) -> str:
    """How the reader is addressed: another name on the same address may be another person."""
    known = customer is not None and recipient is not None and customer.name == mask(recipient.name)
    return customer.form if customer and known else ""


def _ticket(
    ctx: Context, tx: Transaction, p: Prepared, customer: Customer | None, number: str, copy: int, copy_because: str
) -> Ticket:
    choices = p.decision.choices if p.decision else {}
    linked = p.verdict.kind is VerdictKind.LINKED
    id_ = ctx.ids()
    ruled, why = (0, "") if linked else link_of(ctx, tx, p.decision, customer.id if customer else 0, id_)
    return Ticket(
        id=id_,
        number=number,
        state=State.CLOSED if p.entry.is_history else State.NEW,
        subject=p.message.subject or NO_SUBJECT,
        customer_id=customer.id if customer else 0,
        mailbox=p.entry.mailbox,
        channel=p.facts.channel,
        language=p.mail.language,
        received=p.facts.received,
        fields={name: choice.value for name, choice in choices.items()},
        decided_by={name: choice.by.value for name, choice in choices.items()},
        tags=p.decision.tags if p.decision else (),
        linked_to=p.verdict.ticket_id if linked else ruled,
        linked_because=p.verdict.because if linked else why,
        stub=p.stub,
        assignee=_owner(tx, p, customer),
        gist=p.message.said.gist,
        maybe_copy_of=copy,
        copy_because=copy_because,
    )


def _owner(tx: Transaction, p: Prepared, customer: Customer | None) -> str:
    """Whom a rule names, else the customer's account manager (DOMAIN 4); of what was answered long ago nobody."""
    ruled = p.decision.value(OWNER) if p.decision else ""
    if ruled or customer is None or not customer.manager or p.entry.is_history:
        return ruled
    return manager_of(tx, customer.manager)


def _numbers(ctx: Context, desk: Desk, tx: Transaction, new: Sequence[Prepared]) -> dict[int, str]:
    """By ledger id the number of each new ticket, as the desk numbers them, such as 20231001001, or one of the series
    of imported cases; unique, never reused, without a gap (DOMAIN 2)."""
    series = desk.numbering.series(ctx.now().astimezone(ZoneInfo(desk.calendar.zone)).date())
    history = [p.entry.id for p in new if p.entry.is_history]
    today = [p.entry.id for p in new if not p.entry.is_history]
    return _serials(tx, HISTORY, HISTORY.before, history) | _serials(tx, desk.numbering, series, today)


def _serials(tx: Transaction, numbering: Numbering, series: str, ledger_ids: Sequence[int]) -> dict[int, str]:
    found: dict[int, str] = {}
    while len(found) < len(ledger_ids):
        left = ledger_ids[len(found) :]
        first = tx.tickets.next_serial(series, len(left))
        numbers = [numbering.number(series, first + place) for place in range(len(left))]
        # Two patterns, one after the other, may name one number: 202405 + 10001 is 20240510 + 001.
        taken = tx.tickets.taken(numbers)
        found |= dict(zip(left, (one for one in numbers if one not in taken), strict=False))
    return found


def references(p: Prepared) -> tuple[Reference, ...]:
    """A row for the mail's own Message-ID and for each that it names, so that a late root finds its reply."""
    own = (Reference(message_id=p.mail.message_id, kind=ReferenceKind.IS),) if p.mail.message_id else ()
    named = (Reference(message_id=n, kind=ReferenceKind.NAMES) for n in p.mail.named_ids if n != p.mail.message_id)
    return (*own, *named)


def _trouble(p: Prepared) -> str:
    """Why a mail is quarantined or filed by its beginning, or the kind of our error, whose words may hold the mail's
    and stay in the trace."""
    if p.shunt:
        return f"error: {p.shunt.strip().splitlines()[-1].partition(':')[0]}"
    return p.quarantine or (next(one for one in p.mail.defects if one.startswith(TOO_LARGE)) if p.is_begun else "")


def _stage(p: Prepared) -> Stage:
    if p.shunt:
        return Stage.SHUNTED
    if p.quarantine:
        return Stage.QUARANTINED
    return Stage.TOO_LARGE if p.is_begun else Stage.FILED


def _masked_sender(p: Prepared) -> str:
    return mask_address(p.mail.sender.address) if p.mail.sender else ""


def _audit(
    ctx: Context, p: Prepared, action: str, ticket: Ticket, changed: Ticket | None = None
) -> tuple[AuditEntry, ...]:
    """The trail's line; where the mail moved the ticket, with the states before and after."""
    moved = changed is not None and changed.state is not ticket.state
    states = (("before", ticket.state.value), ("state", changed.state.value)) if changed and moved else ()
    entry = AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor="system",
        action=action,
        subject=f"ticket:{ticket.id}",
        details=(("mail", str(p.entry.id)), ("verdict", p.verdict.because.partition(":")[0]), *states),
    )
    return (entry,)
