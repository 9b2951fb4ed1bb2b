"""A reply gets no acknowledgement, except one short line on reopening and outside hours (DOMAIN 9)."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import default

from core.domain.keys import KeyRing
from core.domain.letter import LetterKind, LettersMode
from core.domain.people import Role, User
from core.domain.ticket import State
from core.domain.views import LetterRow
from huiying.flows.move import Move, move
from responder.wording import time_words
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport

LI = User(id=1, name="li", role=Role.AGENT)
COLLEAGUE = "李雷 <lei@example.cn>"


def reply(
    office: Office, body: str = "补充：第二个账号也登不上。", *, mid: str = "r1@example.cn",
    sender: str = "王芳 <wang@example.cn>", headers: tuple[str, ...] = (),
) -> None:  # fmt: skip
    office.bring(
        a_mail(subject="Re: 登录报错", body=body, mid=mid, reply_to=["m1@example.cn"], sender=sender, headers=headers)
    )
    office.work()


def lines(office: Office, number: str) -> list[LetterRow]:
    return [one for one in office.ticket(number).letters if one.kind == LetterKind.NOTICE]


def sent_text(office: Office) -> str:
    """The text of the letter that left last."""
    transport = office.ctx.transport
    assert isinstance(transport, MemoryTransport)
    part = message_from_bytes(transport.tried[-1].data, policy=default).get_body(("plain",))
    return part.get_content() if part else ""


def a_closed_ticket(office: Office, clock: FixedClock) -> str:
    [row] = office.bring(a_mail())
    for state in (State.OPEN, State.RESOLVED, State.CLOSED):
        move(office.ctx, row.number, LI, Move(to=state, reason="done", sure=True))
        clock.advance(minutes=10)
    return row.number


def test_a_ticket_that_is_opened_again_says_so_once(office: Office, clock: FixedClock) -> None:
    """The customer hears when somebody answers, and the clock that says so holds to that time."""
    number = a_closed_ticket(office, clock)
    reply(office)
    [line] = lines(office, number)
    detail = office.ticket(number)
    assert (detail.ticket.state, line.state) == (State.OPEN, "sent") and "我们接着处理" in line.subject
    [told] = [p.told for p in detail.promises if p.told is not None and p.ended is None]
    assert time_words(told, office.ctx.desk().calendar, "zh-CN") in sent_text(office)
    reply(office, mid="r2@example.cn")
    assert len(lines(office, number)) == 1


def test_outside_hours_the_customer_hears_once_until_we_open(office: Office, clock: FixedClock) -> None:
    """Two mails of one evening get one line; the next evening's gets its own; within hours there is none."""
    [row] = office.bring(a_mail())
    reply(office)
    assert lines(office, row.number) == []
    clock.advance(hours=9)
    reply(office, mid="r2@example.cn")
    reply(office, "还有截图，稍后补上。", mid="r3@example.cn")
    [line] = lines(office, row.number)
    assert line.state == "sent" and "补充的内容已经收到" in line.subject
    assert "已经下班" in sent_text(office) and "上班后接着办理" in sent_text(office)
    clock.advance(days=1)
    reply(office, "第三天了，仍然登不上去。", mid="r4@example.cn")
    assert len(lines(office, row.number)) == 2


def test_whoever_writes_twice_in_one_night_was_told_already(office: Office, clock: FixedClock) -> None:
    """The acknowledgement says that we are closed and when we answer; the next night the line is news again."""
    clock.advance(hours=9)
    [row] = office.bring(a_mail())
    reply(office)
    assert lines(office, row.number) == []
    clock.advance(days=1)
    reply(office, mid="r2@example.cn")
    assert len(lines(office, row.number)) == 1


def test_thanks_machines_and_others_hear_nothing(office: Office, clock: FixedClock) -> None:
    """Nobody is thanked for thanks; an automatic reply, a colleague of the customer and a sender who asks for no
    answer get no line."""
    [row] = office.bring(a_mail())
    clock.advance(hours=9)
    reply(office, "谢谢，已收到。", mid="r2@example.cn")
    reply(office, mid="r3@example.cn", headers=("Auto-Submitted: auto-replied",))
    reply(office, mid="r4@example.cn", headers=("X-Auto-Response-Suppress: All",))
    reply(office, mid="r5@example.cn", sender=COLLEAGUE)
    assert lines(office, row.number) == []


def test_a_desk_in_hold_keeps_the_line_for_a_person(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """As every other letter; with letters off there is none."""
    for mode, states in ((LettersMode.HOLD, ["held"]), (LettersMode.OFF, [])):
        office = Office(worker_context(sqlite_store, keys, clock, desk=with_letters(desk_with_mailbox(), mode)))
        mid = f"{mode}@example.cn"
        [row] = office.bring(a_mail(mid=mid))
        clock.advance(hours=9)
        office.bring(a_mail(subject="Re: 登录报错", body="补充一句。", mid=f"r-{mid}", reply_to=[mid]))
        assert [one.state for one in lines(office, row.number)] == states
        clock.at += timedelta(hours=15)
