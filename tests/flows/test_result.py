"""From the result to the end: the check inside, the customer's vote, silence, and what comes after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.errors import BadInput, CheckNeeded, MoveNotAllowed, NotFound, SecondPersonNeeded
from core.domain.letter import LetterIntent
from core.domain.people import Role, User
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import Direction, State
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.correct import correct
from huiying.flows.move import Move, move
from huiying.flows.parts import Asked, ask_part
from huiying.flows.result import verify
from huiying.flows.second_treatment import TEAM
from huiying.flows.tick import tick
from huiying.flows.vote import Ballot, asked, vote_by_call, vote_by_link
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT, display="李")
WANG = User(id=2, name="wang", role=Role.AGENT)
TEXT = "您好！\n\n问题已经解决，请您再试一次。"
YES, NO = Ballot(satisfied=True), Ballot(satisfied=False)
SHANGHAI = ZoneInfo("Asia/Shanghai")


def at(day: int, clock: str) -> datetime:
    return datetime.fromisoformat(f"2026-03-{day:02} {clock}").replace(tzinfo=SHANGHAI)


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def resolve(office: Office, clock: FixedClock, number: str) -> LetterIntent:
    letter = answer(office.ctx, number, LI, Draft(text=TEXT, then=State.RESOLVED))
    clock.at += UNDO
    office.work()
    assert office.ticket(number).ticket.state is State.RESOLVED
    return letter


def pass_to(office: Office, clock: FixedClock, instant: datetime) -> None:
    clock.at = instant
    while tick(office.ctx):
        pass
    office.work()


def one(office: Office, number: str, clock: Clock) -> Promise:
    return max((p for p in office.ticket(number).promises if p.clock is clock), key=lambda p: p.id)


def live(office: Office, number: str) -> Iterator[Clock]:
    return (p.clock for p in office.ticket(number).promises if p.state is PromiseState.RUNNING)


class TestTheQuestion:
    def test_the_result_asks_and_leads_to_its_page(self, office: Office, clock: FixedClock, number: str) -> None:
        """The letter carries a signed link; the page knows the ticket and waits for a vote."""
        letter = resolve(office, clock, number)
        page = asked(office.ctx, letter.variables["vote"])
        assert (page.number, page.open, page.vote) == (number, True, None)
        ticket = office.ticket(number).ticket
        assert ticket.resolved == clock.at and one(office, number, Clock.RESOLUTION).state is PromiseState.KEPT

    def test_a_link_that_is_not_ours_is_unknown(self, office: Office, clock: FixedClock, number: str) -> None:
        """One letter changed, or another ticket's id with this signature: nothing is told."""
        token = resolve(office, clock, number).variables["vote"]
        for wrong in ("", "a.b.c.d", token[:-1] + ("a" if token[-1] != "a" else "b"), "1" + token):
            with pytest.raises(NotFound):
                asked(office.ctx, wrong)
            with pytest.raises(NotFound):
                vote_by_link(office.ctx, wrong, YES)

    def test_looking_at_the_page_votes_for_nothing(self, office: Office, clock: FixedClock, number: str) -> None:
        """Mail scanners open every link."""
        token = resolve(office, clock, number).variables["vote"]
        for _ in range(5):
            asked(office.ctx, token)
        assert office.ticket(number).ticket.state is State.RESOLVED and not office.ticket(number).votes


