"""Which filed mails somebody is told of at once: grave demands, and what could not be understood."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.filing import Filing
from core.domain.ledger import Stage
from core.domain.notice import NoticeEvent
from core.domain.ticket import OPEN_STATES
from huiying.flows.context import Context
from huiying.flows.ports import Transaction
from huiying.flows.tell import tell

GRAVE = "重大"
_TROUBLES = {Stage.QUARANTINED: NoticeEvent.QUARANTINED, Stage.SHUNTED: NoticeEvent.SHUNTED}


def alert(ctx: Context, tx: Transaction, filings: Sequence[Filing]) -> None:
    """Within the filing's transaction; for most mail there is nothing to write."""
    for filing in filings:
        ticket = filing.ticket or filing.changed
        if filing.stage in _TROUBLES:
            details = (("mail", str(filing.ledger_id)), ("because", filing.because.partition(":")[0]))
            event, id_ = _TROUBLES[filing.stage], ticket.id if ticket else 0
            tell(ctx, tx, event, f"mail:{filing.ledger_id}", ticket_id=id_, details=details)
        if (
            filing.ticket is not None
            and filing.ticket.fields.get("gravity") == GRAVE
            and filing.ticket.state in OPEN_STATES
        ):
            tell(ctx, tx, NoticeEvent.GRAVE, f"ticket:{filing.ticket.id}", ticket_id=filing.ticket.id)
