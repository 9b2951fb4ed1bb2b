"""Which filed mails somebody is told of at once: grave demands, urgent ones of VIPs, what could not be understood."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.filing import Filing
from core.domain.ledger import Stage
from core.domain.notice import NoticeEvent
from core.domain.ticket import OPEN_STATES
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.tell import tell

GRAVE, VIP, URGENT = "重大", "VIP", "紧急"
_TROUBLES = {Stage.QUARANTINED: NoticeEvent.QUARANTINED, Stage.SHUNTED: NoticeEvent.SHUNTED}


def alert(ctx: Context, tx: Transaction, filings: Sequence[Filing]) -> None:
    """Within the filing's transaction; for most mail there is nothing to write."""
    for filing in filings:
        ticket = filing.ticket or filing.changed
        if filing.stage in _TROUBLES:
            details = (("mail", str(filing.ledger_id)), ("because", filing.because.partition(":")[0]))
            event, id_ = _TROUBLES[filing.stage], ticket.id if ticket else 0
            tell(ctx, tx, event, f"mail:{filing.ledger_id}", ticket_id=id_, details=details)
        event_of = _pressing(filing)
        if event_of is not None and filing.ticket is not None:
            tell(ctx, tx, event_of, f"ticket:{filing.ticket.id}", ticket_id=filing.ticket.id)


def _pressing(filing: Filing) -> NoticeEvent | None:
    """What the lead hears of a new ticket on its arrival (DOMAIN 6 and A11)."""
    if filing.ticket is None or filing.ticket.state not in OPEN_STATES:
        return None
    if filing.ticket.fields.get("gravity") == GRAVE:
        return NoticeEvent.GRAVE
    of_vip = filing.decision is not None and filing.decision.facts.level == VIP
    return NoticeEvent.VIP if of_vip and filing.ticket.fields.get("urgency") == URGENT else None
