"""承诺: what agents promised in words is noted, kept, taken back, owed again; and what an answer does to it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.people import Role, User
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import State
from huiying.flows.answer import Draft, answer, log_call, look_over
from huiying.flows.extend import EXTENDED
from huiying.flows.move import Move, move
from huiying.flows.own_promise import give_promise, move_promise
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", display="李敏", role=Role.LEAD)
FAR = datetime(9990, 1, 1, tzinfo=UTC)
CALL, REFUND = "周五下班前给您回电", "周五下班前把差额退到您的账户"
FRIDAY = datetime(2026, 3, 6, 10, tzinfo=UTC)


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def own(office: Office, number: str) -> dict[str, Promise]:
    return {p.because: p for p in office.ticket(number).promises if p.clock is Clock.AGENT_PROMISE}


def write(office: Office, clock: FixedClock, number: str, **draft: object) -> None:
    answer(office.ctx, number, LI, Draft(text="王芳，您好！\n\n已经修好，请重新登录。", sure=True, **draft))  # type: ignore[arg-type]
    clock.advance(seconds=15)
    office.work()


def test_a_promise_by_telephone_has_its_clock(office: Office, number: str) -> None:
    """Its time stands in the words or is chosen; the owner is warned; the trail says who gave it, not the words."""
    made = give_promise(office.ctx, number, "li", f"{CALL}，电话 13812345678")
    chosen = give_promise(office.ctx, number, "li", "寄出样品", FRIDAY + timedelta(hours=1))
    assert (made.due, chosen.due) == (FRIDAY, FRIDAY + timedelta(hours=1))
    stored = own(office, number)
    assert set(stored) == {made.because, "寄出样品"} and "13812345678" not in made.because
    assert all(p.state is PromiseState.RUNNING and p.warn_at and p.warn_at < p.due for p in stored.values())
    line = office.ticket(number).audit[-1]
    assert (line.action, line.actor, dict(line.details)) == ("promise.given", "li", {"promise": str(chosen.id)})


@pytest.mark.parametrize(
    ("words", "due"), [("", FRIDAY), ("尽快给您回电", None), (CALL, datetime(2026, 3, 5, 1, tzinfo=UTC)), (CALL, FAR)]
)
def test_a_promise_says_what_and_when(office: Office, number: str, words: str, due: datetime | None) -> None:
    """And its time is still to come, and near enough to be meant; on a ticket that is over nothing is promised."""
    with pytest.raises(BadInput):
        give_promise(office.ctx, number, "li", words, due)
    move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    with pytest.raises(BadInput):
        give_promise(office.ctx, number, "li", CALL)
    assert not own(office, number)


def test_while_the_clock_is_paused_a_new_promise_pauses_too(office: Office, number: str) -> None:
    """As those that were given before."""
    move(office.ctx, number, LI, Move(to=State.WAITING_CUSTOMER))
    give_promise(office.ctx, number, "li", CALL)
    assert own(office, number)[CALL].state is PromiseState.PAUSED


@pytest.mark.parametrize(("days", "end"), [(0, PromiseState.KEPT), (2, PromiseState.MISSED)])
def test_a_person_says_that_it_was_kept(
    office: Office, number: str, clock: FixedClock, days: int, end: PromiseState
) -> None:
    """Kept in time or missed; said by mistake it is owed again, with its warnings; twice is told."""
    made = give_promise(office.ctx, number, "li", REFUND)
    clock.advance(days=days)
    assert move_promise(office.ctx, number, "li", made.id, PromiseState.KEPT).state is end
    with pytest.raises(BadInput):
        move_promise(office.ctx, number, "li", made.id, PromiseState.CANCELLED)
    again = move_promise(office.ctx, number, "wang", made.id, PromiseState.RUNNING)
    assert own(office, number)[REFUND] == again and again.ended is None and again.warn_at is not None
    assert [line.action for line in office.ticket(number).audit][-3:] == [
        "promise.given", "promise.ended", "promise.again",
    ]  # fmt: skip


def test_what_is_owed_no_longer_is_taken_back(office: Office, number: str) -> None:
    """Only an agent's promise, and only one of that ticket."""
    made = give_promise(office.ctx, number, "li", CALL)
    assert move_promise(office.ctx, number, "li", made.id, PromiseState.CANCELLED).state is PromiseState.CANCELLED
    first = next(p for p in office.ticket(number).promises if p.clock is Clock.FIRST_RESPONSE)
    for other in (first.id, 1):
        with pytest.raises(NotFound):
            move_promise(office.ctx, number, "li", other, PromiseState.KEPT)
    with pytest.raises(BadInput):
        move_promise(office.ctx, number, "li", made.id, PromiseState.SUPERSEDED)


