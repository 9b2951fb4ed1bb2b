"""Two agents on one ticket: each is seen while he has it open, and nobody answers over another's answer unasked."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.errors import AnsweredMeanwhile, NotFound, NotPermitted
from core.domain.people import Role, User
from core.domain.ticket import Direction
from huiying.flows.answer import UNDO, Draft, answer, take_back
from huiying.flows.attend import COUNTS, attend, leave
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", display="李敏")
AMY = User(id=2, name="amy", display="李敏")
"""Two who are called the same."""
DRAFT = Draft(text="王芳，您好！\n\n问题已经找到，我们周五下班前给您答复。")


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def there(office: Office) -> list[tuple[str, bool]]:
    with office.ctx.store.read() as tx:
        return [(one.person, one.writing is not None) for one in tx.presences.now_open(office.ctx.now())]


def newest(office: Office, number: str) -> int:
    return max(message.id for message in office.ticket(number).messages)


def test_an_open_page_is_seen_until_it_is_closed_or_falls_silent(
    office: Office, number: str, clock: FixedClock
) -> None:
    """Within a minute; whoever only reads for an audit is not seen."""
    attend(office.ctx, number, LI, 1, writing=False)
    attend(office.ctx, number, AMY, 2, writing=True)
    with pytest.raises(NotPermitted):
        attend(office.ctx, number, replace(AMY, role=Role.AUDITOR), 3, writing=False)
    with pytest.raises(NotFound):
        attend(office.ctx, "404", LI, 1, writing=False)
    assert there(office) == [("amy", True), ("li", False)]
    leave(office.ctx, AMY, 2)
    assert there(office) == [("li", False)]
    clock.at += COUNTS
    assert there(office) == [] and timedelta(minutes=1) > COUNTS


def test_an_answer_over_somebody_elses_is_asked_about(office: Office, number: str, clock: FixedClock) -> None:
    """Of those since the page was opened; not about one's own, nor about one that was taken back or is known."""
    opened = replace(DRAFT, seen=newest(office, number))
    answer(office.ctx, number, LI, opened)
    answer(office.ctx, number, LI, opened)
    with pytest.raises(AnsweredMeanwhile) as asked:
        answer(office.ctx, number, AMY, opened)
    assert asked.value.by == "李敏" and asked.value.message_id == newest(office, number)
    taken = answer(office.ctx, number, AMY, replace(DRAFT, seen=asked.value.message_id))
    assert take_back(office.ctx, number, taken.id, AMY)
    answer(office.ctx, number, LI, replace(DRAFT, seen=asked.value.message_id))
    answer(office.ctx, number, AMY, DRAFT)
    clock.at += UNDO
    office.work()
    assert [row.state for row in office.letters() if row.kind == "agent"].count("sent") == 4


def test_an_answer_from_a_mail_program_is_asked_about_too(office: Office, number: str, clock: FixedClock) -> None:
    """It was filed from the folder of sent mail."""
    message = replace(
        office.ticket(number).messages[0], id=office.ctx.ids(), direction=Direction.OUT, message_id="own@desk.example"
    )
    with office.ctx.store.write() as tx:
        tx.tickets.add_message(message)
    with pytest.raises(AnsweredMeanwhile):
        answer(office.ctx, number, LI, replace(DRAFT, seen=message.id - 1))
    answer(office.ctx, number, LI, replace(DRAFT, seen=message.id))