class TestTheVote:
    def test_satisfied_closes(self, office: Office, clock: FixedClock, number: str) -> None:
        """With the marks that were given; nothing is owed any more."""
        token = resolve(office, clock, number).variables["vote"]
        ballot = Ballot(satisfied=True, marks={"solution": 5, "communication": 4}, words="谢谢，电话 13812345678")
        assert vote_by_link(office.ctx, token, ballot).state is State.CLOSED
        detail = office.ticket(number)
        assert not list(live(office, number)) and not detail.timers and detail.ticket.closed == clock.at
        [vote] = detail.votes
        assert dict(vote.marks) == {"solution": 5, "communication": 4} and not vote.by
        assert "13812345678" not in vote.words

    def test_not_satisfied_begins_the_second_treatment(self, office: Office, clock: FixedClock, number: str) -> None:
        """One working day for the final plan, by the second group; the resolution runs on from where it stopped."""
        before = one(office, number, Clock.RESOLUTION).due
        resolve(office, clock, number)
        resolved = clock.at
        token = asked_token(office, number)
        clock.at = at(6, "10:00")
        moved = vote_by_link(office.ctx, token, NO)
        assert (moved.state, moved.fields["team"], moved.assignee) == (State.SECOND_TREATMENT, TEAM, "")
        plan = one(office, number, Clock.SECOND_TREATMENT)
        assert plan.due == at(9, "10:00") and plan.state is PromiseState.RUNNING
        resolution = one(office, number, Clock.RESOLUTION)
        assert resolution.state is PromiseState.RUNNING and resolution.due > before
        assert resolution.pauses[-1][:2] == (resolved, clock.at)
        assert Clock.NEXT_UPDATE in set(live(office, number))

    def test_the_final_plan_keeps_its_clock(self, office: Office, clock: FixedClock, number: str) -> None:
        """A second result; an answer in between leaves it a second treatment, and so does a wait."""
        vote_by_link(office.ctx, resolve(office, clock, number).variables["vote"], NO)
        answer(
            office.ctx,
            number,
            LI,
            Draft(text="您好！\n\n我们正在核对，请把单号发给我们。", then=State.WAITING_CUSTOMER),
        )
        clock.at += UNDO
        office.work()
        assert one(office, number, Clock.SECOND_TREATMENT).state is PromiseState.PAUSED
        mid = office.ticket(number).letters[-1].message_id
        clock.advance(minutes=5)
        office.bring(a_mail(subject="Re", body="单号是 A-1。", mid="m3@example.cn", reply_to=(mid,)))
        assert office.ticket(number).ticket.state is State.SECOND_TREATMENT
        resolve(office, clock, number)
        assert one(office, number, Clock.SECOND_TREATMENT).state is PromiseState.KEPT

    def test_a_changed_mind_counts_last(self, office: Office, clock: FixedClock, number: str) -> None:
        """Satisfied, then not after all: the ticket is taken up again, and there is one vote."""
        token = resolve(office, clock, number).variables["vote"]
        vote_by_link(office.ctx, token, YES)
        clock.advance(hours=1)
        assert vote_by_link(office.ctx, token, NO).state is State.SECOND_TREATMENT
        assert [v.satisfied for v in office.ticket(number).votes] == [False]

    def test_a_vote_on_work_that_goes_on_moves_nothing(self, office: Office, clock: FixedClock, number: str) -> None:
        """The customer wrote first: his vote is kept and the ticket stays open."""
        token = resolve(office, clock, number).variables["vote"]
        office.bring(a_mail(subject="Re", body="还是不行。", mid="m2@example.cn", reply_to=("m1@example.cn",)))
        assert vote_by_link(office.ctx, token, YES).state is State.OPEN
        assert not asked(office.ctx, token).open

    def test_an_agent_enters_what_was_said_on_the_phone(self, office: Office, clock: FixedClock, number: str) -> None:
        """In the agent's name, by the agent's right; marks beyond five are refused."""
        resolve(office, clock, number)
        with pytest.raises(BadInput):
            vote_by_call(office.ctx, number, LI, Ballot(satisfied=True, marks={"solution": 6}))
        with pytest.raises(MoveNotAllowed):
            vote_by_call(office.ctx, number, replace(LI, role=Role.AUDITOR), YES)
        assert vote_by_call(office.ctx, number, LI, YES).state is State.CLOSED
        assert [v.by for v in office.ticket(number).votes] == ["li"]


