"""When an automatic letter may leave: none between 20:00 and 08:00 at the customer's, and one of care only while the
desk works (DOMAIN 9)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from core.domain.calendar import BusinessCalendar, CalendarExhausted

QUIET_FROM, QUIET_TO = time(20), time(8)


def after_quiet_hours(now: datetime, zone: str) -> datetime:
    """``now``, or 08:00 at the customer's when it is between 20:00 and 08:00 there."""
    local = now.astimezone(ZoneInfo(zone))
    if QUIET_TO <= local.time() < QUIET_FROM:
        return now
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)


def in_working_hours(now: datetime, calendar: BusinessCalendar) -> datetime:
    """``now``, or the next instant at which the desk works and it is not night; the next day's morning where a calendar
    knows of no work."""
    begin = after_quiet_hours(now, calendar.zone)
    try:
        return after_quiet_hours(calendar.next_working(begin), calendar.zone)
    except CalendarExhausted:
        return after_quiet_hours(begin + timedelta(days=1), calendar.zone)
