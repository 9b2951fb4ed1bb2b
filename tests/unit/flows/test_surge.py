"""When many demands of one type are a surge, and when they are a usual day."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.domain.views import FiledTypes
from huiying.flows.surge import Surge, judge_surges

BEGIN = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)


def filed(before: timedelta, **counts: int) -> FiledTypes:
    return FiledTypes(counts=tuple(counts.items()), oldest=BEGIN - before if counts else None)


WEEK = filed(timedelta(days=7), fault=504, praise=2016)
"""Half a fault and two praises in ten minutes."""


def test_far_more_than_usual_is_a_surge():
    """Told with what is usual; what is merely busy is not."""
    new = filed(timedelta(), praise=9, fault=25)
    assert judge_surges(new, WEEK, BEGIN) == (Surge(type="fault", count=25, usual=0.5),)


def test_few_are_none_however_rare():
    """Nineteen may be chance."""
    assert judge_surges(filed(timedelta(), fault=19), WEEK, BEGIN) == ()


def test_many_are_none_where_many_are_usual():
    """Five times the mean is the least."""
    busy = filed(timedelta(hours=10), fault=600)
    assert judge_surges(filed(timedelta(), fault=49), busy, BEGIN) == ()
    assert judge_surges(filed(timedelta(), fault=50), busy, BEGIN) != ()


def test_a_new_desk_knows_nothing_usual():
    """Its first mails are no alarm, nor are those that nobody could type."""
    new = filed(timedelta(), fault=400)
    assert judge_surges(new, FiledTypes(), BEGIN) == ()
    assert judge_surges(new, filed(timedelta(days=1), fault=19), BEGIN) == ()
    assert judge_surges(FiledTypes(counts=(("", 400),), oldest=BEGIN), WEEK, BEGIN) == ()
