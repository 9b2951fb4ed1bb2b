"""A rule asks the customer for what is missing: one letter, the clocks wait from when it left, his reply ends it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.keys import KeyRing
from core.domain.people import User
from core.domain.promise import Clock, Promise, PromiseState
from core.domain.ticket import State
from huiying.flows.move import Move, move
from huiying.flows.tick import tick
from store.open import SqlStore
from tests.factories.letters import text_of
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock
from tests.flows.test_rule_occasions import NONE, a_desk, reply

LI = User(id=1, name="li")
SHANGHAI = ZoneInfo("Asia/Shanghai")
ENGLISH = "The system shows error 500 whenever we sign in to it this morning. 登录"
Open = Callable[..., Office]


@pytest.fixture
def opened(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Open:
    """An office that asks for the order number and the version two hours after a ticket came."""
    clock.at = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)

    def make(then: str = "{ask: [order_number, version]}") -> Office:
        rule = a_rule(when="{text: 登录}", then=then, examples=NONE, extra="after: {state: new, time: 2 小时}")
        return Office(worker_context(sqlite_store, keys, clock, desk=a_desk(rule)))

    return make


def after_two_hours(office: Office, clock: FixedClock) -> None:
    clock.advance(hours=2, seconds=1)
    tick(office.ctx)
    office.work()


def questions(office: Office) -> list[str]:
    with office.ctx.store.read() as tx:
        intents = [tx.outbox.intent(row.id) for row in office.letters()]
    return [one.variables["missing"] for one in intents if one and one.template == "question"]


def resolution(office: Office, number: str) -> Promise:
    return next(p for p in office.ticket(number).promises if p.clock is Clock.RESOLUTION)


def test_the_question_leaves_and_the_clocks_wait_for_the_answer(opened: Open, clock: FixedClock) -> None:
    """Arrived Thursday 09:00, asked 11:00, answered 15:00: 3 working hours (11–12, 13–15) do not count, and the 5
    working days that were to end on Wednesday 18:00 end on Thursday 12:00."""
    office = opened()
    [row] = office.bring(a_mail())
    assert resolution(office, row.number).due == datetime(2026, 3, 11, 18, 0, tzinfo=SHANGHAI)
    after_two_hours(office, clock)
    words = text_of(office.ctx.transport.tried[-1])  # type: ignore[attr-defined]  # the transport in memory
    assert words.startswith("王芳，您好！") and "请告诉我们订单号、软件版本。" in words
    detail = office.ticket(row.number)
    assert detail.ticket.state is State.WAITING_CUSTOMER
    assert resolution(office, row.number).state is PromiseState.PAUSED
    assert {"customer.asked", "ticket.moved"} <= {line.action for line in detail.audit}
    clock.at = datetime(2026, 3, 5, 15, 0, tzinfo=SHANGHAI)
    office.bring(reply("订单号 202601180045，版本 3.2.1"))
    assert office.ticket(row.number).ticket.state is State.OPEN
    after = resolution(office, row.number)
    assert after.state is PromiseState.RUNNING
    assert after.due - datetime(2026, 3, 12, 12, 0, tzinfo=SHANGHAI) <= timedelta(seconds=1)


def test_an_english_customer_is_asked_in_english(opened: Open, clock: FixedClock) -> None:
    """The words of what is missing, too."""
    office = opened()
    [row] = office.bring(a_mail(subject="Sign in", body=ENGLISH, sender="John Smith <john@example.cn>"))
    after_two_hours(office, clock)
    words = text_of(office.ctx.transport.tried[-1])  # type: ignore[attr-defined]  # the transport in memory
    assert words.startswith("Dear John Smith,")
    assert "Please tell us your order number and the software's version." in " ".join(words.split())
    assert office.ticket(row.number).ticket.state is State.WAITING_CUSTOMER


def test_only_what_is_missing_and_only_once(opened: Open, clock: FixedClock) -> None:
    """What the mail gives is not asked; asked again by the rule nothing leaves; with all given no letter at all."""
    office = opened()
    [row] = office.bring(a_mail(body="登录报错，版本 3.2.1"))
    office.bring(a_mail(body="登录报错，版本 3.2.1，订单号 202601180045", mid="all", sender="all@example.cn"))
    after_two_hours(office, clock)
    assert questions(office) == ["订单号"]
    office.bring(reply("请稍等，我找一下"))
    assert office.ticket(row.number).ticket.state is State.OPEN
    after_two_hours(office, clock)
    assert questions(office) == ["订单号"]


def test_what_the_acknowledgement_asked_is_not_asked_again(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """One rule asks on arrival, another two hours later."""
    first = a_rule(when="{text: 登录}", then="{ask: [order_number]}", examples=NONE)
    later = a_rule(
        id="later", when="{text: 登录}", then="{ask: [order_number, product]}", examples=NONE,
        extra="after: {state: new, time: 2 小时}",
    )  # fmt: skip
    office = Office(worker_context(sqlite_store, keys, clock, desk=a_desk(first, later)))
    office.bring(a_mail())
    after_two_hours(office, clock)
    assert questions(office) == ["产品名称和型号"]


def test_at_night_it_waits_and_the_clocks_run_until_it_leaves(opened: Open, clock: FixedClock) -> None:
    """Arrived at 19:00, asked at 21:00: the letter leaves at 08:00, and only then the ticket waits."""
    office = opened()
    clock.at = datetime(2026, 3, 5, 19, 0, tzinfo=SHANGHAI)
    [row] = office.bring(a_mail())
    after_two_hours(office, clock)
    assert questions(office) == ["订单号、软件版本"]
    assert office.ticket(row.number).ticket.state is State.NEW
    clock.at = datetime(2026, 3, 6, 8, 0, tzinfo=SHANGHAI)
    office.work()
    assert office.ticket(row.number).ticket.state is State.WAITING_CUSTOMER


@pytest.mark.parametrize("words", ["订单号 202601180045，版本 3.2.1", "请稍等，我找一下"])
def test_who_wrote_meanwhile_is_not_asked_in_the_morning(opened: Open, clock: FixedClock, words: str) -> None:
    """His mail came between the question's writing and its leaving: it does not leave, and nothing waits."""
    office = opened()
    clock.at = datetime(2026, 3, 5, 19, 0, tzinfo=SHANGHAI)
    [row] = office.bring(a_mail())
    after_two_hours(office, clock)
    office.bring(reply(words))
    sent = len(office.ctx.transport.tried)  # type: ignore[attr-defined]  # the transport in memory
    clock.at = datetime(2026, 3, 6, 8, 0, tzinfo=SHANGHAI)
    office.work()
    detail = office.ticket(row.number)
    assert detail.ticket.state is not State.WAITING_CUSTOMER
    assert [letter.state for letter in detail.letters][-1] == "cancelled"
    assert len(office.ctx.transport.tried) == sent  # type: ignore[attr-defined]  # likewise


