"""An agent answers: the letter leaves after a moment, keeps the clocks, pauses them for the customer, and resolves."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import pytest

from core.domain.clock import ClockEvent, EventKind, Pause, counted_time
from core.domain.errors import (
    BadInput,
    Conflict,
    EmptyAnswer,
    LettersOff,
    SecondPersonNeeded,
    TooManyFiles,
    WordingStopped,
)
from core.domain.keys import KeyRing
from core.domain.letter import LetterFile, LettersMode, LetterState
from core.domain.people import Actor, User
from core.domain.promise import LIVE, Clock, Promise, PromiseState
from core.domain.ticket import Direction, State
from huiying.flows.answer import MOST_WORDS, UNDO, Draft, answer, log_call, look_over, note, take_back
from huiying.flows.correct import correct, undo
from huiying.flows.next_step import next_step, take_step
from huiying.flows.notify import notify
from huiying.flows.outbox import change_letter
from ingest.parse import parse_mail
from responder.clocks import run_clocks
from store.open import SqlStore
from store.sealed import Seal
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", display="李敏")
AMY = User(id=2, name="amy")
TEXT = "王芳，您好！\n\n问题已经找到，我们周五下班前给您答复。"


@pytest.fixture
def number(office: Office, clock: FixedClock) -> str:
    """A ticket that came at 10:00 on a Thursday; it is ten minutes later."""
    [row] = office.bring(a_mail())
    clock.advance(minutes=10)
    return row.number


def promise(office: Office, number: str, clock: Clock) -> Promise:
    """The latest promise of that clock."""
    return [each for each in office.ticket(number).promises if each.clock is clock][-1]


def live(office: Office, number: str) -> list[Promise]:
    return [each for each in office.ticket(number).promises if each.state in LIVE]


def counted(office: Office, one: Promise) -> timedelta:
    """How much time that promise counts from its start until it is due."""
    pauses = [Pause(begins=begin, ends=end or begin, why=why) for begin, end, why in one.pauses]
    return counted_time(office.ctx.desk().calendar, one.started, one.due, pauses, working=one.working)


def move(office: Office, number: str, state: State) -> None:
    """Somebody sets the ticket's state."""
    with office.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, state=state))


def send(office: Office, clock: FixedClock, number: str, draft: Draft) -> str:
    """Answers, waits until the letter may leave, and lets it; its Message-ID."""
    letter = answer(office.ctx, number, LI, draft)
    clock.advance(seconds=int(UNDO.total_seconds()))
    office.work()
    return letter.message_id


