"""One answer for an outage: each customer gets a letter of his own, and his ticket's clocks are kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from core.domain.errors import BadInput
from core.domain.letter import LettersMode, LetterState
from core.domain.people import User
from core.domain.promise import Clock, PromiseState
from core.domain.ticket import Direction, State
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.answer_linked import answer_all, take_all_back
from huiying.flows.link import link
from huiying.flows.merge import merge
from huiying.flows.merge_customers import merge_customers
from huiying.flows.move import Move, move
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", display="李敏")
WORDS = "故障已经定位，正在恢复，周五下班前再向您通报。"


@pytest.fixture(params=["sqlite_store", "pg_store"])
def office(request: pytest.FixtureRequest, open_office: Callable[[SqlStore], Office]) -> Office:
    return open_office(request.getfixturevalue(request.param))


@pytest.fixture
def outage(office: Office, clock: FixedClock) -> list[str]:
    """A main ticket and two that follow it."""
    senders = ("王芳 <wang@example.cn>", "李雷 <lei@other.cn>", "sun@third.cn")
    numbers = [
        row.number for row in office.bring(*(a_mail(sender=one, mid=f"m{at}@x.cn") for at, one in enumerate(senders)))
    ]
    for other in numbers[1:]:
        link(office.ctx, other, numbers[0], LI)
    clock.advance(minutes=10)
    return numbers


def said(office: Office, number: str) -> list[str]:
    return [m.text for m in office.ticket(number).conversation if m.direction is Direction.OUT]


def letters(office: Office) -> dict[str, str]:
    return {row.number: row.state for row in office.letters() if row.kind == "agent"}


@pytest.mark.slow
def test_each_customer_gets_a_letter_of_his_own(office: Office, outage: list[str], clock: FixedClock) -> None:
    """His salutation, his number, a letter each; the first response and the next update are kept on every ticket."""
    main, second, third = outage
    text = f"王芳，您好！\n\n{WORDS}编号 {main}。"
    done = answer_all(office.ctx, main, LI, Draft(text=text, promised=(0,)))
    assert (len(done.others), done.left_out) == (2, ())
    assert said(office, main) == [text]
    assert said(office, second) == [f"李雷，您好！\n\n{WORDS}编号 {second}。"]
    assert said(office, third) == [f"您好！\n\n{WORDS}编号 {third}。"]
    clock.advance(seconds=int(UNDO.total_seconds()))
    office.work()
    assert letters(office) == dict.fromkeys(outage, LetterState.SENT)
    for number in outage:
        detail = office.ticket(number)
        states = {p.clock: p.state for p in detail.promises}
        assert states[Clock.FIRST_RESPONSE] is PromiseState.KEPT
        assert Clock.AGENT_PROMISE in states
        assert detail.ticket.first_response is not None
    mails = [row.recipient_masked for row in office.letters() if row.kind == "agent"]
    assert len(set(mails)) == 3


@pytest.mark.slow
def test_all_are_taken_back_together(office: Office, outage: list[str], clock: FixedClock) -> None:
    """Another answer that waits on a linked ticket is not touched."""
    main, second, _ = outage
    other = answer_all(office.ctx, second, LI, Draft(text="李雷，您好！请把截图发给我们。")).letter
    done = answer_all(office.ctx, main, LI, Draft(text=WORDS))
    assert take_all_back(office.ctx, main, done.letter.id, LI)
    rows = {row.id: row.state for row in office.letters() if row.kind == "agent"}
    assert rows.pop(other.id) == LetterState.QUEUED
    assert set(rows.values()) == {LetterState.CANCELLED}
    assert len(rows) == 3
    clock.advance(minutes=1)
    office.work()
    assert not take_all_back(office.ctx, main, done.letter.id, LI)


@pytest.mark.slow
def test_who_is_left_out_is_named(office: Office, outage: list[str]) -> None:
    """What is over is not written to, nor whoever has had enough letters today; the trail says who and why."""
    main, second, third = outage
    move(office.ctx, third, LI, Move(to=State.INVALID, reason="test"))
    office.bring(*(a_mail(sender="李雷 <lei@other.cn>", mid=f"more{at}@x.cn") for at in range(4)))
    done = answer_all(office.ctx, main, LI, Draft(text=WORDS))
    assert done.others == ()
    assert [number for number, _ in done.left_out] == [second]
    [line] = [line for line in office.ticket(main).audit if line.action == "answer.to-linked"]
    assert dict(line.details)["left-out"].startswith(f"{second}:cap")
    assert set(letters(office)) == {main}


def test_a_customers_name_is_told_to_nobody_else(office: Office, outage: list[str]) -> None:
    """The words may name him in the salutation only."""
    with pytest.raises(BadInput):
        answer_all(office.ctx, outage[0], LI, Draft(text=f"王芳，您好！\n\n{WORDS}王芳，请放心。"))
    assert letters(office) == {}


def test_a_desk_that_holds_its_letters_holds_them_all(office: Office, outage: list[str]) -> None:
    """As an answer to one would wait, each of these does."""
    desk = with_letters(desk_with_mailbox(), LettersMode.HOLD)
    context = replace(office.ctx, desk=lambda: desk)
    answer_all(context, outage[0], LI, Draft(text=WORDS))
    assert letters(office) == dict.fromkeys(outage, LetterState.HELD)


@pytest.mark.slow
def test_who_wrote_what_was_merged_is_answered_too(office: Office, outage: list[str], clock: FixedClock) -> None:
    """A letter of his own on the ticket that goes on, in his thread; his reply joins it; what is promised is promised
    once, and one person at two addresses gets one letter."""
    main, second, third = outage
    [again] = office.bring(a_mail(sender="李雷 <lei@163.com>", mid="m4@x.cn", subject="又打不开", body="又打不开了。"))
    link(office.ctx, third, "-", LI)
    merge_customers(office.ctx, "lei@163.com", "lei@other.cn", LI)
    for other in (second, again.number):
        merge(office.ctx, other, main, LI)
    done = answer_all(office.ctx, main, LI, Draft(text=f"王芳，您好！\n\n{WORDS}", promised=(0,), then=State.RESOLVED))
    assert (len(done.others), done.left_out) == (1, ())
    letter = done.others[0]
    assert letter.recipient.address == "lei@other.cn" and letter.in_reply_to == "m1@x.cn"
    assert said(office, main) == [f"王芳，您好！\n\n{WORDS}", f"李雷，您好！\n\n{WORDS}"]
    clock.advance(seconds=int(UNDO.total_seconds()))
    office.work()
    office.work()
    detail = office.ticket(main)
    assert [row.state for row in detail.letters if row.kind == "agent"] == [LetterState.SENT] * 2
    assert detail.ticket.state is State.RESOLVED and office.ticket(second).ticket.state is State.MERGED
    assert len([p for p in detail.promises if p.clock is Clock.AGENT_PROMISE]) == 1
    [row] = office.bring(
        a_mail(sender="李雷 <lei@other.cn>", mid="m9@x.cn", reply_to=[letter.message_id], body="还是不行")
    )
    assert row.number == main


def test_letters_of_merged_tickets_are_taken_back(office: Office, outage: list[str]) -> None:
    """With the main one; nobody else's customer is written to through a ticket."""
    main, second, third = outage
    merge(office.ctx, second, main, LI)
    done = answer_all(office.ctx, main, LI, Draft(text=WORDS))
    assert len(done.others) == 2
    assert take_all_back(office.ctx, main, done.letter.id, LI)
    assert {row.state for row in office.letters() if row.kind == "agent"} == {LetterState.CANCELLED}
    with pytest.raises(BadInput):
        answer(office.ctx, main, LI, Draft(text=WORDS, to=office.ticket(third).ticket.id))
