"""Whatever moves a ticket to another state plans the rules of that state, and the trail says so."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.domain.keys import KeyRing
from core.domain.ledger import SENT
from core.domain.mail import RawMail
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.answer import log_call
from huiying.flows.hands import claim
from huiying.flows.move import Move, move
from huiying.flows.receive import keep_files
from huiying.flows.tick import tick
from store.open import SqlStore
from tests.factories.pipeline import ADDRESS, Office, a_mail
from tests.factories.rule_scenes import open_office
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.LEAD)
STILL_OPEN = a_rule(
    when="{not: {customer: {level: VIP}}}", then="{tags: [还没答]}", extra="after: {state: open, time: 2 小时}",
    examples=("{text: 你好, expect: {tags: 还没答}}", "{level: VIP, expect: nothing}"),
)  # fmt: skip


def is_claimed(office: Office, number: str) -> None:
    claim(office.ctx, number, LI)


def is_called(office: Office, number: str) -> None:
    log_call(office.ctx, number, LI, "reached", "已说明情况")


def is_answered_from_elsewhere(office: Office, number: str) -> None:
    mail = a_mail(mid="a1@example.com", sender=f"李工 <{ADDRESS}>", body="已为您重置。", reply_to=["m1@example.cn"])
    data = mail.replace(f"To: {ADDRESS}".encode(), b"To: wang@example.cn")
    keep_files(
        office.ctx,
        [
            RawMail(
                source=SENT, mailbox="service", folder="s", uidvalidity=0, uid=0, arrived=office.ctx.now(), data=data
            )
        ],
    )
    office.work()


def is_moved_and_heard(office: Office, number: str) -> None:
    move(office.ctx, number, LI, Move(to=State.WAITING_CUSTOMER))
    office.bring(a_mail(subject="Re: 登录报错", body="还是不行。", mid="r1@example.cn", reply_to=["m1@example.cn"]))


@pytest.mark.parametrize("opens", [is_claimed, is_called, is_answered_from_elsewhere, is_moved_and_heard])
def test_its_rules_are_planned_and_the_trail_says_so(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, opens: Callable[[Office, str], None]
) -> None:
    """Two hours later the rule that waits for them is asked."""
    office = open_office(sqlite_store, keys, clock, STILL_OPEN)
    [row] = office.bring(a_mail())
    clock.advance(minutes=5)
    opens(office, row.number)
    assert office.ticket(row.number).ticket.state is State.OPEN
    said = [dict(line.details)["state"] for line in office.ticket(row.number).audit if "state" in dict(line.details)]
    assert said[-1] == "open"
    clock.advance(hours=2)
    tick(office.ctx)
    assert "还没答" in office.ticket(row.number).ticket.tags
