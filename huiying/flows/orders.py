"""Carries out what rules order beside fields: co-handlers, notices, links (DOMAIN 7)."""

from __future__ import annotations

from datetime import datetime

from core.domain.decision import Decision
from core.domain.errors import BadInput
from core.domain.notice import NoticeEvent
from core.domain.ticket import OPEN_STATES, Message, Ticket
from huiying.flows.ask_customer import ask_customer
from huiying.flows.change import trace
from huiying.flows.context import Context
from huiying.flows.link import hold_head, living
from huiying.flows.parts import Asked, add_part, open_parts
from huiying.flows.pause import after
from huiying.flows.ports import Transaction
from huiying.flows.tell import tell
from responder.states import SYSTEM
from rules.orders import CO_HANDLER, CUSTOMER, LINK, NOTIFY, co_handler_of, ordered, time_of


def obey_orders(
    ctx: Context, tx: Transaction, ticket: Ticket, decision: Decision, reply: Message | None = None
) -> None:
    """Within the transaction of the decision, after the ticket's row is there. ``reply`` is a message that is being
    filed: the ticket does not have it yet."""
    for text, rule in ordered(decision, CO_HANDLER):
        _ask_part(ctx, tx, ticket, text, rule)
    _notify(ctx, tx, ticket, decision)
    ask_customer(ctx, tx, ticket, decision, reply)


def _ask_part(ctx: Context, tx: Transaction, ticket: Ticket, text: str, rule: str) -> None:
    """A department is asked once: while it owes a part it is not asked again."""
    wanted = co_handler_of(text)
    if ticket.state not in OPEN_STATES or any(p.department == wanted.team for p in open_parts(tx, ticket.id)):
        return
    due: datetime | None = after(ctx.desk(), ctx.now(), time_of(wanted.within)) if wanted.within else None
    try:
        add_part(ctx, tx, ticket, f"rule:{rule}", Asked(department=wanted.team, output=wanted.output, due=due))
    except BadInput:
        tx.audit.add((trace(ctx, SYSTEM, "rule.failed", ticket.id, rule=rule, because="part-refused"),))


def _notify(ctx: Context, tx: Transaction, ticket: Ticket, decision: Decision) -> None:
    """One notice for each rule that asks for it, to all whom it names."""
    by_rule: dict[str, list[str]] = {}
    for audience, rule in ordered(decision, NOTIFY):
        by_rule.setdefault(rule, []).append(audience)
    for rule, to in by_rule.items():
        once = f"{rule}:{decision.occasion.value}:{decision.facts.instant.isoformat()}"
        tell(
            ctx, tx, NoticeEvent.RULE, f"ticket:{ticket.id}", once=once, ticket_id=ticket.id,
            details=(("rule", rule),), to=tuple(to),
        )  # fmt: skip


def link_of(
    ctx: Context, tx: Transaction, decision: Decision | None, customer_id: int, ticket_id: int
) -> tuple[int, str]:
    """The ticket that a rule links this one to, with the reason; (0, "") without one, when there is no such, or when
    others follow this one."""
    choice = decision.choices.get(LINK) if decision else None
    if choice is None:
        return 0, ""
    if choice.value == CUSTOMER:
        newest = tx.tickets.newest_open(customer_id, ticket_id) if customer_id else 0
        named = tx.tickets.get(newest) if newest else None
    else:
        named = tx.tickets.by_number(choice.value)
    found = hold_head(tx, living(tx, named), ticket_id).id if named else 0
    if found in (0, ticket_id) or tx.tickets.followers(ticket_id):
        tx.audit.add((trace(ctx, SYSTEM, "rule.failed", ticket_id, rule=choice.source, because="nothing-to-link"),))
        return 0, ""
    return found, f"linked: rule {choice.source}"
