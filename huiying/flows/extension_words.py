"""What to look at in an extension before its letter goes: the reason is told to the customer in these very words."""

from __future__ import annotations

from datetime import datetime

from huiying.flows.desk import Desk
from responder.phrases import Level
from responder.promises import on_duty
from responder.wording_check import Finding, LetterFacts, check_wording


def look_at(desk: Desk, number: str, reason: str, wanted: datetime) -> tuple[Finding, ...]:
    """As in an agent's letter, without what is asked of a whole one; the lead is the second person."""
    found = check_wording(reason, LetterFacts(number=number), desk.phrases, commitments=(), calendar=desk.calendar)
    named = on_duty(wanted, desk.calendar, desk.policy)
    if named == wanted:
        return found
    at = f"{named.astimezone(desk.calendar.tz):%m-%d %H:%M}"
    return (*found, Finding(
        code="off-duty", level=Level.WARN, at=-1, words="", zh=f"新的时间没有人上班，信里写 {at}",
        en=f"nobody works at the new time: the letter names {at}",
    ))  # fmt: skip
