"""Writes a notice into the transaction of the event that people of the desk are told of."""

from __future__ import annotations

from core.domain.notice import Notice, NoticeEvent
from huiying.flows.context import Context
from huiying.flows.ports import Transaction


def tell(
    ctx: Context,
    tx: Transaction,
    event: NoticeEvent,
    subject: str,
    *,
    once: str = "",
    ticket_id: int = 0,
    details: tuple[tuple[str, str], ...] = (),
    to: tuple[str, ...] = (),
) -> None:
    """Once for each event, subject and ``once``, however often it is said. ``details`` are codes, numbers and instants
    (ISO 8601), never a customer's name, address or words; ``to`` overrides whom ``notify.yaml`` names."""
    key = key_of(event, subject, once)
    notice = Notice(
        id=ctx.ids(),
        event=event,
        key=key,
        at=ctx.now(),
        subject=subject,
        ticket_id=ticket_id,
        details=details,
        to=to,
    )
    tx.notices.add((notice,))


def key_of(event: NoticeEvent, subject: str, once: str) -> str:
    """By what a notice is known: it is told once for each."""
    return ":".join(part for part in (event.value, subject, once) if part)
