"""What the clock does by itself: warn, tell the customer, ask an agent; each once."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.notice import Notice, NoticeEvent
from core.domain.people import Role, User
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import State
from huiying.flows.answer import log_call
from huiying.flows.move import Move, move
from huiying.flows.tick import tick
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock

SHANGHAI = ZoneInfo("Asia/Shanghai")
AMY = User(id=1, name="amy", role=Role.LEAD)


@pytest.fixture
def number(office: Office) -> str:
    """A calm question; its first update is due after three working days."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    return row.number


def promises(office: Office, number: str, clock: Clock) -> list[Promise]:
    return sorted((p for p in office.ticket(number).promises if p.clock is clock), key=lambda p: p.id)


def trail(office: Office, number: str, clock: Clock) -> list[str]:
    found = [e for e in office.ticket(number).audit if ("clock", clock.value) in e.details]
    return [e.action for e in sorted(found, key=lambda e: e.id)]


def pass_to(office: Office, clock: FixedClock, instant) -> None:
    """Time passes minute by minute only where something is due: the ticks between have nothing to do."""
    clock.at = instant
    while tick(office.ctx):
        pass


class TestWarnings:
    def test_each_share_warns_once(self, office: Office, number: str, clock: FixedClock) -> None:
        """75, 100 and 150 % of the first response leave one line each, whatever the ticks between."""
        [promise] = promises(office, number, Clock.FIRST_RESPONSE)
        span = promise.due - promise.started
        steps = [0.5, 0.74, 0.76, 0.9, 1.0, 1.2, 1.4, 1.6, 3.0]
        seen = []
        for step in steps:
            pass_to(office, clock, promise.started + span * step)
            seen.append(len(trail(office, number, Clock.FIRST_RESPONSE)))
        assert seen[0] == 0 and seen[-1] == 3 and seen == sorted(seen)
        assert trail(office, number, Clock.FIRST_RESPONSE) == [
            "promise.warned", "promise.overdue", "promise.escalated",
        ]  # fmt: skip
        [after] = promises(office, number, Clock.FIRST_RESPONSE)
        assert after.warned == 3 and after.warn_at is None

    def test_nothing_due_costs_nothing(self, office: Office, number: str) -> None:
        """A tick with nothing due writes nothing."""
        assert tick(office.ctx) == 0

    def test_a_closed_tickets_clocks_end(self, office: Office, number: str, clock: FixedClock) -> None:
        """What is due on a ticket that is no longer open is cancelled in silence."""
        with office.ctx.store.write() as tx:
            ticket = tx.tickets.by_number(number)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=State.RESOLVED))
        clock.advance(days=10)
        while tick(office.ctx):
            pass
        detail = office.ticket(number)
        assert {p.state for p in detail.promises} == {PromiseState.KEPT, PromiseState.CANCELLED}
        assert len(detail.letters) == 1


