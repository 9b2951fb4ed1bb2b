"""The figures of a period, from what really happened at a desk."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest

from core.domain.errors import BadInput
from core.domain.people import Role, User
from core.domain.period import PeriodKind, period_of
from core.domain.ticket import State
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.correct import confirm, correct
from huiying.flows.figure_kinds import BY_KEY
from huiying.flows.is_spam import is_spam
from huiying.flows.move import Move, move, undo_move
from huiying.flows.report import Figure, behind, headline, report, steps
from huiying.flows.report_words import figure_words, report_json
from huiying.flows.tick import tick
from huiying.flows.vote import Ballot, vote_by_call
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT, display="李")
ZHAO = User(id=2, name="zhao", role=Role.LEAD)
WEEK = period_of(PeriodKind.WEEK, date(2026, 3, 5))


def come(office: Office, count: int) -> list[str]:
    """The numbers of so many new tickets, each of another customer."""
    rows = office.bring(*(a_mail(mid=f"r{n}@example.cn", sender=f"c{n}@example.cn") for n in range(count)))
    return [row.number for row in rows]


def resolve(office: Office, clock: FixedClock, number: str) -> None:
    answer(office.ctx, number, LI, Draft(text="您好！\n\n已经修好，请您再试一次。", then=State.RESOLVED))
    clock.at += UNDO
    office.work()


def told(figures: tuple[Figure, ...]) -> dict[str, tuple[float | None, int | None]]:
    return {figure.kind.key: (figure.value, figure.of) for figure in figures}


@pytest.mark.slow
def test_a_week_at_the_desk(office: Office, clock: FixedClock) -> None:
    """One ticket solved at once, one after a second treatment, one late and unanswered, one that was spam."""
    good, twice, late, spam = come(office, 4)
    arrived = clock.at
    is_spam(office.ctx, spam, LI)
    confirm(office.ctx, good, "li")
    correct(office.ctx, late, {"type": "投诉"}, "li")
    clock.at += timedelta(minutes=5)
    for number in (good, twice):
        resolve(office, clock, number)
    answered = clock.at
    vote_by_call(office.ctx, good, LI, Ballot(satisfied=True, marks={"solution": 5, "efficiency": 4}))
    vote_by_call(office.ctx, twice, LI, Ballot(satisfied=False, marks={"solution": 2}))
    resolve(office, clock, twice)
    move(office.ctx, twice, LI, Move(to=State.CLOSED))
    clock.at = arrived + timedelta(hours=20)
    seconds = (answered - UNDO / 2 - arrived).total_seconds()
    expected: dict[str, tuple[float | None, int | None]] = {
        "received": (3, None),
        "closed": (2, None),
        "response_on_time": (2, 3),
        "resolution_rate": (2, 3),
        "first_time_resolution": (1, 2),
        "second_treatment_rate": (1, 2),
        "satisfaction": (3.25, 2),
        "satisfied_share": (1, 2),
        "answered_share": (2, 2),
        "complaint_rate": (1, 3),
        "complaints_on_time": (None, 0),
        "first_response_mean": (seconds, 2),
        "first_response_median": (seconds, 2),
        "agreement": (1, 2),
        "backlog": (1, None),
    }
    values = told(report(office.ctx, WEEK).figures)
    assert {key: values[key] for key in expected} == expected
    assert [number for number, _ in tickets(office, "first_time_resolution")] == [twice, good]
    assert dict(tickets(office, "response_on_time")) == {good: 1, twice: 1, late: 0}
    assert told(headline(office.ctx, WEEK)) == values


def tickets(office: Office, key: str) -> list[tuple[str, float]]:
    page = behind(office.ctx, WEEK, key, page="", limit=50)
    return [(row.number, row.counted) for row in page.rows]


@pytest.mark.slow
def test_a_closed_ticket_that_was_worked_on_again_was_not_solved_the_first_time(
    office: Office, clock: FixedClock
) -> None:
    """By the customer's reply, by an agent's word, or by an agent who moves it back; undoing a slip is none of that."""
    replied, written, moved, plain, slip = come(office, 5)
    for number in (replied, written, moved, plain, slip):
        resolve(office, clock, number)
    office.bring(a_mail(mid="again@example.cn", sender="c0@example.cn", reply_to=["r0@example.cn"], body="还是不行。"))
    assert office.ticket(replied).ticket.state is State.OPEN
    answer(office.ctx, written, LI, Draft(text="您好！\n\n我们还在核对一处细节。", then=State.OPEN, sure=True))
    clock.at += UNDO
    office.work()
    move(office.ctx, moved, ZHAO, Move(to=State.OPEN, reason="复查"))
    for number in (replied, written, moved):
        resolve(office, clock, number)
    for number in (replied, written, moved, plain, slip):
        move(office.ctx, number, ZHAO, Move(to=State.CLOSED))
    move(office.ctx, slip, ZHAO, Move(to=State.OPEN))
    undo_move(office.ctx, slip, ZHAO)
    assert dict(tickets(office, "first_time_resolution")) == {replied: 0, written: 0, moved: 0, plain: 1, slip: 1}
    move(office.ctx, slip, ZHAO, Move(to=State.OPEN))
    resolve(office, clock, slip)
    move(office.ctx, slip, ZHAO, Move(to=State.CLOSED))
    assert dict(tickets(office, "first_time_resolution"))[slip] == 0


@pytest.mark.slow
def test_only_who_was_asked_could_have_voted(office: Office, clock: FixedClock) -> None:
    """By the result's letter, by the reminder, or the silence that closed it; a word on the telephone asks nobody."""
    by_hand, written, reminded, silent = come(office, 4)
    for number in (by_hand, reminded, silent):
        move(office.ctx, number, LI, Move(to=State.RESOLVED, reason="电话中已解决"))
    resolve(office, clock, written)
    for number in (by_hand, written):
        move(office.ctx, number, ZHAO, Move(to=State.CLOSED))
    assert tickets(office, "answered_share") == [(written, 0)]
    for hours in range(0, 24 * 8, 12):
        clock.at += timedelta(hours=12)
        tick(office.ctx)
        office.work()
        if hours == 36:
            move(office.ctx, reminded, ZHAO, Move(to=State.CLOSED))
    page = behind(office.ctx, period_of(PeriodKind.MONTH, date(2026, 3, 5)), "answered_share", page="", limit=50)
    assert {row.number: row.counted for row in page.rows} == {written: 0, reminded: 0, silent: 0}