class TestSilence:
    def test_a_reminder_then_the_end_with_a_note(self, office: Office, clock: FixedClock, number: str) -> None:
        """Thursday's result is asked about on Friday and closed on Tuesday: the weekend does not count."""
        clock.at = at(5, "11:00")
        resolve(office, clock, number)
        pass_to(office, clock, at(6, "10:59"))
        assert [x.kind for x in office.ticket(number).letters] == ["acknowledgement", "agent"]
        pass_to(office, clock, at(6, "11:01"))
        reminder = office.ticket(number).letters[-1]
        assert (reminder.kind, reminder.state) == ("notice", "sent")
        pass_to(office, clock, at(10, "10:59"))
        assert office.ticket(number).ticket.state is State.RESOLVED
        pass_to(office, clock, at(10, "11:01"))
        detail = office.ticket(number)
        assert detail.ticket.state is State.CLOSED and not detail.timers
        assert [m.direction for m in detail.messages][-1] is Direction.NOTE and "自动关单" in detail.messages[-1].text
        assert [x.kind for x in detail.letters] == ["acknowledgement", "agent", "notice"]

    def test_open_parts_keep_it_from_closing_in_silence(self, office: Office, clock: FixedClock, number: str) -> None:
        """Somebody still owes something: an agent is asked instead."""
        ask_part(office.ctx, number, "li", Asked(department="物流部", output="查明去向"))
        resolve(office, clock, number)
        pass_to(office, clock, at(20, "11:00"))
        detail = office.ticket(number)
        assert detail.ticket.state is State.RESOLVED
        assert "close.asked" in {line.action for line in detail.audit}

    @pytest.mark.parametrize(("days", "joins"), [(6.9, True), (7.1, False)])
    def test_a_reply_within_seven_days_reopens(
        self, office: Office, clock: FixedClock, number: str, days: float, joins: bool
    ) -> None:
        """Later it is a new ticket that is linked, with an acknowledgement of its own."""
        vote_by_link(office.ctx, resolve(office, clock, number).variables["vote"], YES)
        clock.at += timedelta(days=days)
        mid = office.ticket(number).letters[-1].message_id
        [row] = office.bring(a_mail(subject="Re", body="又出现了同样的错误。", mid="m9@example.cn", reply_to=(mid,)))
        old = office.ticket(number).ticket
        if joins:
            assert row.number == number and old.state is State.OPEN and old.closed is None
        else:
            assert row.number != number and old.state is State.CLOSED
            assert (old.id, number) in office.ticket(row.number).linked and "days before" in row.verdict

    @pytest.mark.parametrize("days", [1, 20, 400])
    @pytest.mark.parametrize("words", ["谢谢，已收到。", "謝謝，已收到！", "Thanks, got it.", "好的，没问题了，谢谢"])
    def test_thanks_open_nothing_however_late(
        self, office: Office, clock: FixedClock, number: str, days: int, words: str
    ) -> None:
        """Neither again nor anew; they stand on the ticket that they are about, and nobody is answered."""
        vote_by_link(office.ctx, resolve(office, clock, number).variables["vote"], YES)
        before = office.ticket(number)
        clock.at += timedelta(days=days)
        [row] = office.bring(a_mail(subject="Re", body=words, mid="m9@example.cn", reply_to=("m1@example.cn",)))
        detail = office.ticket(number)
        assert (row.number, detail.ticket.state) == (number, State.CLOSED) and office.totals()["tickets"] == 1
        assert detail.messages[-1].text.startswith(words) and detail.letters == before.letters
        assert detail.promises == before.promises

    @pytest.mark.parametrize(
        ("end", "goes_on"), [(State.WITHDRAWN, True), (State.INVALID, False), (State.ARCHIVED, False)]
    )
    def test_nobody_writes_unheard_to_what_is_over(
        self, office: Office, clock: FixedClock, number: str, end: State, *, goes_on: bool
    ) -> None:
        """What was withdrawn is taken up again; what an agent called invalid, or what is archived, stays so, and a
        linked ticket of its own has clocks and an acknowledgement."""
        with office.ctx.store.write() as tx:
            ticket = tx.tickets.get(office.ticket(number).ticket.id)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=end, closed=clock()))
        clock.at += timedelta(days=1)
        [thanks] = office.bring(
            a_mail(subject="Re", body="谢谢，已收到。", mid="m8@example.cn", reply_to=("m1@example.cn",))
        )
        assert thanks.number == number and office.ticket(number).ticket.state is end
        [row] = office.bring(
            a_mail(subject="Re", body="又报同样的错了。", mid="m9@example.cn", reply_to=("m1@example.cn",))
        )
        old, new = office.ticket(number), office.ticket(row.number)
        assert new.ticket.state in (State.OPEN, State.NEW)
        assert any(p.state is PromiseState.RUNNING and p.due > clock() for p in new.promises)
        assert (row.number == number) is goes_on
        if not goes_on:
            assert old.ticket.state is end and (old.ticket.id, number) in new.linked
            assert row.verdict.endswith(f"that ticket is {end}")
            assert [letter.kind for letter in new.letters] == ["acknowledgement"]


class TestTheCheck:
    def test_a_complaint_is_checked_by_somebody_else(self, office: Office, clock: FixedClock, number: str) -> None:
        """Not by whoever handles it, and not by whoever sends the result."""
        correct(office.ctx, number, {"type": "投诉"}, "li")
        result = Draft(text=TEXT, then=State.RESOLVED)
        with pytest.raises(CheckNeeded):
            answer(office.ctx, number, LI, result)
        verify(office.ctx, number, LI)
        with pytest.raises(SecondPersonNeeded):
            answer(office.ctx, number, LI, result)
        verify(office.ctx, number, LI, passed=False)
        verify(office.ctx, number, WANG)
        resolve(office, clock, number)
        assert office.ticket(number).ticket.verified_by == "wang"

    def test_a_second_treatment_is_checked_anew(self, office: Office, clock: FixedClock, number: str) -> None:
        """What was checked was the first result."""
        correct(office.ctx, number, {"type": "投诉"}, "li")
        verify(office.ctx, number, WANG)
        vote_by_link(office.ctx, resolve(office, clock, number).variables["vote"], NO)
        assert not office.ticket(number).ticket.verified_by

    def test_a_result_told_by_phone_says_so(self, office: Office, clock: FixedClock, number: str) -> None:
        """Resolved without a letter, with the reason: the same clocks are kept and the same silence closes."""
        move(office.ctx, number, LI, Move(to=State.RESOLVED, reason="电话中已解决"))
        assert one(office, number, Clock.RESOLUTION).state is PromiseState.KEPT
        pass_to(office, clock, at(20, "11:00"))
        assert office.ticket(number).ticket.state is State.CLOSED


def asked_token(office: Office, number: str) -> str:
    with office.ctx.store.read() as tx:
        intent = tx.outbox.intent(office.ticket(number).letters[-1].id)
    assert intent is not None
    return str(intent.variables["vote"])
