"""超时致歉: a customer whose told time is broken hears it once, where the policy says so."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.policy import default

import pytest

from core.domain.keys import KeyRing
from core.domain.letter import LetterKind, LettersMode
from core.domain.people import Role, User
from core.domain.promise import Apology, Clock, Promise
from core.domain.views import LetterRow
from huiying.flows.desk import Desk
from huiying.flows.extend import Verdict, ask_extension, decide_extension
from huiying.flows.keep import answered_by_call
from huiying.flows.preview import agent_letters, template_text
from huiying.flows.tick import tick
from responder.promises import on_duty
from responder.wording import time_words
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport

LI = User(id=1, name="li", role=Role.AGENT)
ZHAO = User(id=2, name="zhao", role=Role.LEAD)


def a_desk(apology: Apology) -> Desk:
    """The shipped desk with another word about apologies."""
    desk = desk_with_mailbox()
    policy = replace(desk.policy, apology=apology)
    return replace(desk, policy=policy, policies={**desk.policies, policy.name: policy})


@pytest.fixture
def sorry(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """A desk that apologises by itself."""
    return Office(worker_context(sqlite_store, keys, clock, desk=a_desk(Apology.SEND)))


def first(office: Office, number: str, clock: Clock = Clock.FIRST_RESPONSE) -> Promise:
    return next(p for p in office.ticket(number).promises if p.clock is clock)


def apologies(office: Office, number: str) -> list[LetterRow]:
    return [one for one in office.ticket(number).letters if one.kind == LetterKind.NOTICE]


def filed(office: Office, number: str) -> list[str]:
    return [e.action for e in office.ticket(number).audit if e.action.startswith("apology.")]


def pass_to(office: Office, clock: FixedClock, instant) -> None:
    clock.at = instant
    while tick(office.ctx):
        pass


def text(office: Office) -> str:
    transport = office.ctx.transport
    assert isinstance(transport, MemoryTransport)
    part = message_from_bytes(transport.tried[-1].data, policy=default).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def test_a_broken_told_time_is_apologised_for_once(sorry: Office, clock: FixedClock) -> None:
    """It names the time that was broken and the next answer that is owed, which is told from then on."""
    [row] = sorry.bring(a_mail())
    promise = first(sorry, row.number)
    assert promise.told is not None
    pass_to(sorry, clock, promise.due - timedelta(minutes=1))
    assert filed(sorry, row.number) == []
    pass_to(sorry, clock, promise.due)
    assert filed(sorry, row.number) == ["apology.queued"]
    sorry.work()
    [letter] = apologies(sorry, row.number)
    assert "没有按时答复您" in letter.subject
    calendar, policy = sorry.ctx.desk().calendar, sorry.ctx.desk().policy
    resolution = first(sorry, row.number, Clock.RESOLUTION)
    assert letter.state == "sent" and resolution.told == on_duty(resolution.due, calendar, policy)
    words = text(sorry)
    assert time_words(promise.told, calendar, "zh-CN") in words
    assert time_words(resolution.told, calendar, "zh-CN") in words
    assert not any(word in words for word in ("优先级", "紧急", "愤怒"))
    pass_to(sorry, clock, promise.due + (promise.due - promise.started) * 3)
    sorry.work()
    assert len(apologies(sorry, row.number)) == 1


def test_after_an_outage_one_letter_goes(sorry: Office, clock: FixedClock) -> None:
    """All three shares have passed when the clocks are looked at again."""
    [row] = sorry.bring(a_mail())
    promise = first(sorry, row.number)
    pass_to(sorry, clock, promise.due + timedelta(days=1))
    assert filed(sorry, row.number) == ["apology.queued"]


def test_an_answer_that_comes_first_makes_it_needless(sorry: Office, clock: FixedClock) -> None:
    """The letter waits in the outbox while somebody speaks to the customer."""
    [row] = sorry.bring(a_mail())
    pass_to(sorry, clock, first(sorry, row.number).due)
    with sorry.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(row.number)
        assert ticket is not None
        answered_by_call(sorry.ctx, tx, ticket, "li", clock())
    sorry.work()
    assert [one.state for one in apologies(sorry, row.number)] == ["cancelled"]


def test_none_leaves_at_night(sorry: Office, clock: FixedClock) -> None:
    """Found broken at eleven in the evening, it leaves at eight."""
    [row] = sorry.bring(a_mail())
    night = first(sorry, row.number).due.replace(hour=15, minute=0)
    pass_to(sorry, clock, night)
    sorry.work()
    assert [one.state for one in apologies(sorry, row.number)] == ["queued"]
    clock.advance(hours=9)
    sorry.work()
    assert [one.state for one in apologies(sorry, row.number)] == ["sent"]


@pytest.mark.parametrize("word", [Apology.OFFER, Apology.OFF])
def test_otherwise_none_goes_by_itself(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, word: Apology) -> None:
    """Offered, an agent may begin with it and it names the broken time; off, it is not even offered."""
    office = Office(worker_context(sqlite_store, keys, clock, desk=a_desk(word)))
    [row] = office.bring(a_mail())
    promise = first(office, row.number)
    pass_to(office, clock, promise.due + timedelta(minutes=1))
    office.work()
    assert apologies(office, row.number) == [] and filed(office, row.number) == []
    offered = [name for name, _ in agent_letters(office.ctx.desk(), "zh-CN")]
    assert ("apology" in offered) is (word is Apology.OFFER)
    assert promise.told is not None
    was = time_words(promise.told, office.ctx.desk().calendar, "zh-CN")
    assert was in (template_text(office.ctx, row.number, "apology") or "")


def test_what_was_never_told_is_not_apologised_for(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """No letter went, so no time was told and none is broken to the customer."""
    desk = with_letters(a_desk(Apology.SEND), LettersMode.OFF)
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
    [row] = office.bring(a_mail())
    assert first(office, row.number).told is None
    pass_to(office, clock, first(office, row.number).due + timedelta(days=1))
    assert apologies(office, row.number) == [] and filed(office, row.number) == []


def test_where_none_may_go_the_trail_says_why(sorry: Office, clock: FixedClock) -> None:
    """Letters were switched off after the acknowledgement had named a time."""
    [row] = sorry.bring(a_mail())
    off = replace(sorry.ctx, desk=lambda: with_letters(a_desk(Apology.SEND), LettersMode.OFF))
    clock.at = first(sorry, row.number).due
    while tick(off):
        pass
    [line] = [e for e in sorry.ticket(row.number).audit if e.action.startswith("apology.")]
    assert line.action == "apology.barred" and ("because", "letters-off") in line.details
    assert apologies(sorry, row.number) == []


def test_a_later_time_that_was_told_meanwhile_makes_it_needless(sorry: Office, clock: FixedClock) -> None:
    """The lead noted that the customer agreed to it by telephone; the letter still waited."""
    [row] = sorry.bring(a_mail())
    promise = first(sorry, row.number)
    pass_to(sorry, clock, promise.due)
    later = promise.due + timedelta(hours=2)
    asked = ask_extension(sorry.ctx, row.number, LI, promise.id, later, "等配件到货")
    decide_extension(sorry.ctx, row.number, ZHAO, asked.id, Verdict(approved=True, by_call=True))
    sorry.work()
    assert [one.state for one in apologies(sorry, row.number)] == ["cancelled"]
    pass_to(sorry, clock, later)
    sorry.work()
    assert sorted(one.state for one in apologies(sorry, row.number)) == ["cancelled", "sent"]


def test_in_english_it_has_one_chinese_line(sorry: Office, clock: FixedClock) -> None:
    """Whoever reads neither script well knows what the letter is (DOMAIN 9)."""
    body = "Hello,\nI cannot sign in since this morning; your page shows error 500 each time. What should I do?"
    [row] = sorry.bring(a_mail(subject="Cannot sign in", body=body))
    pass_to(sorry, clock, first(sorry, row.number).due)
    sorry.work()
    chinese = [line for line in text(sorry).splitlines() if line.startswith("没有按时答复您")]
    assert len(chinese) == 1 and row.number in chinese[0] and "北京时间" in chinese[0]