@pytest.mark.slow
def test_figures_are_told_for_each_team_and_agent(office: Office, clock: FixedClock) -> None:
    """The busiest first, nobody's last; together they are the desk's."""
    mine, _ = come(office, 2)
    resolve(office, clock, mine)
    found = report(office.ctx, WEEK)
    assert [name for name, _ in found.agents] == ["li", ""]
    assert [told(figures)["received"] for _, figures in found.agents] == [(1, None), (1, None)]
    assert sum(told(figures)["received"][0] or 0 for _, figures in found.teams) == 2
    [row] = behind(office.ctx, WEEK, "received", having={"agent": "li"}, page="", limit=50).rows
    assert row.number == mine


@pytest.mark.slow
def test_a_period_is_told_part_by_part(office: Office, clock: FixedClock) -> None:
    """Each day of the week with what came, what was closed and which first responses were owed."""
    answered, _ = come(office, 2)
    resolve(office, clock, answered)
    clock.at += timedelta(days=1)
    move(office.ctx, answered, ZHAO, Move(to=State.CLOSED))
    office.bring(a_mail(mid="later@example.cn", sender="x@example.cn"))
    clock.at += timedelta(days=1)
    days = [(one.part.first.day, one.received, one.closed, one.due, one.on_time) for one in steps(office.ctx, WEEK)]
    assert [day for day in days if any(day[1:])] == [(5, 2, 0, 2, 1), (6, 1, 1, 1, 0)] and len(days) == 7


def test_a_period_without_anything_is_empty(office: Office) -> None:
    """Counts are 0, shares and means are unknown, and nothing divides by nothing."""
    before = report(office.ctx, WEEK.earlier)
    assert before.is_empty and not before.teams
    shown = {figure.kind.key: figure_words(figure, "zh-CN") for figure in before.figures}
    assert (shown["received"], shown["response_on_time"], shown["satisfaction"]) == ("0", "–", "–")
    json = report_json(before, office.ctx.desk(), "en")
    unknown = {one["key"] for one in json["figures"] if one["value"] is None and one["share"] is None}
    assert unknown == {*BY_KEY} - {"received", "closed", "overdue", "backlog"}
    assert (json["by_team"], json["overdue"]) == ([], [])
    come(office, 1)
    assert report(office.ctx, WEEK.earlier).is_empty and not report(office.ctx, WEEK).is_empty


def test_a_report_as_plain_values(office: Office, clock: FixedClock) -> None:
    """Every figure with its label in the reader's language; volumes with the taxonomy's labels."""
    come(office, 1)
    clock.at += timedelta(days=1)
    json = report_json(report(office.ctx, WEEK), office.ctx.desk(), "en")
    assert json["period"] == {"kind": "week", "from": "2026-03-02", "to": "2026-03-08", "zone": "Asia/Shanghai"}
    assert [one["key"] for one in json["figures"]] == list(BY_KEY)
    assert json["volumes"]["type"][0] | {"label": ""} == {"value": "问题反馈", "label": "", "count": 1, "share": 1}
    assert {one["clock"] for one in json["overdue"]} >= {"first_response"}
    assert json["backlog"]["by_age"] == [{"days": 1, "count": 1}]


def test_a_figure_that_there_is_not_is_refused(office: Office) -> None:
    """With the names of those that there are."""
    with pytest.raises(BadInput, match="response_on_time"):
        behind(office.ctx, WEEK, "nonsense", page="", limit=5)


def test_the_zone_of_the_calendar_decides_where_a_day_begins(office: Office, clock: FixedClock) -> None:
    """A mail at 00:30 in Shanghai belongs to that day, though it is the day before in UTC."""
    clock.at = datetime.fromisoformat("2026-03-06T00:30:00+08:00")
    come(office, 1)
    days = [report(office.ctx, period_of(PeriodKind.DAY, date(2026, 3, day))) for day in (5, 6)]
    assert [told(one.figures)["received"][0] for one in days] == [0, 1]
