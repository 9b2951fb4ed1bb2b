"""Decides whether a filed mail is acknowledged: the letter's intent, or the reason for silence (DESIGN 3.7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from core.domain.address_mark import Mark
from core.domain.decision import Decision
from core.domain.filing import VerdictKind
from core.domain.letter import LetterIntent, LetterKind, LettersMode
from core.domain.mail import Address
from core.domain.settings import MailboxSettings
from core.domain.ticket import Ticket
from huiying.flows.caps import DAY, sent_lately
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.held import as_switched
from huiying.flows.ports import Transaction
from huiying.flows.prepare import Prepared, own_mail
from responder.guard import over_caps, silence_reason
from responder.letters import ACKNOWLEDGEMENT, letter_language
from responder.promises import told_time
from responder.variables import acknowledgement_variables
from rules.actions import LETTER
from rules.missing import missing
from rules.orders import ASK, asked_words, ordered

OCCASION = "arrival"
"""A ticket is acknowledged once, whatever is replayed."""
REFERENCES_KEPT = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """Automatic letters filed for an address: those of the database and of the filing under way."""

    hour: int
    day: int
    bounced: bool = False


def recipient_of(prepared: Prepared) -> Address | None:
    """Whom the acknowledgement goes to: Reply-To where the mail has one, else the sender."""
    return prepared.mail.reply_to[0] if prepared.mail.reply_to else prepared.mail.sender


def silence(ctx: Context, desk: Desk, prepared: Prepared, sent: Sent, *, again: bool = False) -> str:
    """Why this mail gets no acknowledgement, or the empty string; ``again``: the same demand came minutes before."""
    box = desk.mailbox(prepared.entry.mailbox)
    decision = prepared.decision
    reason = silence_reason(
        mail=prepared.mail,
        recipient=recipient_of(prepared),
        letters=box.letters if box else LettersMode.OFF,
        own_addresses=own_mail(ctx, desk).addresses,
        old=prepared.entry.old,
        spam=bool(decision and decision.spam) and not prepared.entry.is_demand,
        rule=decision.letter if decision else "",
        reply_to_open_ticket=prepared.verdict.kind is VerdictKind.JOINED and not prepared.entry.replay_of,
        copy=prepared.verdict.kind is VerdictKind.COPY,
        same_demand_again=again,
        authentication=prepared.authentication,
    )
    reason = reason or switched_off(desk, letter_of(desk, decision))
    return reason or ("address-bounced" if sent.bounced else over_caps(sent.hour, sent.day))


def letter_of(desk: Desk, decision: Decision | None) -> str:
    """The letter that answers this arrival: a rule's, as far as it is there, or the acknowledgement."""
    named = decision.value(LETTER) if decision else ""
    return named if named in desk.letters.for_arrivals else ACKNOWLEDGEMENT


def switched_off(desk: Desk, letter: str) -> str:
    """The reason for silence where an admin has switched that letter off, or the empty string."""
    return "letter-off" if desk.letters.is_off(letter) else ""


def count_sent(ctx: Context, tx: Transaction, prepared: Prepared, under_way: int, customer_id: int = 0) -> Sent:
    """The caps' counts, looked up under the lock; ``under_way`` are letters to that address in this filing. With
    ``customer_id`` what went to his other addresses counts too."""
    recipient = recipient_of(prepared)
    if recipient is None or prepared.mail.automatic is not None:
        return Sent(hour=0, day=0)
    day, hour = sent_lately(ctx, tx, customer_id, recipient)
    bounced = tx.addresses.why(recipient.key, Mark.BOUNCED) is not None
    return Sent(hour=hour + under_way, day=day + under_way, bounced=bounced)


def quiet_addresses(ctx: Context, tx: Transaction, prepared: Sequence[Prepared]) -> frozenset[str]:
    """Those recipients, looked up together, to whom no automatic letter was filed within a day and whose address never
    bounced: ``count_sent`` would find nothing."""
    keys = {recipient.key for p in prepared if (recipient := recipient_of(p))}
    heard = tx.outbox.sent_any(keys, ctx.now() - DAY)
    return frozenset(keys - heard - tx.addresses.marked(keys, Mark.BOUNCED))


def acknowledgement(
    ctx: Context, desk: Desk, box: MailboxSettings, prepared: Prepared, ticket: Ticket, form: str = ""
) -> LetterIntent:
    """The intent of the acknowledgement; composing it is the sender's work, after the commit. ``form`` is the
    customer's form of address, where the mail bears his name."""
    recipient = recipient_of(prepared)
    if recipient is None:
        raise ValueError("an acknowledgement needs a recipient")
    language = letter_language(prepared.mail.language)
    told = told_time(prepared.drafts, desk.calendar, desk.policy)
    letter_id = ctx.ids()
    variables = acknowledgement_variables(
        language=language,
        number=ticket.number,
        subject=prepared.message.subject,
        text=prepared.message.reply,
        name=recipient.name,
        address=recipient.address,
        form=form,
        received=prepared.facts.received,
        told=told,
        calendar=desk.calendar,
        decision=prepared.decision,
        always_on_duty=desk.policy.always_on_duty,
        ask=_question(prepared, language),
        split=ticket.split_from,
        taxonomy=desk.taxonomy,
    )
    now = ctx.now()
    letter = LetterIntent(
        id=letter_id,
        ticket_id=ticket.id,
        kind=LetterKind.ACKNOWLEDGEMENT,
        occasion=OCCASION,
        template=letter_of(desk, prepared.decision),
        language=language,
        bundle=desk.bundle,
        mailbox=box.name,
        recipient=recipient,
        variables=variables,
        date=now,
        message_id=ctx.signer.message_id(ticket.id, letter_id, domain_of(box)),
        in_reply_to=prepared.mail.message_id,
        references=_chain(prepared),
        not_before=now,
        promised=told,
    )
    return as_switched(letter, box.letters)


def _question(prepared: Prepared, language: str) -> str:
    """What rules ask the customer for and the mail does not give."""
    keys = [key for key, _ in ordered(prepared.decision, ASK)] if prepared.decision else []
    return asked_words(missing(keys, prepared.message), language) if keys else ""


def domain_of(box: MailboxSettings) -> str:
    """The right-hand side of our Message-IDs: the mailbox's own domain."""
    return box.address.rpartition("@")[2] or "localhost"


def _chain(prepared: Prepared) -> tuple[str, ...]:
    """References as RFC 5322 3.6.4 builds them, cut in the middle when long: the root and the last ones."""
    chain = [*prepared.mail.references, *([prepared.mail.message_id] if prepared.mail.message_id else [])]
    if len(chain) > REFERENCES_KEPT:
        chain = [chain[0], *chain[-REFERENCES_KEPT + 1 :]]
    return tuple(chain)