def test_an_agents_question_makes_the_rules_needless(opened: Open, clock: FixedClock) -> None:
    """The ticket waits for the customer already: he is asked once."""
    office = opened()
    clock.at = datetime(2026, 3, 5, 19, 0, tzinfo=SHANGHAI)
    [row] = office.bring(a_mail())
    after_two_hours(office, clock)
    move(office.ctx, row.number, LI, Move(to=State.WAITING_CUSTOMER))
    clock.at = datetime(2026, 3, 6, 8, 0, tzinfo=SHANGHAI)
    office.work()
    assert [letter.state for letter in office.ticket(row.number).letters][-1] == "cancelled"


ON_REPLY = a_rule(
    id="again", when="{not: {text: 无关}}", then="{ask: [order_number, version]}", examples=NONE, extra="run_on: reply"
)


@pytest.fixture
def replying(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """An office that asks on each reply, at nine in the morning."""
    clock.at = datetime(2026, 3, 5, 9, 0, tzinfo=SHANGHAI)
    return Office(worker_context(sqlite_store, keys, clock, desk=a_desk(ON_REPLY)))


@pytest.mark.slow
def test_a_reply_that_does_not_give_it_is_asked_again_but_twice_at_most(replying: Office, clock: FixedClock) -> None:
    """Each time for what is still missing; then an agent goes on, and the trail says why no letter left."""
    office = replying
    [row] = office.bring(a_mail())
    assert questions(office) == []
    told = (("请稍等", 1), ("版本 3.2.1，订单号在找", 2), ("找不到订单号", 2), ("真的找不到", 2))
    for number, (words, letters) in enumerate(told, 2):
        clock.advance(minutes=30)
        office.bring(reply(words, mid=f"m{number}@example.cn"))
        detail = office.ticket(row.number)
        assert len(questions(office)) == letters, words
        asked = len([one for one in detail.letters if one.state == "sent" and one.kind == "notice"])
        assert asked == letters
        waits = number <= 3
        assert detail.ticket.state is (State.WAITING_CUSTOMER if waits else State.OPEN)
    assert sorted(questions(office)) == ["订单号", "订单号、软件版本"]
    said = [dict(line.details).get("because") for line in office.ticket(row.number).audit]
    assert said.count("asked-enough") == 2


def test_what_the_reply_gives_is_not_asked(replying: Office, clock: FixedClock) -> None:
    """The reply itself is read, not only what stood there before; nor does a machine's answer ask for anything."""
    office = replying
    [row] = office.bring(a_mail())
    office.bring(reply("订单号 202601180045，版本 3.2.1"))
    office.bring(reply("我在休假", mid="m3@example.cn", headers=["Auto-Submitted: auto-replied"]))
    assert questions(office) == []
    assert office.ticket(row.number).ticket.state is not State.WAITING_CUSTOMER


def test_a_question_on_a_reply_at_night_leaves_in_the_morning(replying: Office, clock: FixedClock) -> None:
    """Once, although he wrote again meanwhile: for what is missing then."""
    office = replying
    [row] = office.bring(a_mail())
    clock.at = datetime(2026, 3, 5, 21, 0, tzinfo=SHANGHAI)
    office.bring(reply("请稍等"))
    office.bring(reply("版本 3.2.1", mid="m3@example.cn"))
    clock.at = datetime(2026, 3, 6, 8, 0, tzinfo=SHANGHAI)
    office.work()
    assert len(questions(office)) == 2
    states = [one.state for one in office.ticket(row.number).letters if one.kind == "notice"]
    assert sorted(states) == ["cancelled", "sent", "sent"]  # one is the short note outside hours
    words = text_of(office.ctx.transport.tried[-1])  # type: ignore[attr-defined]  # the transport in memory
    assert "请告诉我们订单号。" in words
    assert office.ticket(row.number).ticket.state is State.WAITING_CUSTOMER
