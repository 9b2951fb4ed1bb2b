"""Mail that cannot be parsed: a numbered stub, an acknowledgement if a sender is known, and a way back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import NotFound
from core.domain.keys import KeyRing
from core.domain.ledger import Stage
from core.domain.ticket import State
from huiying.flows.replay import replay
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.failing import MARK, FailingParser
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def parser(office: Office) -> FailingParser:
    return FailingParser(office.ctx.parser)


@pytest.fixture
def broken(office: Office, parser: FailingParser) -> Office:
    """The same office with a parser that dies of marked mails."""
    return Office(replace(office.ctx, parser=parser))


def test_a_quarantined_mail_has_number_sender_and_letter(broken: Office) -> None:
    """What a byte scan still found becomes a stub ticket; the customer is told his number."""
    [row] = broken.bring(a_mail(body=f"{MARK} 打不开"))
    detail = broken.ticket(row.number)
    assert (row.stage, row.because) == (Stage.QUARANTINED, "parse worker died (signal 11)")
    assert detail.ticket.stub and detail.ticket.subject == "登录报错"
    assert [letter.state for letter in detail.letters] == ["sent"]
    assert broken.totals()["quarantined"] == 1


def test_without_a_sender_it_is_silent(broken: Office) -> None:
    """Nobody can be answered: the stub says so."""
    [row] = broken.bring(f"Subject: {MARK}\r\n\r\n打不开".encode())
    assert row.number and row.silent_because == "no-sender" and broken.letters() == ()


def test_a_quarantined_mail_does_not_hold_up_its_batch(broken: Office) -> None:
    """The mails before and after it are filed as ever."""
    ids = broken.keep(
        a_mail(mid="a@x.example", sender="a@x.example"),
        a_mail(mid="b@x.example", sender="b@x.example", body=MARK),
        a_mail(mid="c@x.example", sender="c@x.example"),
    )
    broken.work()
    assert [broken.row(one).stage for one in ids] == ["filed", "quarantined", "filed"]


def test_a_replay_keeps_the_number_and_sends_no_second_letter(broken: Office, parser: FailingParser) -> None:
    """Understood at last, the stub becomes what the mail really says."""
    [row] = broken.bring(a_mail(body=f"{MARK} 系统打不开，一直报错"))
    parser.healed = True
    replay(broken.ctx, row.id, "admin")
    broken.work()
    again, detail = broken.row(row.id), broken.ticket(row.number)
    assert (again.stage, again.number) == (Stage.FILED, row.number)
    assert not detail.ticket.stub and detail.ticket.fields["type"] == "问题反馈"
    assert len(detail.letters) == 1 and broken.totals()["tickets"] == 1
    assert "mail.replay" in {entry.action for entry in detail.audit} | actions(broken, f"mail:{row.id}")


def test_a_replay_that_fails_again_changes_nothing_else(broken: Office) -> None:
    """Still unreadable: quarantined once more, same ticket, no second letter."""
    [row] = broken.bring(a_mail(body=MARK))
    replay(broken.ctx, row.id, "admin")
    broken.work()
    again = broken.row(row.id)
    assert (again.stage, again.number) == (Stage.QUARANTINED, row.number)
    assert len(broken.letters()) == 1 and broken.totals()["tickets"] == 1


def test_a_replay_reopens_nothing(broken: Office, parser: FailingParser, clock: FixedClock) -> None:
    """A mail understood late is nothing that the customer said since: a finished ticket stays finished and owes
    nothing."""
    [row] = broken.bring(a_mail(body=f"{MARK} 系统打不开，一直报错"))
    with broken.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(row.number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, state=State.RESOLVED))
    before = broken.ticket(row.number).promises
    clock.advance(days=3)
    parser.healed = True
    replay(broken.ctx, row.id, "admin")
    broken.work()
    detail = broken.ticket(row.number)
    assert (detail.ticket.state, detail.ticket.stub) == (State.RESOLVED, False)
    assert len(detail.promises) == len(before)


def test_a_reply_to_a_stub_joins_it(broken: Office) -> None:
    """The byte scan kept the Message-ID, so the conversation goes on under one number."""
    [row] = broken.bring(a_mail(body=MARK))
    [reply] = broken.bring(a_mail(mid="m2@example.cn", body="补充", reply_to=["m1@example.cn"]))
    assert reply.number == row.number


def test_three_deaths_quarantine_a_mail(office: Office) -> None:
    """A mail that was claimed when three processes died is set apart without being touched again."""
    [ledger_id] = office.keep(a_mail())
    for _ in range(3):
        with office.ctx.store.write() as tx:
            [entry] = tx.ledger.claim(office.ctx.worker, 20)
            tx.ledger.unclaim([entry.id], forgive=False)
    office.work()
    row = office.row(ledger_id)
    assert (row.stage, row.because) == (Stage.QUARANTINED, "3 processes died on it")
    assert row.number and len(office.letters("sent")) == 1


def test_damaged_bytes_stop_no_other_mail(
    office: Office, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """A row whose bytes cannot be decrypted is shunted; the mail beside it is filed."""
    from sqlalchemy import create_engine, text

    ids = office.keep(a_mail(mid="a@x.example"), a_mail(mid="b@x.example", sender="b@x.example"))
    engine = create_engine(sqlite_store._engines.writer.url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE raw_mail SET data = x'00' WHERE ledger_id = :id"), {"id": ids[0]})
    engine.dispose()
    office.work()
    assert [office.row(one).stage for one in ids] == [Stage.SHUNTED, Stage.FILED]
    assert office.row(ids[0]).number


def test_a_replay_needs_a_mail(office: Office) -> None:
    """There is nothing to replay under an unknown id."""
    with pytest.raises(NotFound):
        replay(office.ctx, 12345, "admin")


def actions(office: Office, subject: str) -> set[str]:
    with office.ctx.store.read() as tx:
        return {row.action for row in tx.views.audit(subject, "", 50).rows}


def test_two_workers_share_one_clock(office: Office, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """A second worker takes nothing that the first one holds."""
    office.keep(a_mail())
    other = Office(worker_context(sqlite_store, keys, clock, pid=2))
    with office.ctx.store.write() as tx:
        assert len(tx.ledger.claim(office.ctx.worker, 20)) == 1
    other.work()
    assert other.totals()["tickets"] == 0