class TestUpdates:
    def test_the_update_goes_out_when_it_is_due(self, office: Office, number: str, clock: FixedClock) -> None:
        """One progress letter, the promise kept, and the next update promised from then."""
        [promise] = promises(office, number, Clock.NEXT_UPDATE)
        pass_to(office, clock, promise.due)
        office.work()
        first, second = promises(office, number, Clock.NEXT_UPDATE)
        assert first.state is PromiseState.KEPT and second.state is PromiseState.RUNNING
        assert second.due > promise.due and second.cause.startswith("update:")
        assert [(letter.kind, letter.state) for letter in office.ticket(number).letters] == [
            ("acknowledgement", "sent"),
            ("progress", "sent"),
        ]

    def test_two_a_day_and_then_an_agent_is_asked(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """A complaint on rapid-7x24, updates every 4 hours: letters at 12:00 and 16:00; at 20:00 nobody writes, an
        agent is asked."""
        desk = desk_with_mailbox()
        office = Office(
            worker_context(sqlite_store, keys, clock, desk=replace(desk, policy=desk.policies["rapid-7x24"]))
        )
        clock.at = datetime(2026, 3, 5, 8, 0, tzinfo=SHANGHAI)
        [row] = office.bring(a_mail(subject="投诉", body="我要投诉：你们的服务太差了，三天没有人处理。"))
        for _ in range(14):
            clock.advance(hours=2)
            while tick(office.ctx):
                pass
            office.work()
        letters = [x for x in office.ticket(row.number).letters if x.kind == "progress" and x.sent]
        assert [x.sent.astimezone(SHANGHAI).hour for x in letters if x.sent] == [12, 16]
        assert "update.asked" in [line.action for line in office.ticket(row.number).audit]

    def test_at_night_it_waits_until_eight(self, office: Office, clock: FixedClock) -> None:
        """A due time at night is met at eight in the customer's morning."""
        [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
        [promise] = promises(office, row.number, Clock.NEXT_UPDATE)
        night = (promise.due + timedelta(days=1)).replace(hour=18)
        pass_to(office, clock, night)
        [letter] = [x for x in office.ticket(row.number).letters if x.kind == "progress"]
        assert letter.not_before.hour == 0 and letter.not_before > night
        office.work()
        assert [x.state for x in office.ticket(row.number).letters if x.kind == "progress"] == ["queued"]
        clock.at = letter.not_before
        office.work()
        assert [x.state for x in office.ticket(row.number).letters if x.kind == "progress"] == ["sent"]

    @pytest.mark.parametrize(("zone", "headers", "due", "leaves"), [
        ("+0800", (), 18, "00:00"), ("+0100", (), 18, "18:00"), ("+0100", (), 3, "07:00"), ("-0500", (), 10, "13:00"),
        ("+0000", (), 18, "00:00"), ("-0500", ("Reply-To: wang@example.cn",), 10, "13:00"),
        ("-0500", ("Reply-To: else@example.cn",), 10, "10:00"),
    ])  # fmt: skip
    def test_night_is_the_customers(
        self, office: Office, clock: FixedClock, zone: str, headers: tuple[str, ...], due: int, leaves: str
    ) -> None:
        """By the clock of his own mail; where it says UTC, or a form's server wrote it, by the desk's calendar. At two
        in Shanghai's morning it is seven in Berlin's evening, at six in its evening five in Boston's morning."""
        [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？", zone=zone, headers=headers))
        [promise] = promises(office, row.number, Clock.NEXT_UPDATE)
        pass_to(office, clock, (promise.due + timedelta(days=1)).replace(hour=due))
        [letter] = [x for x in office.ticket(row.number).letters if x.kind == "progress"]
        assert f"{letter.not_before:%H:%M}" == leaves
        clock.at = letter.not_before
        office.work()
        assert [x.state for x in office.ticket(row.number).letters if x.kind == "progress"] == ["sent"]

    def test_at_night_an_agent_is_asked_too(self, office: Office, number: str, clock: FixedClock) -> None:
        """Once, with the reason; a time that nobody kept before the morning is missed."""
        [promise] = promises(office, number, Clock.NEXT_UPDATE)
        pass_to(office, clock, (promise.due + timedelta(days=1)).replace(hour=18))
        asked = [e for e in office.ticket(number).audit if e.action == "update.asked"]
        assert [dict(e.details)["because"] for e in asked] == ["night"]
        assert [p.state for p in promises(office, number, Clock.NEXT_UPDATE)] == [
            PromiseState.MISSED, PromiseState.RUNNING,
        ]  # fmt: skip

    @pytest.mark.parametrize("ends", ["call", "closed", "waits"])
    def test_what_waits_for_the_morning_is_overtaken_by_a_person(
        self, office: Office, number: str, clock: FixedClock, ends: str
    ) -> None:
        """Nobody hears that there is no news after he was called, while he is asked, or when the matter is over."""
        [promise] = promises(office, number, Clock.NEXT_UPDATE)
        pass_to(office, clock, (promise.due + timedelta(days=1)).replace(hour=18))
        clock.advance(minutes=10)
        if ends == "call":
            log_call(office.ctx, number, AMY, "reached", "说清楚了")
        else:
            state = State.WITHDRAWN if ends == "closed" else State.WAITING_CUSTOMER
            move(office.ctx, number, AMY, Move(to=state, reason="客户撤回"))
        clock.advance(hours=7)
        office.work()
        [letter] = [x for x in office.ticket(number).letters if x.kind == "progress"]
        assert (letter.state, letter.answer) == ("cancelled", "answered")

    @pytest.mark.slow
    def test_above_the_cap_the_letter_waits_for_the_next_allowed_hour(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """Told at 12:00 and 16:00; the third waits, an agent is asked once, and a day after the first it leaves."""
        desk = desk_with_mailbox()
        desk = replace(desk, policy=desk.policies["rapid-7x24"])
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
        clock.at = datetime(2026, 3, 5, 8, 0, tzinfo=SHANGHAI)
        [row] = office.bring(a_mail(subject="投诉", body="我要投诉：你们的服务太差了，三天没有人处理。"))
        for _ in range(30):
            clock.advance(hours=1)
            pass_to(office, clock, clock.at)
            office.work()
        sent = [x.sent for x in office.ticket(row.number).letters if x.kind == "progress" and x.sent]
        assert [f"{at.astimezone(SHANGHAI):%d %H}" for at in sent] == ["05 12", "05 16", "06 13"]
        asked = [e for e in office.ticket(row.number).audit if e.action == "update.asked"]
        assert [dict(e.details)["because"] for e in asked] == ["cap-day"]

    def test_two_a_day_are_enough(self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
        """A complaint served day and night is told every four hours; the third time within a day asks an agent."""
        desk = desk_with_mailbox()
        desk = replace(desk, policy=desk.policies["rapid-7x24"])
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
        [row] = office.bring(a_mail(subject="投诉", body="我要投诉，没人处理，非常不满"))
        for _ in range(3):
            [running] = [p for p in promises(office, row.number, Clock.NEXT_UPDATE) if p.state is PromiseState.RUNNING]
            pass_to(office, clock, running.due)
        told = [line for line in trail(office, row.number, Clock.NEXT_UPDATE) if line.startswith("update.")]
        assert told == ["update.queued", "update.queued", "update.asked"]

    def test_with_letters_off_an_agent_is_asked(self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
        """No letter may go: the trail asks, once."""
        desk = with_letters(desk_with_mailbox(), LettersMode.OFF)
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
        [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
        [promise] = promises(office, row.number, Clock.NEXT_UPDATE)
        pass_to(office, clock, promise.due)
        pass_to(office, clock, promise.due + timedelta(days=3))
        assert trail(office, row.number, Clock.NEXT_UPDATE) == ["update.asked"]
        assert office.letters() == ()


def test_one_promise_that_cannot_be_handled_stops_no_other(
    office: Office, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Our bug on one promise: it is set aside with a line in the trail, the others are told."""
    rows = office.bring(
        a_mail(subject="甲", body="请问你们周六上班吗？"),
        a_mail(subject="乙", body="请问你们周日上班吗？", mid="m2@x.example", sender="b@x.example"),
    )
    from huiying.flows import tick as flow

    broken = office.ticket(rows[0].number).ticket.id
    real = flow._handle

    def handle(ctx, tx, promise):
        if promise.ticket_id == broken:
            raise RuntimeError("our bug")
        real(ctx, tx, promise)

    monkeypatch.setattr(flow, "_handle", handle)
    clock.advance(days=10)
    while tick(office.ctx):
        pass
    assert set(trail(office, rows[0].number, Clock.NEXT_UPDATE)) == {"promise.failed"}
    assert "update.queued" in trail(office, rows[1].number, Clock.NEXT_UPDATE)


class TestWhoIsTold:
    def test_each_warning_is_one_notice(self, office: Office, number: str, clock: FixedClock) -> None:
        """The owner before, the team at the time, the lead after it: written with the trail, once."""
        [promise] = promises(office, number, Clock.FIRST_RESPONSE)
        for step in (0.8, 1.1, 1.7):
            pass_to(office, clock, promise.started + (promise.due - promise.started) * step)
        assert [(n.event.value, dict(n.details)["clock"], n.to) for n in notices(office)] == [
            ("promise.warned", "first_response", ()),
            ("promise.overdue", "first_response", ()),
            ("promise.escalated", "first_response", ()),
        ]

    def test_after_an_outage_the_last_one_is_enough(self, office: Office, number: str, clock: FixedClock) -> None:
        """Nobody is told that something is due soon when it is long overdue."""
        [promise] = promises(office, number, Clock.FIRST_RESPONSE)
        pass_to(office, clock, promise.started + (promise.due - promise.started) * 3)
        told = [n.event.value for n in notices(office) if dict(n.details)["clock"] == "first_response"]
        assert told == ["promise.escalated"]
        assert trail(office, number, Clock.FIRST_RESPONSE) == ["promise.escalated"]

    @pytest.mark.slow
    def test_a_days_outage_is_worked_through_in_order_with_progress(self, office: Office, clock: FixedClock) -> None:
        """A bounded step at a time, what came due first before the rest, and each step leaves fewer."""
        for count in range(60):
            office.bring(a_mail(subject=f"问题 {count}", body=f"请问第 {count} 项怎么办？", mid=f"o{count}@a.cn"))
            clock.advance(minutes=1)
        clock.advance(hours=24)
        with office.ctx.store.read() as tx:
            due = [one.ticket_id for one in tx.promises.due(clock(), 1_000)]
        left, steps = len(due), []
        assert left == len(set(due)) == 60
        while tick(office.ctx, 20):
            with office.ctx.store.read() as tx:
                steps.append(left - len(tx.promises.due(clock(), 1_000)))
            left -= steps[-1]
        assert left == 0 and set(steps[:-1]) == {20} and len(steps) == -(-len(due) // 20)
        with office.ctx.store.read() as tx:
            lines = [row for row in tx.views.audit("", "", 200).rows if row.action.startswith("promise.")]
        assert [line.subject for line in sorted(lines, key=lambda line: line.id)] == [f"ticket:{one}" for one in due]

    def test_of_high_priority_the_lead_hears_when_the_time_is_up(self, office: Office, clock: FixedClock) -> None:
        """Beside whom notify.yaml names."""
        [row] = office.bring(
            a_mail(subject="紧急：系统崩溃", body="紧急！整个系统崩溃，所有人都无法工作，请立即处理！")
        )
        assert office.ticket(row.number).ticket.fields["priority"] == "高"
        [promise] = promises(office, row.number, Clock.FIRST_RESPONSE)
        pass_to(office, clock, promise.due)
        overdue = [n for n in notices(office) if n.event is NoticeEvent.OVERDUE and n.details[0][1] == "first_response"]
        assert [n.to for n in overdue] == [("owner", "team", "lead")]


def notices(office: Office) -> list[Notice]:
    with office.ctx.store.write() as tx:
        return [n for n in tx.notices.unspread(100) if n.event.value.startswith("promise.")]
