"""Each condition of the rule language decides about real tickets: a case that meets it, and one that does not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import pytest

from core.domain.channel import Channel
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.promise import Clock
from core.domain.taxonomy import TARGETS
from core.domain.ticket import State
from rules.schema import rule_schema
from store.open import SqlStore
from tests.factories.pipeline import ADDRESS, Office
from tests.factories.rule_scenes import (
    NONE,
    OTHER_VALUE,
    TAG,
    SaysTheWord,
    Scene,
    an_hour_later,
    arrives,
    by_channel,
    clock_at,
    corrected,
    of_customer,
    on_saturday,
    open_office,
    replies,
    schema_keys,
    sent_to,
    to_mailbox,
    waits,
    with_files,
)
from tests.factories.rules import TAXONOMY, a_rule
from tests.fakes.fixed_clock import FixedClock


@dataclass(frozen=True, kw_only=True)
class Held:
    """A condition, what meets it and what does not."""

    key: str
    when: str
    meets: Scene
    misses: Scene
    extra: str = ""
    more: tuple[str, ...] = ()


def held(key: str, when: str, meets: Scene, misses: Scene, extra: str = "", *more: str) -> Held:
    return Held(key=key, when=when, meets=meets, misses=misses, extra=extra, more=more)


def sets(field: str, value: str) -> str:
    """A rule that sets a field where 红色 is written."""
    return a_rule(id=f"sets-{field}", when="{text: 红色}", then=f"{{{field}: {value}}}", examples=NONE)


TEXTS = [
    held("all", "{all: [{text: 红色}, {text: 蓝色}]}", arrives("红色和蓝色"), arrives("红色")),
    held("any", "{any: [{text: 红色}, {text: 蓝色}]}", arrives("蓝色"), arrives("绿色")),
    held("not", "{not: {text: 红色}}", arrives("蓝色"), arrives("红色")),
    held("text", "{text: 红色}", arrives(subject="紅色"), arrives("蓝色\r\n> 红色")),
    held("subject", "{subject: 红色}", arrives(subject="红色"), arrives("红色")),
    held("own", "{own: 红色}", arrives("红色"), arrives(subject="红色")),
    held("body", "{body: 红色}", replies("请看\r\n\r\n> 红色"), replies("请看"), "run_on: reply"),
    held("text.contains_any", "{text: {contains_any: [red, 红色]}}", arrives("A ＲＥＤ box"), arrives("bored people")),
    held("text.contains_all", "{text: {contains_all: [红, 蓝]}}", arrives("蓝与红"), arrives("红与绿")),
    held("text.contains_none", "{text: {contains_none: [红]}}", arrives("蓝"), arrives("红")),
    held("text.words", "{text: {words: colours}}", arrives("红色"), arrives("绿色")),
    held("text.starts_with", "{own: {starts_with: 红}}", arrives("红色的"), arrives("这个红色的")),
    held(
        "text.near", "{text: {near: {one: 红, other: 蓝, within: 3}}}", arrives("蓝和红"), arrives("红色的和绿色的和蓝")
    ),
    held("text.matches", "{text: {matches: '[0-9]{3}号柜'}}", arrives("我在101号柜"), arrives("我在1号柜")),
    held("text.count", "{text: {count: {of: 红, at_least: 2}}}", arrives("红红的"), arrives("红的")),
]
ENVELOPES = [
    held("sender", "{sender: {address: li@b.cn}}", arrives(sender="li@b.cn"), arrives(sender="wu@b.cn")),
    held("sender.address", "{sender: {address: li@b.cn}}", arrives(sender="LI@B.cn"), arrives()),
    held("sender.domain", "{sender: {domain: b.cn}}", arrives(sender="li@x.b.cn"), arrives(sender="li@ab.cn")),
    held("sender.name", "{sender: {name: 李}}", arrives(sender="李雷 <li@b.cn>"), arrives()),
    held("recipients", "{recipients: {domain: example.com}}", arrives(), sent_to("x@b.cn")),
    held("recipients.address", "{recipients: {address: li@b.cn}}", arrives(headers=["Cc: li@b.cn"]), arrives()),
    held("recipients.domain", "{recipients: {domain: b.cn}}", arrives(headers=["Cc: li@b.cn"]), arrives()),
    held("to", "{to: {domain: b.cn}}", sent_to("li@b.cn"), arrives(headers=["Cc: li@b.cn"])),
    held("to.address", f"{{to: {{address: {ADDRESS}}}}}", arrives(), sent_to("x@example.com")),
    held("to.domain", "{to: {domain: example.com}}", arrives(), sent_to("x@b.cn")),
    held("cc", "{cc: {address: li@b.cn}}", arrives(headers=["Cc: li@b.cn"]), arrives()),
    held("cc.address", "{cc: {address: li@b.cn}}", arrives(headers=["Cc: LI@b.cn"]), arrives(headers=["Cc: wu@b.cn"])),
    held("cc.domain", "{cc: {domain: example.com}}", arrives(headers=["Cc: x@example.com"]), arrives()),
    held("headers", "{headers: {name: x-priority}}", arrives(headers=["X-Priority: 1"]), arrives()),
    held("headers.name", "{headers: {name: importance}}", arrives(headers=["Importance: high"]), arrives()),
    held(
        "headers.contains_any",
        "{headers: {name: x-priority, contains_any: ['1']}}",
        arrives(headers=["X-Priority: 1 (Highest)"]),
        arrives(headers=["X-Priority: 3"]),
    ),
    held(
        "headers of one's own",
        "{headers: {name: X-Shop-Id, contains_any: [north]}}",
        arrives(headers=["X-Shop-ID: North-7"]),
        arrives(headers=["X-Shop-ID: South-1", "Shop-Id: North-7"]),
    ),
    held("attachments", "{attachments: {count: 1}}", with_files(("a.pdf", "application/pdf", 9)), arrives()),
    held(
        "attachments.count",
        "{attachments: {count: {at_least: 2}}}",
        with_files(("a.pdf", "application/pdf", 9), ("b.pdf", "application/pdf", 9)),
        with_files(("a.pdf", "application/pdf", 9)),
    ),
    held(
        "attachments.name",
        "{attachments: {name: 合同}}",
        with_files(("合同.pdf", "application/pdf", 9)),
        with_files(("发票.pdf", "application/pdf", 9)),
    ),
    held(
        "attachments.type",
        "{attachments: {type: image}}",
        with_files(("a.png", "image/png", 9)),
        with_files(("a.pdf", "application/pdf", 9)),
    ),
    held(
        "attachments.size_at_least",
        "{attachments: {size_at_least: 10 KB}}",
        with_files(("a.bin", "application/pdf", 11_000)),
        with_files(("a.bin", "application/pdf", 9_000)),
    ),
    held("order_number", "{order_number: yes}", arrives("订单号 202601180045 没到"), arrives("订单没到")),
    held("language", "{language: en}", arrives("Good morning, where is your office?", subject="Hello"), arrives()),
    held("channel", "{channel: phone}", by_channel(Channel.PHONE), arrives()),
    held("mailbox", "{mailbox: sales}", to_mailbox("sales"), to_mailbox("service")),
    held("hours", "{hours: outside}", on_saturday(arrives()), arrives()),
    held("hours.is", "{hours: {is: working}}", arrives(), on_saturday(arrives())),
    held("hours.weekday", "{hours: {weekday: 周六}}", on_saturday(arrives()), arrives()),
    held("hours.between", "{hours: {between: '09:00-10:01'}}", arrives(), an_hour_later(arrives())),
]
CUSTOMERS = [
    held("customer", "{customer: {level: VIP}}", of_customer(level="VIP"), of_customer()),
    held("customer.level", "{customer: {level: [VIP, 潜在]}}", of_customer(level="VIP"), of_customer(level="普通")),
    held("customer.tags_any", "{customer: {tags_any: [老客户]}}", of_customer(tags=("老客户",)), of_customer()),
    held("customer.tags_none", "{customer: {tags_none: [老客户]}}", of_customer(), of_customer(tags=("老客户",))),
    held("customer.company", "{customer: {company: 医院}}", of_customer(company="第一医院"), of_customer(company="x")),
    held("customer.industry", "{customer: {industry: 医院}}", of_customer(industry="医院"), of_customer()),
    held("customer.known", "{customer: {known: yes}}", of_customer(), arrives()),
    held("customer.open_tickets", "{customer: {open_tickets: {at_least: 2}}}", of_customer(before=2), of_customer()),
    held("customer.tickets", "{customer: {tickets: {days: 30, at_least: 2}}}", of_customer(before=2), of_customer()),
    held("customer.last_score", "{customer: {last_score: {at_most: 2}}}", of_customer(score=2), of_customer(score=4)),
]
MODEL = [
    held("model", "{model: {type: 投诉}}", arrives("我要投诉"), arrives("请问多少钱")),
    *(
        held(f"model.{name}", f"{{model: {{{name}: {value}}}}}", arrives(f"这是{value}"), arrives(f"这是{other}"))
        for name, (value, other) in OTHER_VALUE.items()
        if name in TARGETS
    ),
    held(
        "model.confidence_above", "{model: {type: 投诉, confidence_above: 0.8}}", arrives("投诉"), arrives("我很不满的")
    ),
    held(
        "model.confidence_below", "{model: {type: 投诉, confidence_below: 0.8}}", arrives("complain"), arrives("投诉")
    ),
    held("emotion", "{emotion: 愤怒}", arrives("红色"), arrives(), "", sets("emotion", "愤怒")),
    held(
        "impact", "{impact: 核心功能或大量客户}", arrives("红色"), arrives(), "", sets("impact", "核心功能或大量客户")
    ),
]
LATER = [
    held("is_reply", "{is_reply: yes}", replies("你好"), arrives(), "run_on: [arrival, reply]"),
    held(
        "urged",
        "{urged: yes}",
        replies("另外", urged="请尽快回复，等了好几天了，有进展吗？"),
        replies("另外"),
        "run_on: reply",
    ),
    held("ticket", "{ticket: {state: new}}", replies("你好"), replies("你好", state=State.OPEN), "run_on: reply"),
    held(
        "ticket.state", "{ticket: {state: 处理中}}", replies("你好", state=State.OPEN), replies("你好"), "run_on: reply"
    ),
    held(
        "ticket.older_than",
        "{ticket: {older_than: 1 小时}}",
        replies("你好", minutes=61),
        replies("你好"),
        "run_on: reply",
    ),
    held(
        "ticket.younger_than",
        "{ticket: {younger_than: 1 小时}}",
        replies("你好"),
        replies("你好", minutes=61),
        "run_on: reply",
    ),
    *(
        held(
            f"ticket.{name}",
            f"{{ticket: {{{name}: {value}}}}}",
            corrected(name, value),
            corrected(name, other),
            "run_on: change",
        )
        for name, (value, other) in OTHER_VALUE.items()
    ),
    held("clock", "{clock: first_response}", clock_at(Clock.FIRST_RESPONSE, 0.8), arrives(), "run_on: clock"),
    held(
        "clock.name",
        "{clock: {name: [next_update, resolution]}}",
        clock_at(Clock.RESOLUTION, 0.8),
        clock_at(Clock.FIRST_RESPONSE, 0.8),
        "run_on: clock",
    ),
    held(
        "clock.is",
        "{clock: {is: overdue}}",
        clock_at(Clock.FIRST_RESPONSE, 1),
        clock_at(Clock.FIRST_RESPONSE, 0.8),
        "run_on: clock",
    ),
    held("run_on.after", "{text: 楼下}", waits(2), waits(1), "after: {state: new, time: 2 小时}"),
]
CONDITIONS = [*TEXTS, *ENVELOPES, *CUSTOMERS, *MODEL, *LATER]


@pytest.fixture
def opened(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Callable[..., Office]:
    """An office with just these rules; no letter leaves, for none is looked at."""
    return partial(open_office, sqlite_store, keys, clock, letters=LettersMode.OFF)


@pytest.mark.parametrize("case", CONDITIONS, ids=lambda case: case.key)
def test_a_condition_is_met(case: Held, opened: Callable[..., Office]) -> None:
    """What meets it carries the rule's tag."""
    office = opened(*case.more, _tagging(case), suggester=SaysTheWord())
    assert TAG in office.ticket(case.meets(office)).ticket.tags


