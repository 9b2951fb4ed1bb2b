"""收入知识库: what a ticket teaches, as the draft of a case; an agent reads and saves it (DOMAIN 8)."""

from __future__ import annotations

from core.domain.errors import BadInput, NotFound
from core.domain.said import NOTHING_SAID
from core.domain.ticket import Direction, State
from core.domain.views import TicketDetail
from core.text.mask import mask
from core.text.unnamed import without_names
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.fitting_articles import decided_keys
from huiying.flows.greeting import greeting
from huiying.flows.write_article import LONGEST_PART, LONGEST_TITLE, NOBODY_NAMED, names_of
from responder.letters import letter_language

OVER = (State.RESOLVED, State.CLOSED, State.ARCHIVED)
"""In these a ticket has something to teach."""


def case_of(ctx: Context, number: str) -> dict[str, str]:
    """The fields of a case, masked and without the customer's names: the distillation, the root cause, the solution as
    it was sent, and the improvement; his own letter is not copied. Raises ``NotFound``, and ``BadInput`` for a ticket
    that is not resolved."""
    with ctx.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None or detail.is_erased:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    if detail.ticket.state not in OVER:
        raise BadInput("工单解决以后才能收入知识库 (only a resolved ticket is kept as a case)")
    names = names_of(detail)
    desk, language = ctx.desk(), letter_language(detail.ticket.language)
    numbers = {number, *(order for message in detail.conversation for order in message.said.orders)}
    drawn = _drawn(desk, detail, language)
    named = decided_keys(desk, detail.ticket)
    head = {"language": language} | {name: keys[0] for name, keys in named.items() if keys}
    instead = NOBODY_NAMED[language]
    clean = {
        name: mask(without_names(without_names(words, names, instead), numbers, "***")).strip()
        for name, words in drawn.items()
    }
    most = {"title": LONGEST_TITLE}
    return head | {name: words[: most.get(name, LONGEST_PART)] for name, words in clean.items()}


def _drawn(desk: Desk, detail: TicketDetail, language: str) -> dict[str, str]:
    ticket, analysis = detail.ticket, detail.analysis
    first = next((m.said for m in detail.messages if m.direction is Direction.IN), NOTHING_SAID)
    told = (ticket.gist, first.background, first.goal)
    cause = desk.reasons.cause.get(analysis.cause) if analysis and analysis.cause else None
    label = (cause.en if language == "en" else cause.zh) if cause else ""
    words = analysis.cause_words if analysis else ""
    return {
        "title": ticket.gist or ticket.subject,
        "problem": "\n".join(dict.fromkeys(filter(None, told))),
        "cause": "\n".join(filter(None, (label, words))),
        "solution": _sent(detail),
        "caution": analysis.improvement if analysis else "",
    }


def _sent(detail: TicketDetail) -> str:
    """What an agent wrote last before the ticket was resolved, without its greeting."""
    until = detail.ticket.resolved
    ours = [m for m in detail.conversation if m.direction is Direction.OUT and m.text]
    before = [m for m in ours if until is None or m.at <= until] or ours
    return before[-1].text.removeprefix(greeting(detail).strip()).strip() if before else ""
