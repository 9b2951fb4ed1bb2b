"""Carries out what rules ordered about new tickets, once their rows are there."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.decision import Occasion
from core.domain.filing import Filing
from core.domain.ticket import OPEN_STATES
from huiying.flows.context import Context
from huiying.flows.orders import obey_orders
from huiying.flows.ports import Transaction
from huiying.flows.rule_timers import plan_rules


def obey_filed(ctx: Context, tx: Transaction, filings: Sequence[Filing]) -> None:
    """Within the filing's transaction; for most mail there is nothing to do."""
    for filing in filings:
        ticket, decision = filing.ticket or filing.changed, filing.decision
        if ticket is None or decision is None or ticket.state not in OPEN_STATES:
            continue
        if decision.occasion is Occasion.ARRIVAL and decision.hits:
            obey_orders(ctx, tx, ticket, decision)
        if filing.ticket is not None:
            plan_rules(ctx, tx, ticket.id, ticket.state, ticket.received)
