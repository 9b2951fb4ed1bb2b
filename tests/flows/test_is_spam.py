"""A person calls a ticket spam: nothing more is owed, no letter leaves, and one word takes all of it back."""

from __future__ import annotations

import pytest

from core.domain.errors import MoveNotAllowed, NotPermitted
from core.domain.keys import KeyRing
from core.domain.letter import LetterState
from core.domain.people import Role, User
from core.domain.promise import LIVE
from core.domain.ticket import SPAM_TAG, State
from huiying.flows.answer import Draft, answer
from huiying.flows.is_spam import is_spam, spam_domain, undo_spam
from huiying.flows.move import Move, move, undo_move
from huiying.flows.triage import triage
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
SUN = User(id=2, name="sun", role=Role.AGENT)
BOSS = User(id=3, name="boss", role=Role.LEAD)
ADMIN = User(id=5, name="root", role=Role.ADMIN)
AUDITOR = User(id=4, name="aud", role=Role.AUDITOR)


@pytest.fixture(params=["sqlite_store", "pg_store"])
def office(request: pytest.FixtureRequest, keys: KeyRing, clock: FixedClock) -> Office:
    return Office(worker_context(request.getfixturevalue(request.param), keys, clock))


@pytest.fixture
def number(office: Office) -> str:
    """A ticket whose acknowledgement has not left yet."""
    [mail] = office.keep(a_mail())
    while triage(office.ctx):
        pass
    return office.row(mail).number


def listed(office: Office) -> list[str]:
    with office.ctx.store.read() as tx:
        return [row.number for row in tx.views.spam_tickets("", 50).rows]


def states(office: Office) -> list[str]:
    return [letter.state for letter in office.letters()]


def test_no_letter_leaves_and_nothing_is_owed(office: Office, number: str) -> None:
    """The acknowledgement and an answer in the outbox are cancelled; the ticket stands on the page of spam."""
    answer(office.ctx, number, LI, Draft(text="您好，请问您需要什么帮助？"))
    assert set(states(office)) == {LetterState.QUEUED}
    done = is_spam(office.ctx, number, LI)
    assert (done.state, SPAM_TAG in done.tags) == (State.INVALID, True)
    assert set(states(office)) == {LetterState.CANCELLED}
    detail = office.ticket(number)
    assert not [one for one in detail.promises if one.state in LIVE]
    assert listed(office) == [number]
    [line] = [line for line in detail.audit if line.action == "ticket.spam"]
    assert (line.actor, dict(line.details)["reason"]) == ("li", "spam")
    office.work()
    assert set(states(office)) == {LetterState.CANCELLED}
    assert is_spam(office.ctx, number, LI).version == done.version


def test_it_is_taken_back_with_its_letters(office: Office, number: str, clock: FixedClock) -> None:
    """By any agent: due times go on from where they stood, and the acknowledgement leaves after all."""
    live = {one.id for one in office.ticket(number).promises if one.state in LIVE}
    before = office.ticket(number).ticket
    is_spam(office.ctx, number, LI)
    clock.advance(minutes=1)
    with pytest.raises(NotPermitted):
        undo_spam(office.ctx, number, AUDITOR)
    back = undo_spam(office.ctx, number, SUN)
    assert back is not None
    assert (back.state, back.tags) == (before.state, before.tags)
    assert {one.id for one in office.ticket(number).promises if one.state in LIVE} == live
    assert listed(office) == []
    office.work()
    assert states(office) == [LetterState.SENT]
    assert undo_spam(office.ctx, number, LI) is None


def test_a_letter_that_was_held_is_held_again(office: Office, number: str) -> None:
    """Undo lets nothing out that waited for a second person."""
    [letter] = office.letters()
    with office.ctx.store.write() as tx:
        tx.outbox.set_state(letter.id, LetterState.HELD, office.ctx.now())
    is_spam(office.ctx, number, LI)
    undo_spam(office.ctx, number, LI)
    assert states(office) == [LetterState.HELD]


def test_who_may_not(office: Office, number: str) -> None:
    """An auditor never; an agent where the table of states leaves it to a lead."""
    with pytest.raises(NotPermitted):
        is_spam(office.ctx, number, AUDITOR)
    move(office.ctx, number, LI, Move(to=State.WAITING_CUSTOMER))
    with pytest.raises(MoveNotAllowed):
        is_spam(office.ctx, number, LI)
    assert states(office) == [LetterState.QUEUED]


