"""Several tickets at once: each as if alone, the others done although one cannot be, and all of it taken back."""

from __future__ import annotations

import pytest

from core.domain.errors import BadInput, NotPermitted
from core.domain.people import Role, User
from core.domain.ticket import State
from core.domain.views import QueueFilter
from huiying.flows.correct import correct
from huiying.flows.hands import claim
from huiying.flows.many import MOST_AT_ONCE, Deed, Done, Several, do_to_many, take_many_back
from huiying.flows.move import Move, move
from tests.factories.console import add_user
from tests.factories.pipeline import Office, a_mail

LI = User(id=1, name="li")
AMY = User(id=2, name="amy")


@pytest.fixture
def three(office: Office) -> list[str]:
    """The last of them is withdrawn."""
    mails = (a_mail(subject=f"第{place}件", sender=f"c{place}@example.cn", mid=f"m{place}") for place in range(3))
    numbers = [row.number for row in office.bring(*mails)]
    move(office.ctx, numbers[2], LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    return numbers


def numbers_of(several: Several) -> tuple[list[str], list[str], list[tuple[str, str]]]:
    done = [one.number for one in several.done]
    return done, list(several.already), [(number, no.code) for number, no in several.left_out]


def lines(office: Office, number: str, action: str) -> int:
    return [line.action for line in office.ticket(number).audit].count(action)


def test_each_is_claimed_as_if_alone_and_who_cannot_be_is_named(office: Office, three: list[str]) -> None:
    """One line in each trail; what is so already has none more; taken back they lie where they lay, but for what
    somebody else has claimed since."""
    one, two, over = three
    claim(office.ctx, one, LI)
    done = do_to_many(office.ctx, [f"#{one}", two, over, two, "404"], LI, Deed(what="claim"))
    assert numbers_of(done) == ([two], [one], [(over, "bad-input"), ("404", "not-found")])
    assert lines(office, one, "ticket.claimed") == lines(office, two, "ticket.claimed") == 1
    back = take_many_back(office.ctx, done.done, LI, "claim")
    assert numbers_of(back) == ([two], [], []) and office.ticket(two).ticket.assignee == ""
    again = do_to_many(office.ctx, [two], LI, Deed(what="claim"))
    claim(office.ctx, two, AMY)
    assert numbers_of(take_many_back(office.ctx, again.done, LI, "claim")) == ([], [], [(two, "bad-input")])
    assert office.ticket(two).ticket.assignee == "amy"


def test_all_are_held_with_one_reason_and_go_on_together(office: Office, three: list[str]) -> None:
    """The table of states decides for each; without the reason that it wants, nothing is done."""
    one, two, over = three
    assert numbers_of(do_to_many(office.ctx, [one], LI, Deed(what="move"))) == ([], [], [(one, "say-why")])
    held = do_to_many(office.ctx, three, LI, Deed(what="move", state=State.ON_HOLD, reason="等厂家"))
    assert numbers_of(held) == ([one, two], [], [(over, "move-not-allowed")])
    assert [office.ticket(number).ticket.state for number in (one, two)] == [State.ON_HOLD] * 2
    take_many_back(office.ctx, held.done, LI, "move")
    assert [office.ticket(number).ticket.state for number in (one, two)] == [State.NEW] * 2


def test_suggestions_are_confirmed_together_and_a_later_correction_stands(office: Office, three: list[str]) -> None:
    """What somebody has corrected since is not taken back with the rest."""
    one, two, _ = three
    done = do_to_many(office.ctx, [one, two], LI, Deed(what="confirm"))
    assert numbers_of(done)[0] == [one, two]
    assert numbers_of(do_to_many(office.ctx, [one, two], LI, Deed(what="confirm"))) == ([], [one, two], [])
    correct(office.ctx, two, {"type": "投诉"}, "amy")
    assert numbers_of(take_many_back(office.ctx, done.done, LI, "confirm")) == ([one], [], [(two, "bad-input")])
    assert office.ticket(two).ticket.fields["type"] == "投诉" and not office.ticket(one).ticket.confirmed


def test_several_are_handed_over_or_called_spam(office: Office, three: list[str]) -> None:
    """To a person, or out of his hands to a team; spam comes back as it was."""
    one, two, _ = three
    add_user(office.ctx, "amy")
    assert numbers_of(do_to_many(office.ctx, [one, two], LI, Deed(what="hand-over", to="amy")))[0] == [one, two]
    assert numbers_of(do_to_many(office.ctx, [one, two], LI, Deed(what="hand-over", to="amy")))[1] == [one, two]
    to_both = Deed(what="hand-over", to="amy", team="财务组")
    assert numbers_of(do_to_many(office.ctx, [one], LI, to_both))[0] == [one]
    to_team = Deed(what="hand-over", team="商务组", reason="报价")
    given = do_to_many(office.ctx, [one, two], LI, to_team)
    assert numbers_of(do_to_many(office.ctx, [two], LI, to_team))[1] == [two]
    assert [office.ticket(each).ticket.fields["team"] for each in (one, two)] == ["商务组"] * 2
    assert {office.ticket(each).ticket.assignee for each in (one, two)} == {""}
    assert numbers_of(take_many_back(office.ctx, given.done, LI, "hand-over"))[0] == [one, two]
    assert {office.ticket(each).ticket.assignee for each in (one, two)} == {"amy"}
    spam = do_to_many(office.ctx, [one, two], LI, Deed(what="spam"))
    assert office.ticket(one).ticket.is_spam and numbers_of(spam)[0] == [one, two]
    assert numbers_of(take_many_back(office.ctx, spam.done, LI, "spam"))[0] == [one, two]


def test_several_are_put_off_and_come_back_together(office: Office, three: list[str]) -> None:
    """Out of one's own queue for an hour; one that is over is named."""
    one, two, over = three
    put_off = do_to_many(office.ctx, three, LI, Deed(what="snooze"))
    assert numbers_of(put_off) == ([one, two], [], [(over, "bad-input")])
    mine = QueueFilter(person="li", now=office.ctx.now())
    with office.ctx.store.read() as tx:
        assert tx.views.queue_count(mine) == 0
    assert numbers_of(take_many_back(office.ctx, put_off.done, LI, "snooze"))[0] == [one, two]
    with office.ctx.store.read() as tx:
        assert tx.views.queue_count(mine) == 2
    assert numbers_of(take_many_back(office.ctx, put_off.done, LI, "snooze"))[2][0] == (one, "bad-input")


def test_what_cannot_be_meant_is_refused_as_a_whole(office: Office) -> None:
    """None, too many, or nothing that is done to many."""
    refused: tuple[tuple[list[str], Deed], ...] = (
        ([], Deed(what="claim")),
        (["1"], Deed(what="erase")),
        (["1"], Deed(what="move", state=State.CLOSED, reason="x")),
        ([str(number) for number in range(MOST_AT_ONCE + 1)], Deed(what="claim")),
    )
    for numbers, deed in refused:
        with pytest.raises(BadInput):
            do_to_many(office.ctx, numbers, LI, deed)
    with pytest.raises(NotPermitted):
        do_to_many(office.ctx, ["1"], User(id=3, name="aud", role=Role.AUDITOR), Deed(what="claim"))
    with pytest.raises(BadInput):
        take_many_back(office.ctx, [Done(number="1")], LI, "erase")
