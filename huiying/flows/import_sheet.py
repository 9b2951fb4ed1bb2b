"""Brings sheets in as history: closed, labelled cases of the series H…, without letters, clocks or notices."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial

from core.domain.channel import BroughtMessage, Channel
from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import By
from core.domain.errors import NotPermitted
from core.domain.filing import AuditEntry
from core.domain.ledger import HISTORY
from core.domain.mail import Address, RawMail
from core.domain.people import Role, User
from core.domain.sheet import Sheet
from core.domain.ticket import Customer, Direction, Message, Ticket
from core.domain.views import TicketDetail
from core.domain.vote import Vote
from core.text.mask import mask
from huiying.flows.acknowledge import domain_of
from huiying.flows.bring_in import BATCH, BroughtIn
from huiying.flows.context import Context
from huiying.flows.customer import checked_values
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.precedents import remember
from huiying.flows.reconcile import mailbox_named
from huiying.flows.retry import retried
from huiying.flows.sheet_reading import PastCase
from huiying.flows.sheets import PROBLEM
from huiying.flows.take_in import ROUND_S, ROUNDS
from huiying.flows.triage import triage
from ingest.brought import as_raw_mail
from responder.plain import first_sentence

FOLDER = "sheets"
SETTLED = "sheet"
"""The verdict of the note that says what a sheet said; with the sheet's number behind a colon."""
PROBLEM_REPORT = "问题反馈"
WORTH, HALF = 1.0, 0.5
"""Of a label: beside the customer's own words, and beside others'."""


@dataclass(slots=True, kw_only=True)
class _Import:
    """``customers`` are those of this import that have no address, by company and name."""

    ctx: Context
    user: User
    mailbox: str
    customers: dict[tuple[str, str], Customer]


def import_sheet(
    ctx: Context, cases: Sequence[PastCase], user: User, mailbox: str, tell: Callable[[BroughtIn], object]
) -> BroughtIn:
    """A case is known by its number in the sheets, whichever of them it comes from: the same row again changes nothing,
    and another sheet's row adds what it says. Raises ``NotPermitted`` but for lead and admin."""
    if user.role not in (Role.LEAD, Role.ADMIN):
        raise NotPermitted
    work = _Import(ctx=ctx, user=user, mailbox=mailbox, customers={})
    done = BroughtIn()
    for begin in range(0, len(cases), BATCH):
        batch = cases[begin : begin + BATCH]
        ids = _filed(work, batch)
        kept = sum(retried(partial(_settle, work, case, ids[case.number])) for case in batch)
        done = BroughtIn(read=done.read + len(batch), kept=done.kept + kept, known=done.known + len(batch) - kept)
        tell(done)
    if cases:
        details = (("rows", str(done.read)), ("new", str(done.kept)))
        entry = AuditEntry(
            id=ctx.ids(), at=ctx.now(), actor=user.name, action="sheet.imported",
            subject=f"sheet:{cases[0].sheet.number}", details=details,
        )  # fmt: skip
        with ctx.store.write() as tx:
            tx.audit.add((entry,))
    ctx.wake.ring("changed")
    return done


def _filed(work: _Import, batch: Sequence[PastCase]) -> dict[str, int]:
    """The ledger's row of each number: the cases are kept as mails are, and filed as any history."""
    ctx = work.ctx
    domain = domain_of(mailbox_named(ctx, work.mailbox)) if ctx.desk().mailbox(work.mailbox) else "import.invalid"
    mails = [_as_mail(case, work.mailbox, domain) for case in batch]
    with ctx.store.write() as tx:
        tx.ledger.keep(mails, ctx.now(), old_before_uid=1 << 62, after="nothing")
        ids = {
            case.number: tx.ledger.id_of(mail.mailbox, mail.folder, mail.uidvalidity, mail.uid)
            for case, mail in zip(batch, mails, strict=True)
        }
    for _ in range(ROUNDS):
        while triage(ctx):
            pass
        with ctx.store.read() as tx:
            rows = [tx.views.ledger_row(id_) for id_ in ids.values()]
        if all(row is not None and row.ticket_id for row in rows):
            break
        ctx.wake.wait("filed", ROUND_S)
    return ids


def _as_mail(case: PastCase, mailbox: str, domain: str) -> RawMail:
    """The same number gives the same place in the ledger, whatever else the row says today."""
    said = BroughtMessage(
        key=f"sheet:{hashlib.sha256(case.number.encode()).hexdigest()}", channel=Channel.QUESTIONNAIRE, mailbox=mailbox,
        at=case.received, text=case.text, subject=first_sentence(case.text) or case.number, name=case.name,
        customer=Address(name=case.name, address=case.address) if case.address else None,
    )  # fmt: skip
    return replace(as_raw_mail(said, domain), source=HISTORY, folder=FOLDER)


