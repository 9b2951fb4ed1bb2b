"""When an automatic letter may leave: none between 20:00 and 08:00 at the customer's, and one of care only while the
desk works (DOMAIN 9)."""

from __future__ import annotations

from datetime import datetime, time, timedelta, timezone, tzinfo

from core.domain.calendar import BusinessCalendar, CalendarExhausted
from huiying.flows.ports import Transaction

QUIET_FROM, QUIET_TO = time(20), time(8)


def customers_zone(tx: Transaction, ticket_id: int, calendar: BusinessCalendar) -> tzinfo:
    """Where the customer is, as the clock of his first mail says; the calendar's zone where that agrees or says
    nothing."""
    first = tx.tickets.first_message(ticket_id)
    ahead = timedelta(minutes=first.said.offset) if first else timedelta()
    if first is None or not ahead or first.at.astimezone(calendar.tz).utcoffset() == ahead:
        return calendar.tz
    return timezone(ahead)


def after_quiet_hours(now: datetime, zone: tzinfo) -> datetime:
    """``now``, or 08:00 in that zone when it is between 20:00 and 08:00 there."""
    local = now.astimezone(zone)
    if QUIET_TO <= local.time() < QUIET_FROM:
        return now
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, tzinfo=zone).astimezone(now.tzinfo)


def in_working_hours(now: datetime, calendar: BusinessCalendar) -> datetime:
    """``now``, or the next instant at which the desk works and it is not night there; the next day's morning where a
    calendar knows of no work."""
    begin = after_quiet_hours(now, calendar.tz)
    try:
        return after_quiet_hours(calendar.next_working(begin), calendar.tz)
    except CalendarExhausted:
        return after_quiet_hours(begin + timedelta(days=1), calendar.tz)
