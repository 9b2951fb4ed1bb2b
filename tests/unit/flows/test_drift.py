"""What changed from week to week is said in words, when it is no noise."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.learning import WeekFigures
from core.domain.suggestion import FieldSuggestion, Suggestion
from core.domain.taxonomy import Taxonomy, Value
from huiying.flows.drift import alarms, figures, week_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
TAXONOMY = Taxonomy(fields={"type": (Value(key="咨询", english="inquiry"),)}, defaults={})
MONDAY = datetime(2026, 3, 1, 17, tzinfo=UTC)
"""One o'clock in the night to Monday in Shanghai."""


def a_week(number, *, suggested=100, accepted=60, known=95.0, judged=100, agreed=90):
    return WeekFigures(
        week=f"2026-W{number:02d}", suggested=suggested, accepted=accepted, known=known, judged=judged, agreed=agreed
    )


EARLIER = [a_week(n) for n in (9, 8, 7)]


def test_steady_weeks_are_no_news():
    """Nor is a single week, an empty one, or a week that is a little worse."""
    assert alarms([a_week(10), *EARLIER]) == ()
    assert alarms([a_week(10, accepted=54, agreed=84), *EARLIER]) == ()
    assert alarms([a_week(10)]) == () == alarms([])


@pytest.mark.parametrize(
    ("worse", "code", "words"),
    [
        ({"accepted": 30}, "drift-accepted", "60% 降到 30%"),
        ({"agreed": 60}, "drift-agreement", "90% 降到 60%"),
        ({"known": 70.0}, "drift-unseen", "5% 升到 30%"),
    ],
)
def test_what_got_worse_is_said_in_words(worse, code, words):
    """With the figure before and now, in both languages."""
    (drift,) = alarms([a_week(10, **worse), *EARLIER])
    assert (drift.code, drift.week) == (code, "2026-W10")
    assert words in drift.words("zh-CN")
    assert "look at the model" in drift.words("en") or "something new" in drift.words("en")


def test_what_got_better_is_no_alarm():
    """More accepted, more agreement, fewer unknown words."""
    assert alarms([a_week(10, accepted=95, agreed=100, known=100.0), *EARLIER]) == ()


def test_a_week_that_has_only_begun_waits_for_more():
    """Ten messages say nothing: the week before is looked at, and older ones are past."""
    begun = a_week(11, suggested=10, accepted=0, judged=2, agreed=0)
    (drift,) = alarms([begun, a_week(10, accepted=30), *EARLIER])
    assert drift.week == "2026-W10"
    assert alarms([begun, a_week(10, suggested=10, accepted=0), a_week(9, accepted=30), *EARLIER[1:]]) == ()


def test_weeks_begin_on_the_desks_monday():
    """As its calendar has them, not as UTC does."""
    assert week_of(MONDAY, SHANGHAI) == "2026-W10"
    assert week_of(MONDAY, ZoneInfo("UTC")) == "2026-W09"


def test_figures_count_what_was_suggested_and_judged():
    """An abstention counts as suggested by a model that knew little; a message without a model does not; a label
    agrees by the taxonomy's names."""
    sure = Suggestion(
        model="m", fields={"type": FieldSuggestion(value="咨询", confidence=0.9, accepted=True)}, known=0.8
    )
    silent = Suggestion(model="m", because="unknown words", known=0.1)
    none = Suggestion(model="", because="no model")
    made = [(1, MONDAY, sure), (2, MONDAY, silent), (3, MONDAY, none)]
    said = [
        (4, MONDAY, {"type": "inquiry", "team": "x"}, sure),
        (5, MONDAY, {"type": "投诉"}, sure),
        (6, MONDAY, {}, sure),
    ]
    (week,) = figures(made, said, TAXONOMY, SHANGHAI).values()
    assert (week.week, week.suggested, week.accepted, week.judged, week.agreed) == ("2026-W10", 2, 1, 2, 1)
    assert week.accepted_share == 0.5 and week.agreement == 0.5 and week.unseen == pytest.approx(0.55)
    assert WeekFigures(week="x").unseen is None
