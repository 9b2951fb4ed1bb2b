"""Each action of the rule language has its effect on the stored ticket, its letters, promises and notices."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from functools import partial

import pytest

from core.domain.decision import DECIDED_FIELDS, By
from core.domain.keys import KeyRing
from core.domain.letter import LetterKind
from core.domain.promise import Clock
from core.domain.ticket import State
from huiying.flows.answer import Draft, answer
from huiying.flows.notify import notify
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail
from tests.factories.rule_scenes import (
    LI,
    NONE,
    OTHER_VALUE,
    Scene,
    arrives,
    of_customer,
    open_office,
    replies,
    running,
    schema_keys,
)
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.hooks import MemoryHooks
from tests.fakes.transport import MemoryTransport

Check = Callable[[Office, str], None]


@pytest.fixture
def opened(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Callable[..., Office]:
    """An office with just these rules."""
    return partial(open_office, sqlite_store, keys, clock)


@dataclass(frozen=True, kw_only=True)
class Done:
    """An action, and what is seen of it on the ticket that a scene makes."""

    key: str
    then: str
    seen: Check
    scene: Scene
    extra: str = ""


def done(key: str, then: str, seen: Check, scene: Scene | None = None, extra: str = "") -> Done:
    return Done(key=key, then=then, seen=seen, scene=scene or arrives(), extra=extra)


def has(field: str, value: str) -> Check:
    def check(office: Office, number: str) -> None:
        ticket = office.ticket(number).ticket
        assert (ticket.fields[field], ticket.decided_by[field]) == (value, By.RULE)

    return check


def takes(clock: Clock, hours: int) -> Check:
    def check(office: Office, number: str) -> None:
        promise = running(office, number, clock)
        assert promise.due - promise.started == timedelta(hours=hours)

    return check


def asks(part: str, value: object) -> Check:
    def check(office: Office, number: str) -> None:
        [asked] = office.ticket(number).parts
        due = running(office, number, Clock.PART)
        seen = {"team": asked.department, "output": asked.output, "within": due.due - due.started}
        assert seen[part] == value

    return check


def _owned(office: Office, number: str) -> None:
    assert office.ticket(number).ticket.assignee == "wang"


def _tagged(office: Office, number: str) -> None:
    assert office.ticket(number).ticket.tags == ("甲", "乙")


def _by_policy(office: Office, number: str) -> None:
    assert running(office, number, Clock.RESOLUTION).policy.startswith("rapid-7x24")


def _silent(office: Office, number: str) -> None:
    detail = office.ticket(number)
    assert not detail.letters and detail.messages[0].silent_because == "rule: 客户经理会打电话"


def _welcomed(office: Office, number: str) -> None:
    """The named letter takes the place of the acknowledgement, and the reason stands with the decision."""
    detail = office.ticket(number)
    [row] = detail.letters
    with office.ctx.store.read() as tx:
        letter = tx.outbox.intent(row.id)
    assert letter is not None
    assert (letter.kind, letter.template, row.state) == (LetterKind.ACKNOWLEDGEMENT, "welcome", "sent")
    assert detail.decisions[0].decision.choices["letter"].because.endswith("；第一次来信")
    assert detail.ticket.decided_by["letter"] == By.RULE


def _asks_customer(office: Office, number: str) -> None:
    with office.ctx.store.read() as tx:
        letter = tx.outbox.intent(office.ticket(number).letters[0].id)
    assert letter is not None and letter.variables["ask"] == "订单号、方便联系的电话"


def replies_twice(office: Office) -> str:
    """And gives no order number either time."""
    number = replies("还没找到")(office)
    office.work()
    office.bring(a_mail(subject="Re: 你好", body="再等等", mid="r2@a.cn", reply_to=["m1@example.cn"]))
    return number


def _asks_once(office: Office, number: str) -> None:
    """Without it he would be asked twice."""
    assert [row.kind for row in office.ticket(number).letters].count("notice") == 1
    assert "asked-enough" in [dict(line.details).get("because") for line in office.ticket(number).audit]


def _wants_second(office: Office, number: str) -> None:
    letter = answer(office.ctx, number, LI, Draft(text="王芳，您好！\n\n问题已经找到，正在修复。", sure=True))
    assert letter.state == "held"


def _told(office: Office, number: str) -> None:
    """By mail to a person and by the webhook, each once."""
    while notify(office.ctx):
        pass
    transport, hooks = office.ctx.transport, office.ctx.hooks
    assert isinstance(transport, MemoryTransport) and isinstance(hooks, MemoryHooks)
    assert sum(b"anna@desk.example" in sent.data for sent in transport.tried) == 1
    [(channel, message)] = hooks.told
    assert channel == "ops" and number in str(message)


def _linked(office: Office, number: str) -> None:
    ticket = office.ticket(number).ticket
    assert ticket.linked_to and ticket.linked_because == "linked: rule test"


def _urged(office: Office, number: str) -> None:
    assert running(office, number, Clock.URGE).due > office.ctx.now()
    assert office.ticket(number).ticket.fields["priority"] == "中"


def _still_waiting(office: Office, number: str) -> None:
    assert office.ticket(number).ticket.state is State.WAITING_CUSTOMER


def _no_ticket(office: Office, number: str) -> None:
    assert not number and not office.letters()


def _stopped(office: Office, number: str) -> None:
    """The rule behind it is recorded as overridden and sets nothing."""
    detail = office.ticket(number)
    assert "后面" not in detail.ticket.tags
    assert detail.decisions[0].decision.hits[-1].overridden == ("tag",)


ACTIONS = [
    *(done(name, f"{{{name}: {value}}}", has(name, value)) for name, (value, _) in OTHER_VALUE.items()),
    done("urgency_at_least", "{urgency_at_least: 紧急}", has("urgency", "紧急")),
    done("owner", "{owner: wang}", _owned),
    done("co_handlers", "{co_handlers: {team: 物流部, within: 1 小时}}", asks("output", "协助处理")),
    done("co_handlers.team", "{co_handlers: {team: 物流部, within: 1 小时}}", asks("team", "物流部")),
    done("co_handlers.output", "{co_handlers: {team: 物流部, output: 查件, within: 1 小时}}", asks("output", "查件")),
    done("co_handlers.within", "{co_handlers: {team: 物流部, within: 3 小时}}", asks("within", timedelta(hours=3))),
    done("tags", "{tags: [甲, 乙]}", _tagged),
    done("policy", "{policy: rapid-7x24}", _by_policy),
    done("clocks", "{clocks: {first_response: 1 小时}}", takes(Clock.FIRST_RESPONSE, 1)),
    done("clocks.first_response", "{clocks: {first_response: 3 小时}}", takes(Clock.FIRST_RESPONSE, 3)),
    done("clocks.next_update", "{clocks: {next_update: 3 小时}}", takes(Clock.NEXT_UPDATE, 3)),
    done("clocks.resolution", "{clocks: {resolution: 3 小时}}", takes(Clock.RESOLUTION, 3)),
    done("letter", "{letter: {none: 客户经理会打电话}}", _silent),
    done("letter.none", "{letter: {none: 客户经理会打电话}}", _silent),
    done("letter.name", "{letter: {name: welcome, reason: 第一次来信}}", _welcomed),
    done("letter.reason", "{letter: {name: welcome, reason: 第一次来信}}", _welcomed),
    done("ask", "{ask: [order_number, phone]}", _asks_customer),
    done("ask_times", "{ask: [order_number], ask_times: 1}", _asks_once, replies_twice, "run_on: reply"),
    done("second_person", "{second_person: yes}", _wants_second),
    done("notify", "{notify: ['@anna', '#ops']}", _told),
    done("link", "{link: customer}", _linked, of_customer()),
    done("urge", "{urge: yes}", _urged, replies("随便说说"), "run_on: reply"),
    done("quiet", "{quiet: yes}", _still_waiting, replies("随便", state=State.WAITING_CUSTOMER), "run_on: reply"),
    done("spam", "{spam: yes}", _no_ticket),
    done("stop", "{stop: yes}", _stopped),
]  # fmt: skip


@pytest.mark.parametrize("case", ACTIONS, ids=lambda case: case.key)
def test_an_action_has_its_effect(case: Done, opened: Callable[..., Office]) -> None:
    """On the stored ticket, its letters, promises and notices."""
    rule = a_rule(when="{not: {text: 不存在的词}}", then=case.then, examples=NONE, extra=case.extra)
    behind = a_rule(id="behind", when="{text: 楼下}", then="{tags: 后面}", examples=NONE)
    office = opened(rule, behind) if case.key == "stop" else opened(rule)
    case.seen(office, case.scene(office))


@pytest.mark.parametrize("case", [case for case in ACTIONS if case.key != "spam"], ids=lambda case: case.key)
def test_without_its_rule_there_is_no_effect(case: Done, opened: Callable[..., Office]) -> None:
    """What an action's case looks for is not there anyway."""
    office = opened(a_rule(when="{text: 不存在的词}", then=case.then, examples=NONE, extra=case.extra))
    number = case.scene(office)
    with pytest.raises((AssertionError, KeyError, ValueError, IndexError)):
        case.seen(office, number)


def test_every_action_of_the_schema_has_its_case() -> None:
    """What is added to the language is shown to work here first."""
    assert schema_keys("then") <= {case.key for case in ACTIONS}
    assert set(OTHER_VALUE) == set(DECIDED_FIELDS)
