"""How an answer to a ticket begins."""

from __future__ import annotations

from core.domain.views import TicketDetail
from responder.letters import letter_language
from responder.plain import shown_name
from responder.wording import salutation_words, with_form


def greeting(detail: TicketDetail) -> str:
    """In the customer's language, with an empty line after it."""
    language = letter_language(detail.ticket.language)
    name = greeted_name(detail)
    form = detail.customer.form if detail.customer else ""
    return f"{salutation_words(with_form(name, form, language), language)}\n\n"


def greeted_name(detail: TicketDetail) -> str:
    """The customer's name as a greeting has it, or the empty string."""
    return shown_name(detail.customer.name) if detail.customer else ""