@pytest.mark.parametrize("case", CONDITIONS, ids=lambda case: case.key)
def test_a_condition_is_missed(case: Held, opened: Callable[..., Office]) -> None:
    """What comes close does not."""
    office = opened(*case.more, _tagging(case), suggester=SaysTheWord())
    assert TAG not in office.ticket(case.misses(office)).ticket.tags


def _tagging(case: Held) -> str:
    return a_rule(when=case.when, then=f"{{tags: {TAG}}}", examples=NONE, extra=case.extra)


def test_a_header_is_kept_without_addresses(opened: Callable[..., Office]) -> None:
    """A decision stores what its rules looked at, and no address or telephone number."""
    rule = a_rule(when="{headers: {name: x-form, contains_any: [web]}}", then=f"{{tags: {TAG}}}", examples=NONE)
    office = opened(rule)
    detail = office.ticket(arrives(headers=["X-Form: web zhang@private.example 13800138000"])(office))
    assert TAG in detail.ticket.tags
    [(name, said)] = detail.decisions[0].decision.facts.headers
    assert name == "x-form"
    assert said.startswith("web z***@")
    assert "13800138000" not in said


def test_every_condition_of_the_schema_has_its_case() -> None:
    """What is added to the language is shown to work here first."""
    operators = {f"text.{key}" for key in rule_schema(TAXONOMY)["$defs"]["text"]["anyOf"][1]["properties"]}
    assert operators | schema_keys("condition") <= {case.key for case in CONDITIONS}
