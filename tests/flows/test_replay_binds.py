"""A replay never says twice what was filed, and never takes back what an agent decided."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.decision import By
from core.domain.errors import BadInput
from huiying.flows.correct import correct
from huiying.flows.replay import replay
from tests.factories.pipeline import Office, a_mail
from tests.fakes.failing import MARK, FailingParser


def test_a_filed_mail_is_not_filed_again(office: Office) -> None:
    """It would be a second message on its ticket."""
    [row] = office.bring(a_mail())
    with pytest.raises(BadInput):
        replay(office.ctx, row.id, "admin")
    office.work()
    assert len(office.ticket(row.number).messages) == 1


def test_an_agents_word_on_a_stub_outlives_the_replay(office: Office) -> None:
    """The fields that an agent set bind; the rest becomes what the mail says."""
    parser = FailingParser(office.ctx.parser)
    broken = Office(replace(office.ctx, parser=parser))
    [row] = broken.bring(a_mail(body=f"{MARK} 系统打不开，一直报错"))
    correct(office.ctx, row.number, {"type": "投诉"}, "li")
    parser.healed = True
    for _ in range(2):
        replay(office.ctx, row.id, "admin")
    broken.work()
    ticket = broken.ticket(row.number).ticket
    assert (ticket.fields["type"], ticket.decided_by["type"]) == ("投诉", By.AGENT)
    assert not ticket.stub and len(broken.ticket(row.number).messages) == 2