def reply(body: str, mid: str = "r@x.cn") -> bytes:
    return a_mail(subject="Re", body=body, mid=mid, reply_to=["m1@example.cn"])


@pytest.mark.parametrize("days", [0, 30])
def test_a_reply_waits_where_the_spam_is(office: Office, number: str, clock: FixedClock, days: int) -> None:
    """Whenever it comes it makes no ticket and gets no letter, neither an acknowledgement nor a short line; it brings
    the ticket to the top of the page of spam and says why it is silent."""
    is_spam(office.ctx, number, LI)
    [other] = office.bring(a_mail(subject="推销", sender="a <a@other.cn>", mid="o@other.cn"))
    is_spam(office.ctx, other.number, LI)
    assert listed(office) == [other.number, number]
    clock.advance(days=days)
    [again] = office.bring(reply("我们不是垃圾邮件，请尽快答复，很急！"))
    assert (again.number, again.silent_because) == (number, "spam-ticket")
    assert listed(office) == [number, other.number]
    detail = office.ticket(number)
    assert (detail.ticket.state, len(detail.messages)) == (State.INVALID, 2)
    assert [letter.state for letter in detail.letters] == [LetterState.CANCELLED]
    assert not [one for one in detail.promises if one.state in LIVE]


@pytest.mark.slow
def test_what_was_said_meanwhile_is_heard_once_it_is_no_spam(office: Office, number: str) -> None:
    """A ticket that waited for its customer goes on with what he wrote, after any number of mails."""
    move(office.ctx, number, LI, Move(to=State.WAITING_CUSTOMER))
    is_spam(office.ctx, number, BOSS)
    office.bring(*(reply(f"第 {one} 次：请答复。", mid=f"r{one}@x.cn") for one in range(25)))
    back = undo_spam(office.ctx, number, SUN)
    assert back is not None and (back.state, back.is_spam) == (State.OPEN, False)
    office.bring(reply("谢谢，还有一个问题：怎么导出？", mid="late@x.cn"))
    assert office.ticket(number).ticket.state is State.OPEN
    assert LetterState.SENT in states(office)


def test_another_demand_of_his_is_a_ticket_of_its_own(office: Office, number: str) -> None:
    """Whoever was wronged can always be heard: only replies wait with the spam."""
    is_spam(office.ctx, number, LI)
    [other] = office.bring(a_mail(subject="新问题", body="发票什么时候寄出？", mid="n@example.cn"))
    assert other.number not in ("", number) and not other.silent_because


def test_spam_that_became_something_else_is_not_taken_back(office: Office, number: str) -> None:
    """Another word on its state stands after it."""
    is_spam(office.ctx, number, LI)
    move(office.ctx, number, SUN, Move(to=State.OPEN))
    assert undo_spam(office.ctx, number, LI) is None


def test_moved_on_it_is_no_longer_called_spam(office: Office, number: str) -> None:
    """The tag goes with the state, its other tags stay; whoever takes that move back has called it spam again."""
    before = office.ticket(number).ticket.tags
    is_spam(office.ctx, number, LI)
    assert move(office.ctx, number, SUN, Move(to=State.OPEN)).tags == before
    again = undo_move(office.ctx, number, SUN)
    assert again is not None and again.is_spam and listed(office) == [number]


def test_spam_that_is_put_away_is_still_called_so(office: Office, number: str) -> None:
    """Nobody has said that it is none."""
    is_spam(office.ctx, number, LI)
    assert SPAM_TAG in move(office.ctx, number, ADMIN, Move(to=State.ARCHIVED)).tags


def test_a_companys_domain_can_become_a_rule(office: Office, number: str) -> None:
    """As long as the ticket is called spam; where everybody has addresses there is none to propose."""
    assert spam_domain(office.ticket(number)) == ""
    is_spam(office.ctx, number, LI)
    assert spam_domain(office.ticket(number)) == "example.cn"
    [free] = office.bring(a_mail(subject="推销", sender="a <a@qq.com>", mid="o@qq.com"))
    is_spam(office.ctx, free.number, LI)
    assert spam_domain(office.ticket(free.number)) == ""


def test_only_what_was_cancelled_comes_back(office: Office, number: str) -> None:
    """The store revives nothing that was not."""
    [letter] = office.letters()
    with office.ctx.store.write() as tx:
        assert not tx.outbox.revive(letter.id, LetterState.QUEUED, office.ctx.now())
