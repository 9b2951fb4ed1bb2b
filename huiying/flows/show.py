"""Shows one ticket as plain values: its fields, messages, due times; contact data masked."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from core.domain.errors import NotFound
from core.domain.said import Remark, Said
from core.domain.ticket import Message
from core.text.mask import mask_address
from huiying.flows.analyse import analysis_json
from huiying.flows.context import Context
from huiying.flows.quadrant import quadrant_of


def show(ctx: Context, number: str) -> dict[str, Any]:
    """What the command ``show`` prints. Raises ``NotFound``."""
    with ctx.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    ticket = detail.ticket
    return {
        "number": ticket.number,
        "state": ticket.state.value,
        "subject": ticket.subject,
        "customer": detail.customer.name if detail.customer else "",
        "level": detail.customer.level if detail.customer else None,
        "mailbox": ticket.mailbox,
        "language": ticket.language,
        "received": _iso(ticket.received),
        "fields": ctx.desk().taxonomy.today(ticket.fields),
        "quadrant": quadrant_of(ctx.desk().taxonomy, detail),
        "analysis": analysis_json(detail.analysis),
        "decided_by": dict(ticket.decided_by),
        "confirmed": ticket.confirmed,
        "stub": ticket.stub,
        "gist": ticket.gist,
        "gist_by": ticket.gist_by or None,
        "maybe_copy": bool(ticket.maybe_copy_of),
        "next_due": _iso(ticket.next_due),
        "next_clock": ticket.next_clock or None,
        "promises": [{"clock": p.clock.value, "due": _iso(p.due), "state": p.state.value} for p in detail.promises],
        "merged": [one.number for one in detail.merged],
        "merged_into": detail.into or None,
        "messages": [_message(m) for m in detail.conversation],
    }


def _message(message: Message) -> dict[str, Any]:
    return {
        "id": str(message.id),
        "at": _iso(message.at),
        "direction": message.direction.value,
        "from": mask_address(message.sender.address) if message.sender else None,
        "subject": message.subject,
        "text": message.text,
        "attachments": [
            {"part": a.part, "name": a.name, "type": a.type, "sniffed": a.sniffed, "size": a.size, "inline": a.inline}
            for a in message.attachments
        ],
        "protection": [one.value for one in message.protection],
        "verdict": message.verdict,
        "silent": message.silent_because or None,
        "said": said_json(message.said),
    }


def said_json(said: Said) -> dict[str, Any]:
    """What the text says, as far as it does."""
    asked = said.deadline
    return {
        "remark": None if said.remark is Remark.NONE else said.remark.value,
        "remark_by": said.remark_by or None,
        "orders": list(said.orders),
        "products": list(said.products),
        "phones": list(said.phones),
        "deadline": {"at": _iso(asked.at), "words": asked.words, "start": asked.start, "end": asked.end}
        if asked
        else None,
        "goal": said.goal or None,
        "background": said.background or None,
        "happened": said.happened or None,
    }


def _iso(instant: datetime | None) -> str | None:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ") if instant else None
