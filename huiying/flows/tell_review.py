"""Tells the admins once a week, in working time, which rules want a look; a week without any says nothing."""

from __future__ import annotations

from core.domain.notice import NoticeEvent
from huiying.flows.context import Context
from huiying.flows.review_rules import review_rules
from huiying.flows.tell import key_of, tell

NAMED = 5
"""So many rules are named; the page has the rest."""


class WeeklyLook:
    """Looks at the rule book at most once a week in a process; among several processes one tells."""

    def __init__(self, ctx: Context) -> None:
        self._ctx = ctx
        self._looked = ""

    def look(self) -> int:
        """Whether the admins were told just now, as 0 or 1."""
        ctx, desk = self._ctx, self._ctx.desk()
        now = ctx.now()
        year, week, _ = now.astimezone(desk.calendar.tz).isocalendar()
        this = f"rules:{year}-W{week:02}"
        if self._looked == this or not desk.calendar.is_working(now):
            return 0
        with ctx.store.read() as tx:
            known = tx.notices.known(key_of(NoticeEvent.REVIEW, this, ""))
        remarks = () if known else review_rules(ctx, desk)
        self._looked = this
        if not remarks:
            return 0
        rules = tuple(dict.fromkeys(one.rule for one in remarks))
        named = ", ".join(rules[:NAMED]) + (" …" if len(rules) > NAMED else "")
        with ctx.store.write() as tx:
            details = (("remarks", str(len(remarks))), ("rules", named))
            tell(ctx, tx, NoticeEvent.REVIEW, this, details=details)
        ctx.wake.ring("notices")
        return 1
