"""What happens at an office, as far as rules ask about it: mails, replies, corrections, clocks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from email.message import EmailMessage
from functools import cache
from typing import Any

from core.domain.channel import Channel
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.mail import RawMail
from core.domain.people import Role, User
from core.domain.promise import LIVE, Clock, Promise
from core.domain.suggestion import FieldSuggestion, MessageText, Suggestion
from core.domain.taxonomy import TARGETS
from core.domain.ticket import Customer, State
from core.domain.vote import Vote
from core.settings.notify import read_notify
from huiying.flows.correct import correct
from huiying.flows.desk import Desk
from huiying.flows.move import Move, move
from huiying.flows.ports import Suggester
from huiying.flows.receive import keep_files
from huiying.flows.tick import tick
from responder.letters import compile_letters
from responder.wording import LANGUAGES
from rules.book import compile_book
from rules.schema import rule_schema
from store.open import SqlStore
from tests.factories.pipeline import ADDRESS, Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.factories.rules import TAXONOMY
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.keyword_suggester import KeywordSuggester

LI = User(id=1, name="li", display="李敏", role=Role.LEAD)
TAG = "符合"
NONE = ("{text: 不符合, expect: nothing}",) * 2
PLAIN = "今天路过贵公司楼下。"
NOTIFY = """
channels:
  mail: {kind: mail, mailbox: service}
  ops: {kind: webhook, url: "https://hooks.example.com/x"}
people:
  anna: {mail: anna@desk.example}
events:
  rule.notify: {to: [owner], by: [mail]}
console: https://desk.example
"""
WELCOME = """---
name: welcome
title: 欢迎新客户
subject: "[#{{ number }}] 欢迎"
---
{{ salutation }}

欢迎您，编号 {{ number }}。
"""
OTHER_VALUE = {
    "type": ("投诉", "咨询"), "urgency": ("紧急", "常规"), "emotion": ("愤怒", "满意"), "topic": ("价格", "产品质量"),
    "impact": ("核心功能或大量客户", "无实质影响"), "gravity": ("重大", "轻微"), "priority": ("高", "中"),
    "team": ("财务部", "产品部"),
}  # fmt: skip
"""Of each field the value that a case is about, and another."""

Scene = Callable[[Office], str]
"""Something that happens at the office; the number of the ticket that it is about."""


class SaysTheWord(KeywordSuggester):
    """Sure of each value whose name stands in the text."""

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        return tuple(replace(one, fields={**one.fields, **_named(m.body)}) for m, one in zip(
            messages, super().suggest(messages), strict=True
        ))  # fmt: skip


def _named(body: str) -> dict[str, FieldSuggestion]:
    return {
        target: FieldSuggestion(value=value.key, confidence=0.9, accepted=True)
        for target in TARGETS
        for value in TAXONOMY.values(target)
        if value.key in body
    }


def arrives(text: str = PLAIN, *, subject: str = "你好", **more: Any) -> Scene:
    def scene(office: Office) -> str:
        [row] = office.bring(a_mail(subject=subject, body=text, **more))
        return row.number

    return scene


def to_mailbox(name: str) -> Scene:
    def scene(office: Office) -> str:
        [id_] = office.keep(a_mail(subject="你好", body=PLAIN), mailbox=name)
        office.work()
        return office.row(id_).number

    return scene


def sent_to(address: str) -> Scene:
    def scene(office: Office) -> str:
        mail = a_mail(subject="你好", body=PLAIN)
        [row] = office.bring(mail.replace(f"To: {ADDRESS}".encode(), f"To: {address}".encode()))
        return row.number

    return scene


def by_channel(channel: Channel) -> Scene:
    """What somebody told us otherwise than by mail, logged by an agent."""

    def scene(office: Office) -> str:
        raw = RawMail(
            source=channel.value, mailbox="service", folder="1", uidvalidity=0, uid=0, arrived=office.ctx.now(),
            data=a_mail(subject="你好", body=PLAIN),
        )  # fmt: skip
        [id_] = keep_files(office.ctx, [raw])
        office.work()
        return office.row(id_).number

    return scene


def on_saturday(scene: Scene) -> Scene:
    """Two days after the Thursday on which the clock of tests stands."""

    def later(office: Office) -> str:
        pass_time(office, days=2)
        return scene(office)

    return later


def an_hour_later(scene: Scene) -> Scene:
    def later(office: Office) -> str:
        pass_time(office, hours=1)
        return scene(office)

    return later


def with_files(*files: tuple[str, str, int]) -> Scene:
    """A mail with files of that name, type and size."""

    def scene(office: Office) -> str:
        mail = EmailMessage()
        mail["From"], mail["To"], mail["Subject"], mail["Message-ID"] = "wang@a.cn", ADDRESS, "你好", "<f1@a.cn>"
        mail.set_content(PLAIN)
        for name, kind, size in files:
            main, _, sub = kind.partition("/")
            mail.add_attachment(b"x" * size, maintype=main, subtype=sub, filename=name)
        [row] = office.bring(mail.as_bytes())
        return row.number

    return scene


def of_customer(*, score: int = 0, before: int = 1, **changed: Any) -> Scene:
    """A mail of somebody who has written ``before`` and of whom that is known."""

    def scene(office: Office) -> str:
        rows = [office.bring(a_mail(mid=f"b{n}@a.cn", subject=f"第{n}件"))[0] for n in range(before)]
        with office.ctx.store.write() as tx:
            customer = tx.tickets.customer_by_address("wang@example.cn")
            assert isinstance(customer, Customer)
            tx.tickets.save_customer(replace(customer, **changed))
            if score:
                marks = (("efficiency", score),)
                vote = Vote(
                    id=9, ticket_id=rows[0].ticket_id, letter_id=1, at=office.ctx.now(), satisfied=False, marks=marks
                )
                tx.votes.save(vote)
        return arrives(mid="last@a.cn")(office)

    return scene


def replies(text: str, *, first: str = PLAIN, state: State | None = None, minutes: int = 5, urged: str = "") -> Scene:
    """A ticket, perhaps moved or urged, and the customer's word on it so long after."""

    def scene(office: Office) -> str:
        number = arrives(first)(office)
        if state is not None:
            move(office.ctx, number, LI, Move(to=state))
        if urged:
            office.bring(a_mail(subject="Re: 你好", body=urged, mid="u1@a.cn", reply_to=["m1@example.cn"]))
        pass_time(office, minutes=minutes)
        office.bring(a_mail(subject="Re: 你好", body=text, mid="r1@a.cn", reply_to=["m1@example.cn"]))
        return number

    return scene