def _settle(work: _Import, case: PastCase, ledger_id: int) -> bool:
    """Writes what the sheet knows, once; whether this was the time."""
    ctx, mark = work.ctx, f"{SETTLED}:{case.sheet.number}"
    with ctx.store.write() as tx:
        row = tx.views.ledger_row(ledger_id)
        detail = tx.views.ticket(row.number) if row and row.number else None
        if detail is None or detail.is_erased:
            return False
        marks = [one.verdict for one in detail.messages if one.verdict.partition(":")[0] == SETTLED]
        if mark in marks:
            return False
        message = _message(ctx, tx, case, detail, first=not marks)
        customer_id = _customer(work, tx, case, detail)
        ticket = tx.tickets.update(_changed(ctx.desk(), case, replace(detail.ticket, customer_id=customer_id)))
        note = Message(
            id=ctx.ids(), ticket_id=ticket.id, direction=Direction.NOTE, at=case.received, text=case.cells,
            reply=case.cells, language=ticket.language, verdict=mark, sender=Address(name=work.user.name, address=""),
        )  # fmt: skip
        tx.tickets.add_message(note)
        if case.satisfied is not None:
            tx.votes.save(
                Vote(
                    id=ctx.ids(), ticket_id=ticket.id, letter_id=0, at=case.closed or case.received,
                    satisfied=case.satisfied, by=work.user.name,
                )
            )  # fmt: skip
        # A sheet without the customer's words says its own beside the label, unless another sheet has brought them.
        _label(work, tx, case, detail.ticket, message, WORTH if case.own_words or marks else HALF)
        return True


def _message(ctx: Context, tx: Transaction, case: PastCase, detail: TicketDetail, *, first: bool) -> Message:
    """What the label stands beside: this row's words, or the case's where the sheet has none of the customer's."""
    begun = next(one for one in detail.messages if one.direction is Direction.IN)
    if first or not case.own_words:
        return begun
    text = mask(case.text)
    message = Message(
        id=ctx.ids(), ticket_id=detail.ticket.id, at=case.received, subject=begun.subject, text=text, reply=text,
        language=begun.language, sender=begun.sender,
    )  # fmt: skip
    tx.tickets.add_message(message)
    return message


def _customer(work: _Import, tx: Transaction, case: PastCase, detail: TicketDetail) -> int:
    """Who has an address is known by it; of the others each name of a company is one customer of this import."""
    desk, known = work.ctx.desk(), detail.customer
    values = checked_values(desk, case.customer) if case.customer else {}
    if known is None:
        if not case.name and not values:
            return 0
        key = (case.customer.get("company", ""), case.name)
        known = work.customers.get(key) or Customer(id=work.ctx.ids(), name=mask(case.name))
    unknown = Customer(id=0)
    missing = {name: value for name, value in values.items() if getattr(known, name) == getattr(unknown, name)}
    changed = replace(known, **missing)  # type: ignore[arg-type]  # checked one by one
    if changed != detail.customer:
        tx.tickets.save_customer(changed)
    if changed.address is None:
        work.customers[(case.customer.get("company", ""), case.name)] = changed
    return changed.id


def _changed(desk: Desk, case: PastCase, ticket: Ticket) -> Ticket:
    """What another sheet has said already stays, where this one says nothing. Who stands on the sheet of problems has
    one, whatever the model makes of it."""
    fields, by = {**ticket.fields, **case.fields}, {**ticket.decided_by, **dict.fromkeys(case.fields, By.AGENT.value)}
    type_ = desk.taxonomy.stored("type", fields.get("type", ""))
    if case.sheet is Sheet.PROBLEMS and (type_ is None or type_.coarse != PROBLEM):
        fields["type"], by["type"] = PROBLEM_REPORT, By.DERIVED.value
    return replace(
        ticket,
        fields=fields,
        decided_by=by,
        confirmed=True,
        channel=case.channel or ticket.channel,
        gist=case.gist or ticket.gist,
        first_response=case.first_response or ticket.first_response,
        resolved=case.resolved or ticket.resolved,
        closed=case.closed or ticket.closed,
    )


def _label(work: _Import, tx: Transaction, case: PastCase, before: Ticket, message: Message, weight: float) -> None:
    """An agent's word of back then, for whoever learns: nothing is asked, recomputed or told because of it."""
    if not case.fields:
        return
    correction = Correction(
        id=work.ctx.ids(), ticket_id=before.id, message_id=message.id, kind=CorrectionKind.CORRECT, at=case.received,
        agent=work.user.name, before=_pairs(before.fields, case.fields),
        before_by=_pairs(before.decided_by, case.fields), after=tuple(case.fields.items()), weight=weight,
    )  # fmt: skip
    tx.corrections.add(correction)
    remember(work.ctx, tx, before.id, message)


def _pairs(stood: Mapping[str, str], names: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple((name, stood.get(name, "")) for name in names)