class TestSending:
    @pytest.mark.slow
    def test_it_waits_a_moment_and_then_keeps_the_first_response(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """Nothing leaves within fifteen seconds; the server's yes keeps the promise and starts the next update."""
        answer(office.ctx, number, LI, Draft(text=TEXT))
        clock.advance(seconds=14)
        office.work()
        assert promise(office, number, Clock.FIRST_RESPONSE).state is PromiseState.RUNNING
        clock.advance(seconds=1)
        office.work()
        first, update = promise(office, number, Clock.FIRST_RESPONSE), promise(office, number, Clock.NEXT_UPDATE)
        assert (first.state, first.ended) == (PromiseState.KEPT, clock())
        assert (update.state, update.started) == (PromiseState.RUNNING, clock())
        ticket = office.ticket(number).ticket
        assert (ticket.state, ticket.first_response, ticket.assignee) == (State.OPEN, clock(), "li")

    def test_the_mail_answers_the_customer_s_and_is_no_automatic_one(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """Threaded, signed by a person, with our own return path and without the robot's headers."""
        send(office, clock, number, Draft(text=TEXT))
        mail = office.ctx.transport.tried[-1]  # type: ignore[attr-defined]  # the memory transport
        assert mail.sender == "service@example.com"
        assert b"In-Reply-To: <m1@example.cn>" in mail.data
        assert b"Auto-Submitted" not in mail.data

    def test_files_go_with_the_letter(self, office: Office, number: str, clock: FixedClock) -> None:
        """Byte for byte, under their own names; the conversation lists them; resending needs no second look-up."""
        data = bytes(range(256)) * 40
        quote = LetterFile(name="报价单 2026.pdf", type="application/pdf", data=data)
        odd = LetterFile(name="../../etc/passwd", type="text/html\r\nX: y", data=b"x")
        send(office, clock, number, Draft(text=f"{TEXT}\n详情见附件。", files=(quote, odd)))
        mail = parse_mail(office.ctx.transport.tried[-1].data).mail  # type: ignore[attr-defined]  # as above
        assert mail is not None and not mail.defects
        assert [(file.name, file.type, file.size) for file in mail.attachments] == [
            ("报价单 2026.pdf", "application/pdf", len(data)), (".._.._etc_passwd", "application/octet-stream", 1),
        ]  # fmt: skip
        assert mail.attachments[0].sha256 == sha256(data).hexdigest()
        assert "我们周五下班前给您答复" in mail.text
        assert office.ticket(number).messages[-1].attachments[0].name == "报价单 2026.pdf"

    def test_too_many_files_are_refused(self, office: Office, number: str) -> None:
        """Ten at most, fifteen megabytes together."""
        one = LetterFile(name="a", type="text/plain", data=b"x")
        big = LetterFile(name="b", type="text/plain", data=b"x" * (15 * 1024 * 1024 + 1))
        for files in ((one,) * 11, (big,)):
            with pytest.raises(TooManyFiles):
                answer(office.ctx, number, LI, Draft(text=TEXT, files=files))

    def test_an_answer_after_the_due_time_is_a_missed_promise(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """Late is late, whoever looks."""
        clock.advance(hours=30)
        send(office, clock, number, Draft(text="您好！\n\n下周一上午之前给您结果。"))
        assert promise(office, number, Clock.FIRST_RESPONSE).state is PromiseState.MISSED

    def test_a_letter_can_be_taken_back_until_it_leaves(self, office: Office, number: str, clock: FixedClock) -> None:
        """Within the moment it is cancelled and keeps nothing; afterwards it is too late."""
        letter = answer(office.ctx, number, LI, Draft(text=TEXT))
        assert take_back(office.ctx, number, letter.id, LI)
        clock.advance(seconds=60)
        office.work()
        assert promise(office, number, Clock.FIRST_RESPONSE).state is PromiseState.RUNNING
        gone = answer(office.ctx, number, LI, Draft(text=TEXT))
        clock.advance(seconds=15)
        office.work()
        assert not take_back(office.ctx, number, gone.id, LI)

    def test_a_promise_in_the_letter_becomes_a_clock(self, office: Office, number: str, clock: FixedClock) -> None:
        """周五下班前 is Friday 18:00; only the ticked ones count."""
        send(office, clock, number, Draft(text=TEXT, promised=(0,)))
        made = promise(office, number, Clock.AGENT_PROMISE)
        assert (made.because, made.due.isoformat()) == (
            "问题已经找到，我们周五下班前给您答复",
            "2026-03-06T10:00:00+00:00",
        )
        assert made.warn_at is not None and clock() < made.warn_at < made.due


class TestClocks:
    def test_waiting_for_the_customer_pauses_and_his_reply_runs_on(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """The stored promise is due at the very instant at which the pure engine says so."""
        arrived = clock() - timedelta(minutes=10)
        mid = send(office, clock, number, Draft(text=TEXT, then=State.WAITING_CUSTOMER))
        answered = clock()
        paused = promise(office, number, Clock.RESOLUTION)
        assert (paused.state, paused.warn_at) == (PromiseState.PAUSED, None)
        clock.advance(hours=25)
        office.bring(a_mail(mid="m2@example.cn", reply_to=[mid], body="补充：错误 502"))
        wrote = clock()
        resolution = promise(office, number, Clock.RESOLUTION)
        assert office.ticket(number).ticket.state is State.OPEN
        desk, fields = office.ctx.desk(), office.ticket(number).ticket.fields
        events = [
            ClockEvent(kind=EventKind.ARRIVED, at=arrived, facts=dict(fields)),
            ClockEvent(kind=EventKind.ANSWERED, at=answered),
            ClockEvent(kind=EventKind.MOVED, at=answered, state=State.WAITING_CUSTOMER),
            ClockEvent(kind=EventKind.WROTE, at=wrote),
        ]
        runs = run_clocks(events, desk.policy, desk.calendar, desk.states, now=wrote)
        engine = {run.clock: run for run in runs}
        assert resolution.state is PromiseState.RUNNING
        assert resolution.due == engine[Clock.RESOLUTION].due
        assert promise(office, number, Clock.NEXT_UPDATE).due == engine[Clock.NEXT_UPDATE].due
        assert resolution.warn_at is not None and resolution.warn_at > wrote

    def test_a_correction_counts_anew_around_the_pause(self, office: Office, number: str, clock: FixedClock) -> None:
        """Urgent from now on: one working day from the arrival, and the two hours of waiting on top."""
        mid = send(office, clock, number, Draft(text=TEXT, then=State.WAITING_CUSTOMER))
        clock.advance(hours=4)
        office.bring(a_mail(mid="m2@example.cn", reply_to=[mid], body="补充：错误 502"))
        waited = promise(office, number, Clock.RESOLUTION)
        correct(office.ctx, number, {"urgency": "紧急"}, "li")
        anew = promise(office, number, Clock.RESOLUTION)
        assert (anew.pauses, anew.cause.partition(":")[0]) == (waited.pauses, "correction")
        calendar = office.ctx.desk().calendar
        pauses = [Pause(begins=begin, ends=end or begin, why=why) for begin, end, why in anew.pauses]
        assert counted_time(calendar, anew.started, anew.due, pauses, working=True) == timedelta(hours=8)
        assert anew.due > calendar.add_working(anew.started, 480)

    def test_a_correction_while_the_customer_is_waited_for_moves_the_paused_clock(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """It stays paused, and runs on with his reply as if it had been urgent from the beginning."""
        mid = send(office, clock, number, Draft(text=TEXT, then=State.WAITING_CUSTOMER))
        clock.advance(hours=1)
        before = promise(office, number, Clock.RESOLUTION)
        correct(office.ctx, number, {"urgency": "紧急"}, "li")
        anew = promise(office, number, Clock.RESOLUTION)
        assert (anew.state, anew.pauses, anew.warn_at) == (PromiseState.PAUSED, before.pauses, None)
        assert anew.cause.startswith("correction:") and anew.due < before.due
        clock.advance(hours=1)
        office.bring(a_mail(mid="m2@example.cn", reply_to=[mid], body="补充：错误 502"))
        ran_on = promise(office, number, Clock.RESOLUTION)
        assert (ran_on.id, ran_on.state) == (anew.id, PromiseState.RUNNING)
        assert counted(office, ran_on) == timedelta(hours=8)

    @pytest.mark.parametrize("replied", [False, True])
    def test_a_correction_taken_back_gives_the_earlier_clock_the_pauses_since(
        self, office: Office, number: str, clock: FixedClock, replied: bool
    ) -> None:
        """Whether the pause goes on or is over: the promise counts what it counted, and not the waiting."""
        told = promise(office, number, Clock.RESOLUTION)
        length = counted(office, told)
        correct(office.ctx, number, {"urgency": "紧急"}, "li")
        mid = send(office, clock, number, Draft(text=TEXT, then=State.WAITING_CUSTOMER))
        clock.advance(hours=2)
        if replied:
            office.bring(a_mail(mid="m2@example.cn", reply_to=[mid], body="补充：错误 502"))
        [corrected] = [one for one in live(office, number) if one.clock is Clock.RESOLUTION]
        undo(office.ctx, number, "li")
        [back] = [one for one in live(office, number) if one.clock is Clock.RESOLUTION]
        assert (back.id, back.state, back.pauses) == (told.id, corrected.state, corrected.pauses)
        assert (back.warn_at is not None) is replied and (back.due > told.due) is replied
        if not replied:
            office.bring(a_mail(mid="m2@example.cn", reply_to=[mid], body="补充：错误 502"))
        [back] = [one for one in live(office, number) if one.clock is Clock.RESOLUTION]
        assert counted(office, back) == length and back.due > told.due

    def test_the_result_keeps_the_resolution_and_a_reply_opens_it_again(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """Nothing is owed after the result; the customer's next word lets the clock run on."""
        mid = send(office, clock, number, Draft(text="您好！\n\n问题已经解决，请您再试一次。", then=State.RESOLVED))
        detail = office.ticket(number)
        assert detail.ticket.state is State.RESOLVED
        assert promise(office, number, Clock.RESOLUTION).state is PromiseState.KEPT
        assert not [p for p in detail.promises if p.state is PromiseState.RUNNING]
        before = promise(office, number, Clock.RESOLUTION).due
        clock.advance(hours=2)
        office.bring(a_mail(mid="m3@example.cn", reply_to=[mid], body="还是不行"))
        resolution = promise(office, number, Clock.RESOLUTION)
        assert office.ticket(number).ticket.state is State.OPEN
        assert resolution.state is PromiseState.RUNNING and resolution.due > before
        assert promise(office, number, Clock.NEXT_UPDATE).state is PromiseState.RUNNING

    def test_a_reply_to_the_result_lets_the_agent_s_own_promise_run_on(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """What was promised in the letter is owed again, later by the time of the pause."""
        mid = send(office, clock, number, Draft(text=TEXT, promised=(0,), then=State.RESOLVED))
        made = promise(office, number, Clock.AGENT_PROMISE)
        assert made.state is PromiseState.PAUSED
        clock.advance(hours=2)
        office.bring(a_mail(mid="m3@example.cn", reply_to=[mid], body="还是不行"))
        ran_on = promise(office, number, Clock.AGENT_PROMISE)
        assert (ran_on.state, ran_on.due - made.due) == (PromiseState.RUNNING, timedelta(hours=2))

    @pytest.mark.parametrize(("days", "end"), [(1, PromiseState.KEPT), (30, PromiseState.MISSED)])
    def test_a_pause_mends_no_overdue_promise(
        self, office: Office, number: str, clock: FixedClock, days: int, end: PromiseState
    ) -> None:
        """The result is in time if the clock was when the pause began."""
        clock.advance(days=days)
        send(office, clock, number, Draft(text="您好！\n\n请您提供错误截图。", then=State.WAITING_CUSTOMER))
        assert promise(office, number, Clock.RESOLUTION).state is PromiseState.PAUSED
        clock.advance(days=60)
        send(office, clock, number, Draft(text="您好！\n\n问题已经解决，请您再试一次。", then=State.RESOLVED))
        assert promise(office, number, Clock.RESOLUTION).state is end

    @pytest.mark.parametrize("then", [State.RESOLVED, State.WAITING_CUSTOMER])
    def test_who_wrote_while_the_letter_waited_is_not_answered_yet(
        self, office: Office, number: str, clock: FixedClock, then: State
    ) -> None:
        """The ticket stays open, its clocks run, and the next update is owed."""
        answer(office.ctx, number, LI, Draft(text="您好！\n\n问题已经解决，请您再试一次。", then=then))
        office.bring(a_mail(mid="m2@example.cn", reply_to=["m1@example.cn"], body="还有一个问题"))
        clock.advance(seconds=15)
        office.work()
        detail = office.ticket(number)
        assert [letter.state for letter in detail.letters] == ["sent", "sent"]
        assert detail.ticket.state is State.OPEN and detail.ticket.first_response == clock()
        for one in (Clock.RESOLUTION, Clock.NEXT_UPDATE):
            assert promise(office, number, one).state is PromiseState.RUNNING

    def test_a_machine_s_mail_meanwhile_changes_nothing(self, office: Office, number: str, clock: FixedClock) -> None:
        """An absence note is no word of the customer's."""
        answer(office.ctx, number, LI, Draft(text="您好！\n\n问题已经解决，请您再试一次。", then=State.RESOLVED))
        office.bring(
            a_mail(mid="auto@example.cn", reply_to=["m1@example.cn"], headers=["Auto-Submitted: auto-replied"])
        )
        clock.advance(seconds=15)
        office.work()
        assert office.ticket(number).ticket.state is State.RESOLVED

    @pytest.mark.parametrize("first", [State.NEW, State.CLOSED])
    def test_what_somebody_ended_while_the_letter_waited_stays_ended(
        self, office: Office, number: str, clock: FixedClock, first: State
    ) -> None:
        """A held letter released after a withdrawal opens nothing; an answer to a closed ticket does what it says."""
        move(office, number, first)
        answer(office.ctx, number, LI, Draft(text=TEXT, promised=(0,)))
        if first is State.NEW:
            move(office, number, State.WITHDRAWN)
        clock.advance(seconds=15)
        office.work()
        detail = office.ticket(number)
        assert detail.ticket.state is (State.WITHDRAWN if first is State.NEW else State.OPEN)
        live = [each for each in detail.promises if each.state in (PromiseState.RUNNING, PromiseState.PAUSED)]
        assert bool(live) is (first is State.CLOSED)

    def test_a_call_that_reached_the_customer_is_a_first_response(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """One that did not is only noted."""
        log_call(office.ctx, number, LI, "not-reached", "无人接听")
        assert promise(office, number, Clock.FIRST_RESPONSE).state is PromiseState.RUNNING
        log_call(office.ctx, number, LI, "reached", "已说明情况")
        assert promise(office, number, Clock.FIRST_RESPONSE).state is PromiseState.KEPT
        assert office.ticket(number).ticket.first_response == clock()

    def test_a_call_is_logged_on_top_of_what_another_wrote(
        self, office: Office, number: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Whoever changed the ticket meanwhile costs neither the call nor its next step."""
        tries: list[int] = []

        def the_second_time(ctx, tx, *given):
            tries.append(1)
            if len(tries) == 1:
                raise Conflict
            return take_step(ctx, tx, *given)

        monkeypatch.setattr("huiying.flows.answer.take_step", the_second_time)
        log_call(office.ctx, number, LI, "reached", "已说明", step=next_step("follow_up"))
        assert [one.text for one in office.ticket(number).messages if one.verdict == "call:reached"] == ["已说明"]
        with office.ctx.store.read() as tx:
            assert len(tx.tasks.of_ticket(office.ticket(number).ticket.id)) == 1


class TestRefusals:
    @pytest.mark.parametrize(
        "text", ["  ", "您好！\n\n您的编号是 20260101999。", "{{ name }}，您好！", "我们尽快处理。"]
    )
    def test_what_must_not_leave_does_not(self, office: Office, number: str, text: str) -> None:
        """Nothing, a foreign number, a placeholder; a vague word goes only when the agent is sure."""
        with pytest.raises(BadInput):
            answer(office.ctx, number, LI, Draft(text=text))

    def test_an_agent_who_is_sure_sends_nevertheless(self, office: Office, number: str) -> None:
        """A warning is advice."""
        assert answer(office.ctx, number, LI, Draft(text="我们尽快处理。", sure=True)).state == "queued"

    @pytest.mark.parametrize("place", [-5, -1, 1, 10**9])
    def test_a_place_without_a_commitment_promises_nothing(self, office: Office, number: str, place: int) -> None:
        """Neither the last one nor none at all is meant by a number outside the list."""
        letter = answer(office.ctx, number, LI, Draft(text=TEXT, promised=(place,)))
        assert letter.variables["commitments"] == "[]"

    def test_what_is_too_long_is_not_looked_at(self, office: Office, number: str) -> None:
        """As it could not be sent."""
        with pytest.raises(EmptyAnswer):
            look_over(office.ctx, number, "好" * (MOST_WORDS + 1))

    def test_money_waits_for_a_second_person(self, office: Office, number: str) -> None:
        """Held in the outbox until somebody releases it."""
        assert answer(office.ctx, number, LI, Draft(text="我们会在今天下班前退款。", sure=True)).state == "held"

    def test_the_author_is_not_the_second_person(self, office: Office, number: str, clock: FixedClock) -> None:
        """Somebody else releases it who signed in; the machine's operator cannot, whatever name he claims."""
        letter = answer(office.ctx, number, LI, Draft(text="我们会在今天下班前退款。", sure=True))
        with pytest.raises(SecondPersonNeeded):
            change_letter(office.ctx, letter.id, "release", Actor.person(LI))
        with pytest.raises(SecondPersonNeeded):
            change_letter(office.ctx, letter.id, "release", Actor.operator("root", claims="amy"))
        assert change_letter(office.ctx, letter.id, "release", Actor.person(AMY))
        clock.advance(seconds=int(UNDO.total_seconds()))
        office.work()
        assert [row.state for row in office.letters() if row.id == letter.id] == ["sent"]

    def test_the_others_are_told_that_a_letter_waits(self, office: Office, number: str) -> None:
        """Whoever may release it, and not its author."""
        with office.ctx.store.write() as tx:
            for user in (LI, AMY):
                tx.people.save(user)
        answer(office.ctx, number, LI, Draft(text="我们会在今天下班前退款。", sure=True))
        while notify(office.ctx):
            pass
        with office.ctx.store.read() as tx:
            assert [row.event for row in tx.notices.inbox("amy", "", 9).rows] == ["letter.held"]
            assert tx.notices.inbox("li", "", 9).rows == ()

    def test_files_are_sealed_before_anybody_waits(
        self, office: Office, number: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """While fifteen megabytes are sealed, another worker can write."""
        others: list[bool] = []
        seal = Seal.seal

        def sealing(self: Seal, data: bytes, place: str) -> bytes:
            if place.startswith("letter_file.data"):
                with office.ctx.store.write() as tx:
                    tx.people.save(AMY)
                others.append(True)
            return seal(self, data, place)

        monkeypatch.setattr(Seal, "seal", sealing)
        file = LetterFile(name="a.txt", type="text/plain", data=b"x")
        answer(office.ctx, number, LI, Draft(text=TEXT + "\n见附件。", files=(file,), sure=True))
        assert others == [True]

    def test_what_is_held_for_all_letters_the_author_releases(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """Nothing is wrong with its words."""
        desk = with_letters(desk_with_mailbox(), LettersMode.HOLD)
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
        [row] = office.bring(a_mail())
        letter = answer(office.ctx, row.number, LI, Draft(text=TEXT))
        assert letter.state == "held" and change_letter(office.ctx, letter.id, "release", Actor.person(LI))

    def test_where_letters_are_off_nothing_is_queued(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """And the agent is told."""
        desk = with_letters(desk_with_mailbox(), LettersMode.OFF)
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
        [row] = office.bring(a_mail())
        with pytest.raises(LettersOff):
            answer(office.ctx, row.number, LI, Draft(text=TEXT))

    def test_a_note_reaches_no_customer(self, office: Office, number: str) -> None:
        """It stands on the ticket, masked, and makes no letter; the trail says who kept it."""
        before = office.intents()
        note(office.ctx, number, LI, "客户手机 13812345678，下午回电")
        kept = office.ticket(number).messages[-1]
        assert (kept.direction, office.intents()) == (Direction.NOTE, before)
        assert "13812345678" not in kept.text
        last = office.ticket(number).audit[-1]
        assert (last.action, last.actor, last.details) == ("ticket.note", "li", (("message", str(kept.id)),))


def test_a_letter_in_a_grave_matter_waits_for_a_second_person(office: Office, number: str) -> None:
    """Whatever it says: 重大投诉 (DOMAIN 7)."""
    correct(office.ctx, number, {"gravity": "重大"}, "li")
    with pytest.raises(WordingStopped):
        answer(office.ctx, number, LI, Draft(text="王芳，您好！今天已经换好。"))
    letter = answer(office.ctx, number, LI, Draft(text="王芳，您好！今天已经换好。", sure=True))
    assert letter.state is LetterState.HELD
