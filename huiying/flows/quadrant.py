"""Says in which quadrant of importance and urgency a ticket stands today (四象限, DOMAIN 4)."""

from __future__ import annotations

from core.domain.priority import IMPORTANT_TYPES, quadrant
from core.domain.sheet import SheetCase
from core.domain.taxonomy import Taxonomy
from core.domain.views import TicketDetail


def quadrant_of(taxonomy: Taxonomy, detail: TicketDetail | SheetCase) -> int:
    """1 important and urgent, 2 important, 3 urgent, 4 neither; by the values as they are called today or were once,
    unless a person said it."""
    if detail.analysis and detail.analysis.quadrant:
        return detail.analysis.quadrant
    fields = detail.ticket.fields
    type_ = next((one for one in IMPORTANT_TYPES if taxonomy.means("type", fields.get("type", ""), one)), "")
    return quadrant(
        gravity=fields.get("gravity", ""),
        level=detail.customer.level if detail.customer else "",
        impact=fields.get("impact", ""),
        type_=type_,
        urgency=fields.get("urgency", ""),
    )