def corrected(field: str, value: str) -> Scene:
    def scene(office: Office) -> str:
        number = arrives()(office)
        correct(office.ctx, number, {field: value}, "li")
        return number

    return scene


def clock_at(clock: Clock, part: float) -> Scene:
    """A ticket on which that part of a clock's time has passed."""

    def scene(office: Office) -> str:
        number = arrives()(office)
        promise = running(office, number, clock)
        office.ctx.now.at = promise.started + (promise.due - promise.started) * part  # type: ignore[attr-defined]
        tick(office.ctx)
        return number

    return scene


def waits(hours: int) -> Scene:
    def scene(office: Office) -> str:
        number = arrives()(office)
        pass_time(office, hours=hours)
        tick(office.ctx)
        return number

    return scene


def pass_time(office: Office, **span: float) -> None:
    office.ctx.now.advance(**span)  # type: ignore[attr-defined]  # the clock of tests


def running(office: Office, number: str, clock: Clock) -> Promise:
    [found] = [p for p in office.ticket(number).promises if p.clock is clock and p.state in LIVE]
    return found


def open_office(
    store: SqlStore,
    keys: KeyRing,
    clock: FixedClock,
    *rules: str,
    suggester: Suggester | None = None,
    letters: LettersMode = LettersMode.LIVE,
) -> Office:
    """An office with just these rules, two mailboxes, one person who is told and a webhook."""
    ctx = worker_context(store, keys, clock, desk=with_letters(a_desk(*rules), letters), suggester=suggester)
    with ctx.store.write() as tx:
        tx.people.save(User(id=2, name="anna", role=Role.AGENT))
    return Office(ctx)


@cache
def _desk_for_rules() -> Desk:
    """What all of them share: two mailboxes, one person who is told, a webhook and a letter."""
    desk = desk_with_mailbox()
    [box] = desk.mailboxes
    told, problems = read_notify(NOTIFY, desk.mailboxes)
    assert not problems, problems
    letters, problems = compile_letters({f"replies/welcome.{one}.j2": WELCOME for one in LANGUAGES})
    assert not problems, problems
    boxes = (box, replace(box, name="sales", address="sales@example.com"))
    return replace(desk, mailboxes=boxes, notify=told, letters=letters)


def a_desk(*rules: str) -> Desk:
    desk = _desk_for_rules()
    files = {f"rules/{number}0.yaml": text for number, text in enumerate(rules, 1)}
    book, problems = compile_book(
        files, TAXONOMY, builtin=False, zone=desk.calendar.tz, policies=tuple(desk.policies),
        words={"colours": ("红色", "蓝色")},
    )  # fmt: skip
    assert not problems, problems
    return replace(desk, book=book)


def schema_keys(part: str) -> set[str]:
    """The keys of that part of the schema (``condition``, ``then``), and of the mappings that these may hold."""
    properties = rule_schema(TAXONOMY)["$defs"][part]["properties"]
    return {key for name, schema in properties.items() for key in _keys(name, schema)}


def _keys(name: str, schema: dict[str, Any]) -> Iterator[str]:
    """The key itself, and those of the mapping that it may hold."""
    yield name
    for part in _within(schema):
        yield from (f"{name}.{key}" for key in part.get("properties", ()))


def _within(schema: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield schema
    for one in (*schema.get("anyOf", ()), schema.get("items", {})):
        if one:
            yield from _within(one)
