"""Originals and log lines that were kept long enough go at night, a step at a time; tickets and figures stay."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import OriginalGone
from core.domain.filing import AuditEntry
from core.domain.ledger import Stage
from core.domain.people import Role, User
from core.domain.retention import Removal, RetentionSettings, months_before
from core.domain.ticket import State
from huiying.flows.explain import explain
from huiying.flows.move import Move, move
from huiying.flows.remove_old import REMOVED, NightlyRemoval, remove_old, what_is_due
from huiying.flows.replay import replay, replay_all
from store import retention
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.LEAD, display="李")
NIGHT, DAY = timedelta(hours=17), timedelta(hours=2)
"""Past midnight in UTC: at one, and at ten, by the desk's clock."""


@pytest.fixture
def closed(office: Office) -> str:
    """A ticket that was closed, after somebody had looked at the address; a second one is open."""
    done, _ = office.bring(a_mail(), a_mail(mid="m2@example.cn"))
    move(office.ctx, done.number, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    looked = AuditEntry(
        id=office.ctx.ids(),
        at=office.ctx.now(),
        actor="li",
        action="contact.reveal",
        subject=f"ticket:{done.ticket_id}",
    )
    with office.ctx.store.write() as tx:
        tx.audit.add([looked])
    return done.number


@pytest.fixture
def nightly(office: Office) -> NightlyRemoval:
    """What looks since the service was first started."""
    nightly = NightlyRemoval(office.ctx)
    nightly.look()
    return nightly


def at(clock: FixedClock, months: int, hour: timedelta) -> None:
    clock.at = clock.at.replace(hour=0, minute=0) + timedelta(days=31 * months) + hour


def trail(office: Office) -> list[tuple[str, dict[str, str]]]:
    with office.ctx.store.read() as tx:
        return [
            (row.actor, dict(row.details)) for row in tx.views.audit("retention", "", 9).rows if row.action == REMOVED
        ]


def test_what_was_kept_long_enough_goes(office: Office, closed: str, clock: FixedClock) -> None:
    """Original and letter of the closed ticket, and the log; its words and numbers stay, and it says what is gone."""
    before, totals = office.ticket(closed), office.totals()
    clock.at += timedelta(days=35 * 30)
    assert what_is_due(office.ctx) == Removal()
    clock.at += timedelta(days=60)
    due = what_is_due(office.ctx)
    assert due == Removal(mails=1, letters=1, log=1)
    told: list[int] = []
    assert remove_old(office.ctx, "operator:x", told.append) == due and told[-1] == due.total
    assert what_is_due(office.ctx) == Removal() and office.totals() == totals
    after = office.ticket(closed)
    assert after.messages == before.messages and after.ticket == before.ticket
    assert [row.action for row in after.audit] == [row.action for row in before.audit if row.action != "contact.reveal"]
    [mail] = explain(office.ctx, closed)["mails"]
    assert mail["original_gone"] == clock.at.strftime("%Y-%m-%dT%H:%M:%S.000Z")
    with office.ctx.store.read() as tx, pytest.raises(OriginalGone):
        tx.ledger.raw(mail["id"])
    [line] = trail(office)
    assert line == ("operator:x", {kind: str(getattr(due, kind)) for kind in ("mails", "letters", "files", "log")})


def test_at_night_a_step_at_each_look(
    office: Office, closed: str, nightly: NightlyRemoval, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not by day; at the end the trail counts it, once; the next night there is nothing."""
    monkeypatch.setattr(retention, "ROWS", 2)
    clock.at = months_before(clock.at, -36) + timedelta(days=6)
    nightly.look()
    due = what_is_due(office.ctx)
    assert due.mails == 1
    at(clock, 0, NIGHT)
    nightly.look()
    assert what_is_due(office.ctx).total == due.total - 1
    for _ in range(20):
        nightly.look()
    assert what_is_due(office.ctx) == Removal()
    [line] = trail(office)
    assert line[0] == "system" and sum(map(int, line[1].values())) == due.total
    at(clock, 1, NIGHT)
    for _ in range(9):
        nightly.look()
    assert len(trail(office)) == 1


def test_the_morning_ends_the_night(office: Office, closed: str, nightly: NightlyRemoval, clock: FixedClock) -> None:
    """What is left waits for the next one; what went is counted."""
    at(clock, 37, NIGHT)
    nightly.look()
    clock.at += timedelta(hours=9)
    nightly.look()
    assert [line[1]["mails"] for line in trail(office)] == ["1"] and what_is_due(office.ctx).letters == 1
    clock.at += timedelta(hours=15)
    for _ in range(9):
        nightly.look()
    assert what_is_due(office.ctx) == Removal() and len(trail(office)) == 2


def test_where_no_machine_runs_at_night_it_is_done_by_day(
    office: Office, closed: str, nightly: NightlyRemoval, clock: FixedClock
) -> None:
    """What has been due for a week shows it."""
    clock.at = months_before(clock.at, -36) + timedelta(days=8)
    for _ in range(9):
        nightly.look()
    assert what_is_due(office.ctx) == Removal() and len(trail(office)) == 1


def test_nothing_goes_by_itself_in_the_first_week(office: Office, closed: str, clock: FixedClock) -> None:
    """Whoever upgrades an old desk may want other terms than those that ship."""
    at(clock, 37, NIGHT)
    nightly = NightlyRemoval(office.ctx)
    due = what_is_due(office.ctx)
    for days in (0, 6, 1):
        assert what_is_due(office.ctx) == due
        clock.at += timedelta(days=days)
        nightly.look()
    assert what_is_due(office.ctx) != due


def test_of_two_processes_one_does_it(office: Office, closed: str, nightly: NightlyRemoval, clock: FixedClock) -> None:
    """The other's night is over at once."""
    with office.ctx.store.write() as tx:
        other = tx.workers.register("test", 2, 1.0)
        assert tx.workers.lease("retention", other.id, 600)
    at(clock, 37, NIGHT)
    due = what_is_due(office.ctx)
    nightly.look()
    assert what_is_due(office.ctx) == due


def test_broken_off_it_is_noted_and_goes_on_the_next_time(office: Office, closed: str, clock: FixedClock) -> None:
    """What was taken stands in the trail; the rest is taken by doing it again."""
    at(clock, 37, DAY)
    due = what_is_due(office.ctx)

    def stop(done: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        remove_old(office.ctx, "operator:x", stop)
    assert trail(office)[0][1] == {"mails": "1", "letters": "0", "files": "0", "log": "0"}
    assert remove_old(office.ctx, "operator:x").total == due.total - 1


def test_the_desk_says_how_long(office: Office, closed: str, clock: FixedClock) -> None:
    """Original and log have terms of their own."""
    desk = replace(office.ctx.desk(), retention=RetentionSettings(mail_months=1, log_months=6))
    ctx = replace(office.ctx, desk=lambda: desk)
    clock.at += timedelta(days=40)
    due = what_is_due(ctx)
    assert (due.mails, due.log) == (1, 0)


def test_a_mail_in_trouble_whose_original_is_gone(office: Office, closed: str, clock: FixedClock) -> None:
    """It is not tried again, alone or with all the others."""
    [row] = office.ticket(closed).ledger
    with office.ctx.store.write() as tx:
        tx.ledger.set_stage(row.id, Stage.SHUNTED, "file")
    at(clock, 37, DAY)
    assert remove_old(office.ctx, "operator:x").mails == 1
    with pytest.raises(OriginalGone, match="保存期限"):
        replay(office.ctx, row.id, "li")
    assert replay_all(office.ctx, "li") == 0
