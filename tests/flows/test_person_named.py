"""Whose name stands below an automatic letter (DOMAIN 9)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.people import Role, User
from core.domain.promise import Clock
from huiying.flows.answer import log_call
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=7, name="li", display="李敏", role=Role.AGENT)


@pytest.mark.parametrize(("answered", "gone", "signed"), [(False, False, ""), (True, False, "李敏"), (True, True, "")])
def test_from_the_first_response_on_it_is_a_persons(
    office: Office, clock: FixedClock, answered: bool, gone: bool, signed: str
) -> None:
    """An update before it is the team's; after it, that of who handles the ticket, as long as he works here."""
    with office.ctx.store.write() as tx:
        tx.people.save(LI)
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    if answered:
        log_call(office.ctx, row.number, LI, "reached", "说清楚了")
    with office.ctx.store.write() as tx:
        tx.people.save(replace(LI, disabled=gone))
    clock.at = max(p.due for p in office.ticket(row.number).promises if p.clock is Clock.NEXT_UPDATE)
    while tick(office.ctx):
        pass
    [letter] = [x for x in office.ticket(row.number).letters if x.kind == "progress"]
    with office.ctx.store.read() as tx:
        intent = tx.outbox.intent(letter.id)
    assert intent is not None and intent.variables.get("agent", "") == signed
