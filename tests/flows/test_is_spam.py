"""A person calls a ticket spam: nothing more is owed, no letter leaves, and one word takes all of it back."""

from __future__ import annotations

import pytest

from core.domain.errors import MoveNotAllowed, NotPermitted
from core.domain.keys import KeyRing
from core.domain.letter import LetterState
from core.domain.people import Role, User
from core.domain.promise import LIVE
from core.domain.ticket import State
from core.domain.views import SPAM_TAG
from huiying.flows.answer import Draft, answer
from huiying.flows.is_spam import is_spam, undo_spam
from huiying.flows.move import Move, move
from huiying.flows.triage import triage
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
SUN = User(id=2, name="sun", role=Role.AGENT)
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
        return [row.number for row in tx.views.spam_tickets(50)]


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
    """By whoever said it: due times go on from where they stood, and the acknowledgement leaves after all."""
    live = {one.id for one in office.ticket(number).promises if one.state in LIVE}
    before = office.ticket(number).ticket
    is_spam(office.ctx, number, LI)
    clock.advance(minutes=1)
    assert undo_spam(office.ctx, number, SUN) is None
    back = undo_spam(office.ctx, number, LI)
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


def test_whoever_was_taken_for_spam_can_still_be_heard(office: Office, number: str) -> None:
    """Another mail of his is a demand of its own; the ticket and its letter stay as they are."""
    is_spam(office.ctx, number, LI)
    [again] = office.bring(
        a_mail(subject="Re", body="我们不是垃圾邮件，请答复。", mid="r@x.cn", reply_to=["m1@example.cn"])
    )
    assert again.number != number
    detail = office.ticket(number)
    assert detail.ticket.state is State.INVALID
    assert [letter.state for letter in detail.letters] == [LetterState.CANCELLED]


def test_only_what_was_cancelled_comes_back(office: Office, number: str) -> None:
    """The store revives nothing that was not."""
    [letter] = office.letters()
    with office.ctx.store.write() as tx:
        assert not tx.outbox.revive(letter.id, LetterState.QUEUED, office.ctx.now())
