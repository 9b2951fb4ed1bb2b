"""What a customer's reply counts as beside its words (催单, thanks, assent), decided once: by the first rule that says
so, else by the reading. Everything that follows asks that word alone."""

from __future__ import annotations

from dataclasses import replace

from core.domain.decision import Decision
from core.domain.said import WANTS_NOTHING, Remark
from core.domain.ticket import Message
from rules.orders import QUIET, URGE, YES


def settle(message: Message, ruled: Decision | None) -> Message:
    """The message with it, and with the rule that decided."""
    remark, rule = _settled(message.said.remark, ruled)
    return replace(message, said=replace(message.said, remark=remark, remark_by=rule)) if rule else message


def _settled(read: Remark, ruled: Decision | None) -> tuple[Remark, str]:
    """``no`` takes back what was read."""
    rules = ruled.hits if ruled is not None else ()
    for hit in (one for one in rules if not one.trial and not one.error):
        for what, value in hit.sets:
            if what == URGE and what not in hit.overridden:
                return (Remark.URGES if value == YES else Remark.NONE if read is Remark.URGES else read), hit.id
            if what == QUIET and what not in hit.overridden:
                return (Remark.THANKS if value == YES else Remark.NONE if read in WANTS_NOTHING else read), hit.id
    return read, ""
