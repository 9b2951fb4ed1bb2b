"""Two tickets of one demand become one and are taken apart again; nothing of either is lost."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from core.domain.errors import BadInput, MoveNotAllowed, PartsOpen
from core.domain.people import Role, User
from core.domain.promise import LIVE, Clock, PromiseState
from core.domain.ticket import State
from huiying.flows.answer import Draft, answer
from huiying.flows.explain import explain
from huiying.flows.merge import merge, unmerge
from huiying.flows.move import Move, move, targets, undo_move
from huiying.flows.parts import Asked, ask_part
from huiying.flows.portal import standing, urge_by_link
from huiying.flows.promise import promise_until
from huiying.flows.show import show
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
READER = User(id=4, name="sun", role=Role.AUDITOR)
LATER = "Re: 又来问"


@pytest.fixture
def pair(office: Office, clock: FixedClock) -> tuple[str, str]:
    """(the ticket that goes on, the one that goes into it): of two people of two companies."""
    [main] = office.bring(a_mail(subject="登录报错", body="企业版登录报错 500。"))
    clock.advance(minutes=5)
    [other] = office.bring(
        a_mail(subject="又来问", body="系统一直打不开。", sender="李雷 <li@other.cn>", mid="b1@other.cn")
    )
    assert main.number != other.number
    return main.number, other.number


def reply(text: str, sender: str = "李雷 <li@other.cn>", mid: str = "b2@other.cn") -> bytes:
    return a_mail(subject=LATER, body=text, sender=sender, mid=mid, reply_to=["b1@other.cn"])


def test_a_merged_ticket_is_read_in_the_other(office: Office, pair: tuple[str, str]) -> None:
    """One conversation in order, with the letters of both; both numbers are found and lead to each other."""
    main, other = pair
    assert merge(office.ctx, other, main, LI).state is State.MERGED
    detail = office.ticket(main)
    assert [m.text.strip() for m in detail.conversation] == ["企业版登录报错 500。", "系统一直打不开。"]
    assert {row.number for row in detail.correspondence} == {main, other}
    assert (office.ticket(other).into, [one.number for one in detail.merged]) == (main, [other])
    assert show(office.ctx, other)["merged_into"] == main and show(office.ctx, main)["merged"] == [other]
    assert len(show(office.ctx, main)["messages"]) == 2
    assert explain(office.ctx, main)["merged"] == [other]


def test_later_replies_go_to_the_ticket_that_goes_on(office: Office, pair: tuple[str, str]) -> None:
    """By what they answer, and by the old number in the subject; the sender belongs there now, a stranger does not."""
    main, other = pair
    merge(office.ctx, other, main, LI)
    [row] = office.bring(reply("补充：今天又出现了。"))
    [named] = office.bring(a_mail(subject=f"[#{other}] 补充", body="版本 3。", sender="li@other.cn", mid="b3@other.cn"))
    assert (row.number, named.number) == (main, main)
    [stranger] = office.bring(reply("我也是。", "赵 <zhao@third.cn>", "z1@third.cn"))
    assert stranger.number not in pair


def test_its_clocks_end_without_blame(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """Superseded, also those that were late already: nothing of it warns or breaks any more."""
    main, other = pair
    clock.advance(days=3)
    merge(office.ctx, other, main, LI)
    states = {p.state for p in office.ticket(other).promises}
    assert PromiseState.SUPERSEDED in states and not states & {*LIVE, PromiseState.MISSED, PromiseState.CANCELLED}
    clock.advance(days=9)
    while tick(office.ctx):
        pass
    assert not [p for p in office.ticket(other).promises if p.state is PromiseState.MISSED or p.state in LIVE]
    assert office.ticket(other).ticket.next_due is None


def test_unmerging_puts_all_back(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """State, due times, links, the way of the next reply; what was said meanwhile stays where it was said."""
    main, other = pair
    before = office.ticket(other)
    merge(office.ctx, other, main, LI)
    clock.advance(minutes=10)
    office.bring(reply("补充：今天又出现了。"))
    assert unmerge(office.ctx, other, LI).state is before.ticket.state
    after = office.ticket(other)
    assert [(p.id, p.state, p.due, p.warn_at, p.ended) for p in after.promises] == [
        (p.id, p.state, p.due, p.warn_at, p.ended) for p in before.promises
    ]
    same = ("linked_to", "linked_because", "next_due", "next_clock", "closed", "resolved", "subject", "fields")
    assert [getattr(after.ticket, name) for name in same] == [getattr(before.ticket, name) for name in same]
    assert not office.ticket(main).merged and len(office.ticket(main).conversation) == 2
    [row] = office.bring(reply("还有一点。", mid="b4@other.cn"))
    assert row.number == other
    actions = [line.action for line in office.ticket(other).audit]
    assert actions.index("ticket.merged") < actions.index("ticket.unmerged")
    assert {"ticket.merged-in", "ticket.unmerged-from"} <= {line.action for line in office.ticket(main).audit}


def test_a_held_ticket_comes_back_held(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """With its clocks paused as they were, and an end of the hold."""
    main, other = pair
    move(office.ctx, other, LI, Move(to=State.ON_HOLD, reason="等样品"))
    before = office.ticket(other).promises
    merge(office.ctx, other, main, LI)
    assert not office.ticket(other).timers
    clock.advance(minutes=3)
    unmerge(office.ctx, other, LI)
    after = office.ticket(other)
    assert after.ticket.state is State.ON_HOLD and after.timers
    assert [(p.state, p.due, p.pauses) for p in after.promises] == [(p.state, p.due, p.pauses) for p in before]


def test_tickets_of_tickets_are_found(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """A third goes into the second, the second into the first: all of it is read in the first."""
    main, other = pair
    clock.advance(minutes=5)
    [third] = office.bring(a_mail(subject="三", body="第三封。", sender="han@third.cn", mid="c1@third.cn"))
    merge(office.ctx, third.number, other, LI)
    merge(office.ctx, other, main, LI)
    assert [one.number for one in office.ticket(main).merged] == [other, third.number]
    answer = a_mail(subject="Re: 三", body="还有。", sender="han@third.cn", mid="c2@third.cn", reply_to=["c1@third.cn"])
    [row] = office.bring(answer)
    assert row.number == main


def test_what_cannot_be_merged(office: Office, pair: tuple[str, str]) -> None:
    """Into itself, into what is over, in a ring, twice, without the right, or while others owe parts unless sure."""
    main, other = pair
    with pytest.raises(BadInput):
        merge(office.ctx, other, other, LI)
    with pytest.raises(MoveNotAllowed):
        merge(office.ctx, other, main, READER)
    ask_part(office.ctx, other, "li", Asked(department="物流部", output="查明去向"))
    with pytest.raises(PartsOpen, match="物流部"):
        merge(office.ctx, other, main, LI)
    merge(office.ctx, other, main, LI, sure=True)
    for number, into in ((other, main), (main, other)):
        with pytest.raises(BadInput):
            merge(office.ctx, number, into, LI)
    with pytest.raises(BadInput):
        unmerge(office.ctx, main, LI)
    with pytest.raises(MoveNotAllowed):
        unmerge(office.ctx, other, READER)


def test_a_merged_ticket_is_not_moved(office: Office, pair: tuple[str, str]) -> None:
    """Only unmerging brings it back, so that no link is left behind; undoing a move before it does nothing."""
    main, other = pair
    move(office.ctx, other, LI, Move(to=State.WAITING_INTERNAL))
    merged = merge(office.ctx, other, main, LI)
    assert targets(office.ctx.desk(), LI, merged) == ()
    with pytest.raises(BadInput):
        move(office.ctx, other, LI, Move(to=State.OPEN))
    assert undo_move(office.ctx, other, LI) is None
    assert office.ticket(other).ticket.state is State.MERGED


def test_a_merged_ticket_is_no_near_copy(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """The mark of a near copy goes with the merge; the same words again point to the living one."""
    main, _ = pair
    clock.advance(minutes=1)
    [again] = office.bring(a_mail(subject="登录报错", body="企业版登录报错 500。", mid="m9@example.cn"))
    assert office.ticket(again.number).ticket.maybe_copy_of == office.ticket(main).ticket.id
    merge(office.ctx, again.number, main, LI)
    clock.advance(minutes=1)
    [third] = office.bring(a_mail(subject="登录报错", body="企业版登录报错 500。", mid="m10@example.cn"))
    assert office.ticket(third.number).ticket.maybe_copy_of == office.ticket(main).ticket.id


def test_the_customers_page_follows(office: Office, pair: tuple[str, str]) -> None:
    """By the old link he sees how the living ticket stands, under his own number and subject, and urges that one."""
    main, other = pair
    tag = office.ctx.signer.page_tag(office.ticket(other).ticket.id)
    before = standing(office.ctx, tag)
    merge(office.ctx, other, main, LI)
    after = standing(office.ctx, tag)
    assert (after.number, after.subject, after.step) == (before.number, before.subject, "waiting")
    assert after.told == standing(office.ctx, office.ctx.signer.page_tag(office.ticket(main).ticket.id)).told
    assert after.can_urge and urge_by_link(office.ctx, tag)
    assert "ticket.urged" in {line.action for line in office.ticket(main).audit}
    assert "ticket.urged" not in {line.action for line in office.ticket(other).audit}


def test_a_merged_ticket_is_not_answered(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """The answer is written where the conversation goes on; a letter that was under way leaves and moves nothing."""
    main, other = pair
    answer(office.ctx, other, LI, Draft(text="您好！\n\n我们在查。"))
    merge(office.ctx, other, main, LI)
    with pytest.raises(BadInput, match="merged"):
        answer(office.ctx, other, LI, Draft(text="您好！\n\n我们还在查。"))
    clock.advance(minutes=1)
    office.work()
    detail = office.ticket(other)
    assert [row.state for row in detail.letters if row.kind == "agent"] == ["sent"]
    assert detail.ticket.state is State.MERGED and not [p for p in detail.promises if p.state in LIVE]


def test_an_agents_word_is_owed_where_it_goes_on(office: Office, pair: tuple[str, str], clock: FixedClock) -> None:
    """What was promised by an instant on the merged ticket runs on the other one, and goes back with it."""
    main, other = pair
    desk, due = office.ctx.desk(), clock.at + timedelta(days=1)
    ticket = office.ticket(other).ticket
    word = promise_until(office.ctx, desk, ticket.id, Clock.AGENT_PROMISE, "letter:1:1", "周五前", clock.at, due)
    with office.ctx.store.write() as tx:
        tx.promises.add((word,))
    merge(office.ctx, other, main, LI)

    def running(number: str) -> list[tuple[PromiseState, datetime]]:
        found = office.ticket(number).promises
        return [(p.state, p.due) for p in found if p.clock is Clock.AGENT_PROMISE and p.state in LIVE]

    assert (running(main), running(other)) == ([(PromiseState.RUNNING, due)], [])
    unmerge(office.ctx, other, LI)
    assert (running(main), running(other)) == ([], [(PromiseState.RUNNING, due)])
    merge(office.ctx, other, main, LI)
    assert (running(main), running(other)) == ([(PromiseState.RUNNING, due)], [])
