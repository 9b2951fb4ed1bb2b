"""What cannot be opened any more, damaged or with a lost key, stops nothing else, and is told once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import text

from core.domain.errors import MailboxUnavailable
from core.domain.task import TaskFilter
from core.domain.tokens import MailboxToken
from core.domain.views import QueueFilter
from huiying.app.workers.heartbeat import note_faults
from huiying.flows.access_tokens import StoredTokens
from huiying.flows.care_plans import DailyCare
from huiying.flows.compile import compile_desk
from huiying.flows.customer import set_customer
from huiying.flows.erase import erase, find_customer
from huiying.flows.health import health
from huiying.flows.tick import tick
from huiying.flows.triage import triage
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.fakes.fixed_clock import FixedClock
from tests.flows.test_access_tokens import OAUTH, MemoryEndpoint
from tests.flows.test_erase import Journal

WANG, ZHAO = "wang@example.cn", "zhao@example.cn"
DAMAGES = {"damaged": "X'0100'", "lost key": "CAST(X'00' || substr({c}, 2) AS BLOB)", "gone": "X''"}


def spoil(store: SqlStore, table: str, column: str, how: str, where: str = "1") -> None:
    value = DAMAGES[how].format(c=column)
    with store._engines.writer.begin() as connection:
        connection.execute(text(f"UPDATE {table} SET {column} = {value} WHERE {column} IS NOT NULL AND {where}"))


@pytest.fixture
def two(office: Office) -> Office:
    """王芳 and 赵强 wrote, and wait for an answer."""
    office.bring(
        a_mail(sender=f"王芳 <{WANG}>"), a_mail(sender=f"赵强 <{ZHAO}>", mid="m2@example.cn", subject="另一件")
    )
    return office


def codes(office: Office) -> list[str]:
    return [item[0] for item in health(office.ctx).items]


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
def test_a_customer_who_cannot_be_opened_stops_nobody(
    two: Office, sqlite_store: SqlStore, clock: FixedClock, how: str
) -> None:
    """His mails are filed, the clocks run, plans make their tasks, lists show both; what is known of him otherwise is
    still his, and what does not open stays as it is when he is changed."""
    [first, _] = numbers(two)
    set_customer(two.ctx, first, {"phone": "13812345678"}, "li")
    for column in ("address", "phone"):
        spoil(sqlite_store, "customer", column, how, "name = '王芳'")
    kept = sealed(sqlite_store)
    [again] = two.bring(a_mail(sender=f"王芳 <{WANG}>", mid="m3@example.cn", subject="退款"))
    assert again.stage == "filed" and len(numbers(two)) == 3
    set_customer(two.ctx, first, {"level": "VIP"}, "li")
    customer = two.ticket(again.number).customer
    assert customer is not None and (customer.level, customer.phone, customer.address) == ("VIP", "", None)
    assert sealed(sqlite_store) == kept
    clock.advance(hours=30)
    while tick(two.ctx):
        pass
    trail = [line.action for number in numbers(two) for line in two.ticket(number).audit]
    assert trail.count("promise.escalated") == 3 and "promise.failed" not in trail
    plan = "plans: {all: {kind: call_back, mode: live, every: quarter, day: 62, words: 问候}}"
    files = shipped_files()
    desk, problems = compile_desk(replace(files, files={**files.files, "care.yaml": plan}))
    assert desk is not None and not problems, problems
    care = DailyCare(replace(two.ctx, desk=lambda: desk, desk_of=lambda bundle: desk))
    while care.look():
        pass
    with two.ctx.store.read() as tx:
        assert {row.customer for row in tx.tasks.listed(TaskFilter(), "", 50).rows} == {"王芳", "赵强"}
    assert erase(two.ctx, find_customer(two.ctx, WANG), "li", Journal()).tickets == 2


def numbers(office: Office) -> list[str]:
    with office.ctx.store.read() as tx:
        return sorted(row.number for row in tx.views.queue(QueueFilter(), "", 50).rows)


def sealed(store: SqlStore) -> list[tuple[object, ...]]:
    with store._engines.writer.begin() as connection:
        query = text("SELECT address, address_key, phone, phone_key FROM customer WHERE name = '王芳'")
        return list(map(tuple, connection.execute(query)))


def test_a_letter_that_cannot_be_opened_fails_and_the_others_leave(two: Office, sqlite_store: SqlStore) -> None:
    """It stands in the outbox as failed, with the reason."""
    two.keep(
        a_mail(sender="李明 <li@else.cn>", mid="a1", subject="发票"),
        a_mail(sender="周敏 <zhou@else.cn>", mid="a2", subject="物流"),
    )
    triage(two.ctx)
    spoil(sqlite_store, "letter", "sealed", "damaged", "state = 'queued' AND id = (SELECT max(id) FROM letter)")
    two.work()
    failed, *sent = sorted(two.letters(), key=lambda one: one.state)
    assert [one.state for one in sent] == ["sent"] * 3
    assert failed.state == "failed" and "does not open" in failed.answer
    spoil(sqlite_store, "letter", "recipient", "damaged")
    assert {letter.recipient_masked for letter in two.letters()} == {""}


def test_an_envelope_that_cannot_be_opened_hides_no_ticket(two: Office, sqlite_store: SqlStore) -> None:
    """Its words are there; nobody can say who wrote them."""
    spoil(sqlite_store, "message", "addresses", "damaged")
    for number in numbers(two):
        [message] = two.ticket(number).messages
        assert message.text and message.sender is None


def test_a_mailbox_whose_token_cannot_be_opened_asks_for_a_person(
    two: Office, sqlite_store: SqlStore, clock: FixedClock
) -> None:
    """It is as if nobody had signed in: no thread ends on it, and the other mailboxes go on."""
    until = clock() + timedelta(hours=1)
    token = MailboxToken(mailbox="service", access="a", refresh="r", expires=until, obtained=clock())
    with two.ctx.store.write() as tx:
        tx.tokens.save(token)
    for column in ("access", "refresh"):
        spoil(sqlite_store, "oauth_token", column, "damaged")
    tokens = StoredTokens(two.ctx.store, MemoryEndpoint(), lambda name: OAUTH, two.ctx.now, two.ctx.ids)
    with pytest.raises(MailboxUnavailable) as refused:
        tokens.token("service")
    assert refused.value.code == "login-needed"


def test_what_does_not_open_is_told_until_it_does(two: Office, sqlite_store: SqlStore) -> None:
    """Once, however many looked at it, and in every process."""
    [before] = sealed(sqlite_store)
    spoil(sqlite_store, "customer", "address", "damaged", "name = '王芳'")
    assert two.ticket(numbers(two)[0]).customer
    assert "unreadable" not in codes(two)
    noted: frozenset[str] = frozenset()
    for _ in range(2):
        with two.ctx.store.write() as tx:
            noted = note_faults(tx, noted)
    assert codes(two).count("unreadable") == 1
    with sqlite_store._engines.writer.begin() as connection:
        connection.execute(text("UPDATE customer SET address = :was WHERE name = '王芳'"), {"was": before[0]})
    assert "unreadable" not in codes(two)
    spoil(sqlite_store, "message", "addresses", "damaged")
    assert two.ticket(numbers(two)[0]).messages
    with two.ctx.store.write() as tx:
        note_faults(tx, frozenset())
    with sqlite_store._engines.writer.begin() as connection:
        kept = connection.execute(text("SELECT key FROM meta WHERE key LIKE 'unreadable:%'")).scalars().all()
    assert {key.split(".")[0] for key in kept} == {"unreadable:message"}
