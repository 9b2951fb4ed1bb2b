"""Writes a letter as a ticket's customer would get it now, and sends nothing."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.errors import NotFound
from core.domain.letter import LetterIntent, LetterKind
from core.domain.mail import Address
from core.domain.promise import Apology, Clock, PromiseState
from core.domain.ticket import Direction, State
from core.domain.views import TicketDetail
from huiying.flows.context import Context
from huiying.flows.deliver import page_address
from huiying.flows.desk import Desk
from responder.letters import CARE, letter_language
from responder.promises import on_duty
from responder.sample import STOP
from responder.variables import acknowledgement_variables
from responder.wording import time_words
from rules.missing import missing
from rules.orders import ASK, asked_words, ordered


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """The words of a letter."""

    language: str
    subject: str
    text: str
    html: str


NOBODY = Address(name="", address="nobody@example.com")
TO_FILL_IN = {"en": "(fill in)", "zh-TW": "（請填寫）", "zh-CN": "（请填写）"}
"""What stands in an agent's template where only he knows the words; the wording check stops it."""


AGENT_LETTERS = ("question", "news", "result", "apology", "extension", "reopening", "urge", "reminder", "call")
"""Built-in letters that an agent may begin with."""
LEAVES = {"question": State.WAITING_CUSTOMER, "result": State.RESOLVED}
"""In which state the ticket is proposed to be left by some of them: a question waits, a result asks."""
AUTOMATIC = ("acknowledgement", "progress", "answer", "noted", "link")


def agent_letters(desk: Desk, language: str) -> tuple[tuple[str, str], ...]:
    """(name, title) of what an agent may begin his answer with: the built-in ones, then the desk's own; without those
    that are off. The title is in the reader's language."""
    known = desk.letters.names
    own = tuple(name for name in known if name not in AGENT_LETTERS + AUTOMATIC and not name.startswith(CARE))
    unwanted = {"apology"} if desk.policy.apology is Apology.OFF else set()
    shown = [name for name in AGENT_LETTERS + own if name in known and not desk.letters.is_off(name)]
    shown = [name for name in shown if name not in unwanted]
    return tuple((name, desk.letters.letter(name, language).title) for name in shown)


def template_text(ctx: Context, number: str, name: str) -> str | None:
    """A letter as the beginning of an agent's answer: its words without reference and signature."""
    found = preview_letter(ctx, number, name)
    if found is None:
        return None
    body = found.text.partition("\n--\n")[0]
    paragraphs = [part for part in body.split("\n\n") if number not in part]
    return "\n\n".join(paragraphs).strip()


def preview_letter(
    ctx: Context, number: str, name: str, language: str = "", desk: Desk | None = None
) -> Preview | None:
    """None when there is no letter by that name. Raises ``NotFound`` for the ticket and its mailbox, ``BadTemplate``
    when the letter cannot be composed. The promised time is that of the ticket's running promises. ``desk`` is
    an edit that is not live; its mailboxes are those that are."""
    desk = desk or ctx.desk()
    if not any(known == name for known, _ in desk.letters.letters):
        return None
    with ctx.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    ticket, customer = detail.ticket, detail.customer
    box = desk.mailbox(ticket.mailbox)
    if box is None:
        raise NotFound(f"没有信箱 {ticket.mailbox} (no such mailbox)")
    tongue = language or letter_language(ticket.language)
    address = customer.address if customer and customer.address else NOBODY
    intent = LetterIntent(
        id=0,
        ticket_id=ticket.id,
        kind=LetterKind.PROGRESS,
        occasion="preview",
        template=name,
        language=tongue,
        bundle=desk.bundle,
        mailbox=box.name,
        recipient=address,
        variables=_variables(ctx, desk, detail, name, tongue, address),
        date=ctx.now(),
        message_id="preview",
        not_before=ctx.now(),
    )
    stop = STOP if name.startswith(CARE) else ""
    words = desk.letters.words(intent, box, page_address(ctx, desk, box, intent), stop)
    return Preview(language=tongue, subject=words.subject, text=words.text, html=words.shown_html())


def _variables(
    ctx: Context, desk: Desk, detail: TicketDetail, name: str, tongue: str, address: Address
) -> dict[str, str]:
    """What the letter would say of this ticket now; what nobody has written yet is to be filled in."""
    ticket, customer = detail.ticket, detail.customer
    wanted = Clock.FIRST_RESPONSE if name == "acknowledgement" else Clock.NEXT_UPDATE
    due = [p.due for p in detail.promises if p.clock is wanted and p.state is PromiseState.RUNNING]
    current = next((row.decision for row in detail.decisions if row.current), None)
    variables = acknowledgement_variables(
        language=tongue,
        number=ticket.number,
        subject=ticket.subject,
        text=next((m.reply for m in detail.messages), ""),
        name=customer.name if customer else "",
        address=address.address,
        form=customer.form if customer else "",
        received=ticket.received,
        told=on_duty(due[-1], desk.calendar, desk.policy) if due else None,
        calendar=desk.calendar,
        decision=current,
        always_on_duty=desk.policy.always_on_duty,
        split=ticket.split_from,
        taxonomy=desk.taxonomy,
    ) | {"note": TO_FILL_IN[tongue], "body": TO_FILL_IN[tongue]}
    if name == "question" and (asked := _still_asked(detail, tongue)):
        variables |= {"missing": asked, "note": ""}
    if name == "apology" and (broken := [p.told for p in detail.promises if p.told and p.told <= ctx.now()]):
        variables["was"] = time_words(max(broken), desk.calendar, tongue)
    return variables


def _still_asked(detail: TicketDetail, language: str) -> str:
    """What rules ask this customer for and none of his messages gives, in words."""
    keys = tuple(dict.fromkeys(key for row in detail.decisions for key, _ in ordered(row.decision, ASK)))
    for message in detail.messages:
        keys = missing(keys, message) if message.direction is Direction.IN else keys
    return asked_words(keys, language)