class TestAnswers:
    @pytest.fixture(autouse=True)
    def given(self, office: Office, number: str) -> dict[str, Promise]:
        """Two promises: a call, which an answer keeps, and a refund, which it does not."""
        return {words: give_promise(office.ctx, number, "li", words) for words in (CALL, REFUND)}

    def states(self, office: Office, number: str) -> tuple[PromiseState, PromiseState]:
        found = own(office, number)
        return found[CALL].state, found[REFUND].state

    def test_an_answer_keeps_the_promise_of_an_answer(self, office: Office, number: str, clock: FixedClock) -> None:
        """Once it has left, and no other one; what it promises itself is owed."""
        write(office, clock, number)
        assert self.states(office, number) == (PromiseState.KEPT, PromiseState.RUNNING)

    def test_the_agent_says_what_his_answer_keeps(
        self, office: Office, number: str, clock: FixedClock, given: dict[str, Promise]
    ) -> None:
        """The form offers both, the promise of an answer ticked."""
        offered = [(p.because, by_words) for p, by_words in look_over(office.ctx, number, "好的").owed]
        assert offered == [(CALL, True), (REFUND, False)]
        write(office, clock, number, keeps=(given[REFUND].id,), leaves=(given[CALL].id,))
        assert self.states(office, number) == (PromiseState.RUNNING, PromiseState.KEPT)

    def test_what_is_promised_after_it_was_written_is_not_kept_by_it(
        self, office: Office, number: str, clock: FixedClock
    ) -> None:
        """Neither by telephone while the letter waits, nor in another letter that leaves first."""
        text = "王芳，您好！\n\n明天下午5点前给您回电。"
        answer(office.ctx, number, LI, Draft(text=text, promised=(0,), sure=True))
        answer(office.ctx, number, LI, Draft(text="王芳，您好！\n\n补充：已经重启。", sure=True))
        give_promise(office.ctx, number, "li", "下周一前给您打电话")
        clock.advance(seconds=15)
        office.work()
        states = {words: promise.state for words, promise in own(office, number).items()}
        assert states.pop(CALL) is PromiseState.KEPT
        assert set(states.values()) == {PromiseState.RUNNING} and len(states) == 3

    def test_what_an_extension_says_is_none_of_the_promise(
        self, office: Office, number: str, clock: FixedClock, given: dict[str, Promise]
    ) -> None:
        """财务通知 in its reason promises the customer no word."""
        with office.ctx.store.write() as tx:
            refund = own(office, number)[REFUND]
            tx.promises.change([replace(refund, because=f"{REFUND}{EXTENDED}财务通知下周一打款")])
        write(office, clock, number)
        assert own(office, number)[f"{REFUND}{EXTENDED}财务通知下周一打款"].state is PromiseState.RUNNING

    @pytest.mark.parametrize(
        ("outcome", "call"), [("reached", PromiseState.KEPT), ("not-reached", PromiseState.RUNNING)]
    )
    def test_a_call_keeps_what_the_agent_says(
        self, office: Office, number: str, given: dict[str, Promise], outcome: str, call: PromiseState
    ) -> None:
        """When it reached the customer; of itself it keeps nothing: what was promised in it is owed."""
        log_call(office.ctx, number, LI, "reached", "")
        assert self.states(office, number) == (PromiseState.RUNNING, PromiseState.RUNNING)
        log_call(office.ctx, number, LI, outcome, "", [given[CALL].id])
        assert self.states(office, number) == (call, PromiseState.RUNNING)


@pytest.mark.parametrize("word", [PromiseState.KEPT, PromiseState.CANCELLED])
def test_what_stood_still_when_it_was_ended_stands_still_again(
    office: Office, number: str, clock: FixedClock, word: PromiseState
) -> None:
    """The undo loses nothing of the pause: it is due as if nobody had clicked."""
    made = give_promise(office.ctx, number, "li", CALL)
    other = give_promise(office.ctx, number, "li", REFUND)
    move(office.ctx, number, LI, Move(to=State.WAITING_CUSTOMER))
    clock.advance(days=3)
    move_promise(office.ctx, number, "li", made.id, word)
    assert move_promise(office.ctx, number, "li", made.id, PromiseState.RUNNING).state is PromiseState.PAUSED
    clock.advance(days=1)
    move(office.ctx, number, LI, Move(to=State.OPEN))
    found = own(office, number)
    assert (found[CALL].due, found[CALL].pauses) == (found[REFUND].due, found[REFUND].pauses)
    assert found[CALL].state is PromiseState.RUNNING and found[CALL].due > made.due and other.due == made.due


def test_nothing_is_owed_again_where_nothing_can_be(office: Office, number: str) -> None:
    """On a ticket that is over, and where another promise has taken its place."""
    made = give_promise(office.ctx, number, "li", CALL)
    with office.ctx.store.write() as tx:
        tx.promises.change([replace(own(office, number)[CALL], state=PromiseState.SUPERSEDED)])
    with pytest.raises(BadInput):
        move_promise(office.ctx, number, "li", made.id, PromiseState.RUNNING)
    later = give_promise(office.ctx, number, "li", REFUND)
    move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    with pytest.raises(BadInput):
        move_promise(office.ctx, number, "li", later.id, PromiseState.RUNNING)
    assert own(office, number)[REFUND].state is PromiseState.CANCELLED
