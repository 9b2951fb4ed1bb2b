"""A letter that comes late never names a time that is over."""

from __future__ import annotations

from email import message_from_bytes, policy

from core.domain.letter import LettersMode
from core.domain.people import Actor, Role, User
from huiying.flows.answer import log_call
from huiying.flows.outbox import change_letter
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.transport import MemoryTransport

AMY = User(id=1, name="amy", role=Role.AGENT)


def _text(data: bytes) -> str:
    part = message_from_bytes(data, policy=policy.default).get_body(("plain",))
    return str(part.get_content()) if part is not None else ""


def test_a_letter_held_past_its_promise_does_not_name_it(sqlite_store, keys, clock):
    """Released in time it names the time; released two days later it says that somebody answers, without one."""
    server = MemoryTransport(clock)
    desk = with_letters(desk_with_mailbox(), LettersMode.HOLD)
    office = Office(worker_context(sqlite_store, keys, clock, transport=server, desk=desk))
    office.bring(a_mail(), a_mail(mid="m2@example.cn", subject="打印机"))
    first, second = office.letters("held")
    for letter, days in ((first, 0), (second, 2)):
        clock.advance(days=days)
        assert change_letter(office.ctx, letter.id, "release", Actor.person(AMY))
        office.work()
    in_time, late = (_text(mail.data) for mail in server.tried)
    assert "回复时间" in in_time and "回复时间" not in late
    assert first.number in in_time + late and second.number in in_time + late


def test_a_letter_held_past_its_promise_and_an_answer_does_not_go(sqlite_store, keys, clock):
    """Somebody called the first customer: his acknowledgement is needless; the second is still owed his."""
    desk = with_letters(desk_with_mailbox(), LettersMode.HOLD)
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
    office.bring(a_mail(), a_mail(mid="m2@example.cn", sender="u2@example.cn", subject="打印机"))
    first, second = office.letters("held")
    clock.advance(minutes=5)
    log_call(office.ctx, first.number, AMY, "reached", "说清楚了")
    clock.advance(days=2)
    for letter in (first, second):
        assert change_letter(office.ctx, letter.id, "release", Actor.person(AMY))
    office.work()
    states = {row.number: (row.state, row.answer) for row in office.letters()}
    assert states[first.number] == ("cancelled", "answered") and states[second.number][0] == "sent"
