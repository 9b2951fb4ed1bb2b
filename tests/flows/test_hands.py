"""领取, 转派, 退回: a ticket changes hands, with its trace, and a slip is taken back."""

from __future__ import annotations

import pytest

from core.domain.errors import BadInput, MoveNotAllowed, NotFound, ReasonNeeded
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.hands import claim, give_back, hand_over, undo_hands
from huiying.flows.move import Move, move
from tests.factories.pipeline import Office, a_mail

LI, WANG = User(id=1, name="li"), User(id=2, name="wang")
AUDITOR = User(id=3, name="shen", role=Role.AUDITOR)


@pytest.fixture
def number(office: Office) -> str:
    with office.ctx.store.write() as tx:
        for user in (LI, WANG, AUDITOR):
            tx.people.save(user)
    [row] = office.bring(a_mail())
    return row.number


def test_who_claims_it_has_it(office: Office, number: str) -> None:
    """A new ticket is open then; an auditor claims nothing."""
    with pytest.raises(MoveNotAllowed):
        claim(office.ctx, number, AUDITOR)
    done = claim(office.ctx, number, LI)
    assert (done.assignee, done.state) == ("li", State.OPEN)


def test_a_hand_over_names_somebody_who_can_work(office: Office, number: str) -> None:
    """A colleague, a team, or both; nobody, or somebody who only looks, is refused."""
    claim(office.ctx, number, LI)
    assert hand_over(office.ctx, number, LI, to="wang", reason="他熟悉").assignee == "wang"
    done = hand_over(office.ctx, number, WANG, team="商务组")
    assert (done.assignee, done.fields["team"], done.decided_by["team"]) == ("", "商务组", "agent")
    with pytest.raises(BadInput):
        hand_over(office.ctx, number, LI)
    for nobody in ("shen", "nobody"):
        with pytest.raises(NotFound):
            hand_over(office.ctx, number, LI, to=nobody)


def test_a_return_goes_back_to_where_it_came_from(office: Office, number: str) -> None:
    """With a reason, which is a label; the team that it was handed away from has it again."""
    claim(office.ctx, number, LI)
    before = office.ticket(number).ticket.fields.get("team", "")
    hand_over(office.ctx, number, LI, to="wang", team="商务组")
    with pytest.raises(ReasonNeeded):
        give_back(office.ctx, number, WANG, " ")
    done = give_back(office.ctx, number, WANG, "不是合作需求")
    assert (done.assignee, done.fields.get("team", "")) == ("li", before)
    line = next(line for line in office.ticket(number).audit if line.action == "ticket.returned")
    assert dict(line.details)["reason"] == "不是合作需求"


def test_a_slip_is_taken_back(office: Office, number: str) -> None:
    """One's own last one only, and only while the ticket is where it led."""
    claim(office.ctx, number, LI)
    hand_over(office.ctx, number, LI, to="wang", team="商务组")
    assert undo_hands(office.ctx, number, WANG) is None
    back = undo_hands(office.ctx, number, LI)
    assert back is not None and (back.assignee, back.fields.get("team", "") != "商务组") == ("li", True)
    assert undo_hands(office.ctx, number, LI) is None


def test_what_is_over_changes_no_hands(office: Office, number: str) -> None:
    """It would have to be reopened first."""
    move(office.ctx, number, LI, Move(to=State.WITHDRAWN, reason="客户撤回"))
    with pytest.raises(BadInput):
        claim(office.ctx, number, WANG)
