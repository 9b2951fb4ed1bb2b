"""When an automatic letter may leave: none between 20:00 and 08:00 at the customer's (DOMAIN 9)."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

QUIET_FROM, QUIET_TO = time(20), time(8)


def after_quiet_hours(now: datetime, zone: str) -> datetime:
    """``now``, or 08:00 at the customer's when it is between 20:00 and 08:00 there."""
    local = now.astimezone(ZoneInfo(zone))
    if QUIET_TO <= local.time() < QUIET_FROM:
        return now
    day = local.date() if local.time() < QUIET_TO else local.date() + timedelta(days=1)
    return datetime.combine(day, QUIET_TO, tzinfo=ZoneInfo(zone)).astimezone(now.tzinfo)
