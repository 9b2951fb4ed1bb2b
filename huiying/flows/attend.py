"""碰撞提醒: a page says that its user looks at a ticket or writes an answer, and that it was closed."""

from __future__ import annotations

from datetime import timedelta

from core.domain.errors import NotPermitted
from core.domain.people import Permission, User
from core.domain.presence import Presence
from huiying.flows.change import ticket_named
from huiying.flows.context import Context

COUNTS = timedelta(seconds=55)
"""So long after its last word a page is taken for open: two words may be lost, and within a minute it is over."""


def attend(ctx: Context, number: str, user: User, page: int, *, writing: bool) -> None:
    """Only who could answer is seen: an auditor's reading holds nobody up. Raises ``NotFound``, ``NotPermitted``."""
    if not user.may(Permission.WORK_TICKETS):
        raise NotPermitted
    now = ctx.now()
    with ctx.store.write() as tx:
        ticket = ticket_named(tx, number)
        here = Presence(
            person=user.name, page=page, ticket_id=ticket.id,
            since=now, until=now + COUNTS, writing=now if writing else None,
        )  # fmt: skip
        news = tx.presences.stay(here)
    if news:
        ctx.wake.ring("changed")


def leave(ctx: Context, user: User, page: int) -> None:
    """The user's page was closed."""
    with ctx.store.write() as tx:
        news = tx.presences.leave(user.name, page)
    if news:
        ctx.wake.ring("changed")
