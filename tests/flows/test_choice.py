"""A ticket is promised by the policy and calendar that are chosen for it, from its arrival to its end."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from core.domain.bundle import BundleFiles
from core.domain.keys import KeyRing
from core.domain.people import User
from core.domain.promise import Clock, Promise
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.urge import urge
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """Problem reports are served day and night; the rest in office hours."""
    rapid = desk_with_mailbox().policies["rapid-7x24"]
    choose = "choose:\n  - {when: {type: 问题反馈}, policy: rapid-7x24}\n"
    files = {**shipped_files().files, "sla/policy.yaml": choose}
    desk, problems = compile_desk(BundleFiles(files=files))
    assert desk is not None and not problems and desk.choices[0].policy == rapid
    return Office(worker_context(sqlite_store, keys, clock, desk=desk))


@pytest.fixture
def one(office: Office) -> Callable[[str, Clock], Promise]:
    def newest(number: str, clock: Clock) -> Promise:
        return max((p for p in office.ticket(number).promises if p.clock is clock), key=lambda p: p.id)

    return newest


def test_it_serves_from_arrival_to_urging(office: Office, clock: FixedClock, one) -> None:
    """Friday evening: a problem report runs on through the weekend, a question waits for Monday."""
    clock.at = datetime(2026, 3, 6, 19, 0, tzinfo=SHANGHAI)
    [report] = office.bring(a_mail())
    [question] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？", mid="q", sender="a@example.cn"))
    first = one(report.number, Clock.FIRST_RESPONSE)
    assert first.policy.startswith("rapid-7x24@") and first.due == datetime(2026, 3, 6, 21, 0, tzinfo=SHANGHAI)
    assert one(question.number, Clock.FIRST_RESPONSE).policy.startswith("standard@")
    urge(office.ctx, report.number, LI)
    assert one(report.number, Clock.URGE).due == datetime(2026, 3, 6, 19, 30, tzinfo=SHANGHAI)
    answer(office.ctx, report.number, LI, Draft(text="您好！\n\n我们正在核对日志，查明后马上告诉您。", sure=True))
    clock.at += UNDO
    office.work()
    assert one(report.number, Clock.NEXT_UPDATE).policy.startswith("rapid-7x24@")


def test_a_correction_brings_it_under_another_policy(office: Office, clock: FixedClock, one) -> None:
    """The question was a problem report after all."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    before = one(row.number, Clock.RESOLUTION)
    correct(office.ctx, row.number, {"type": "问题反馈", "urgency": "紧急"}, "li")
    after = one(row.number, Clock.RESOLUTION)
    assert before.policy.startswith("standard@") and after.policy.startswith("rapid-7x24@")
    assert after.due == datetime(2026, 3, 6, 10, 0, tzinfo=SHANGHAI)


def test_a_level_is_looked_up_where_a_choice_asks_for_it(office: Office, clock: FixedClock, one) -> None:
    """VIP customers only, also for clocks that start later."""
    desk = office.ctx.desk()
    vip = replace(desk, choices=(replace(desk.choices[0], when={"level": ("VIP",)}),))
    ctx = replace(office.ctx, desk=lambda: vip)
    [row] = Office(ctx).bring(a_mail())
    with ctx.store.write() as tx:
        customer = tx.tickets.customer(office.ticket(row.number).ticket.customer_id)
        assert customer is not None
        tx.tickets.save_customer(replace(customer, level="VIP"))
    assert one(row.number, Clock.FIRST_RESPONSE).policy.startswith("standard@")
    urge(ctx, row.number, LI)
    assert one(row.number, Clock.URGE).policy.startswith("rapid-7x24@")
