"""Old mail as history: closed cases in a series of their own; who answers to one today has a new demand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.domain.mail import RawMail
from core.domain.ticket import State
from core.domain.views import QueueFilter
from huiying.flows.bring_in import BATCH, BroughtIn, bring_in
from ingest.sources.history import read_history
from tests.factories.pipeline import Office, a_mail, verdict_code

CHEN = "陈明 <chen@example.cn>"


def archive(folder: Path, *mails: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for number, data in enumerate(mails):
        (folder / f"{number:03}.eml").write_bytes(data)
    return folder


def brought(office: Office, folder: Path) -> BroughtIn:
    return bring_in(office.ctx, read_history(folder, mailbox="service"), lambda _: None)


def numbers(office: Office) -> list[str]:
    with office.ctx.store.read() as tx:
        rows = tx.views.queue(QueueFilter(state=""), "", 100).rows
    return sorted(row.number for row in rows)


def test_old_mail_is_closed_history_without_letter_or_clock(office: Office, tmp_path: Path) -> None:
    """A case and its reply are one ticket H000001, received when it was written, with its decision and no promise."""
    first = a_mail(mid="a@example.cn", sender=CHEN)
    reply = a_mail(mid="b@example.cn", sender=CHEN, reply_to=["a@example.cn"], body="还是不行")
    other = a_mail(mid="c@example.cn", sender="li@example.cn", body="另一件事：请问发票怎么开？")
    done = brought(office, archive(tmp_path / "old", first, reply, other))
    assert (done.read, done.kept, done.known) == (3, 3, 0)
    assert numbers(office) == ["H000001", "H000002"]
    detail = office.ticket("H000001")
    assert detail.ticket.state is State.CLOSED and len(detail.messages) == 2
    assert detail.ticket.received == datetime(2026, 3, 5, 2, tzinfo=UTC)
    assert detail.decisions and detail.promises == () and detail.letters == ()
    assert {row.silent_because.partition(":")[0] for row in detail.ledger} == {"old-mail"}
    assert office.intents() == 0


@pytest.mark.slow
def test_an_import_may_be_repeated(office: Office, tmp_path: Path) -> None:
    """What is here already is known, by its content and whatever its file is called now."""
    mails = [a_mail(mid=f"{n}@example.cn", sender=f"{n}@example.cn", body=f"第{n}件事") for n in range(BATCH + 5)]
    assert brought(office, archive(tmp_path / "one", *mails)).kept == BATCH + 5
    again = brought(office, archive(tmp_path / "two", *reversed(mails)))
    assert (again.read, again.kept, again.known) == (BATCH + 5, 0, BATCH + 5)
    assert office.totals()["tickets"] == BATCH + 5


def test_todays_reply_to_history_is_a_new_linked_demand(office: Office, tmp_path: Path) -> None:
    """It has a number of today, a clock and an acknowledgement; the old case stays closed."""
    brought(office, archive(tmp_path / "old", a_mail(mid="a@example.cn", sender=CHEN)))
    [row] = office.bring(a_mail(mid="z@example.cn", sender=CHEN, reply_to=["a@example.cn"], body="又出现了"))
    assert verdict_code(row) == "linked" and row.number == "20260305001"
    detail = office.ticket(row.number)
    assert detail.promises and detail.letters and detail.ticket.linked_to == office.ticket("H000001").ticket.id
    assert office.ticket("H000001").ticket.state is State.CLOSED


@pytest.mark.parametrize("mid", ["a@example.cn", ""])
def test_todays_mail_that_was_imported_already_is_answered(office: Office, tmp_path: Path, mid: str) -> None:
    """An archive made this morning holds it, too: it is a demand of today, linked to that case; what arrives of it
    once more is a copy of today's."""
    mail = a_mail(mid=mid, sender=CHEN)
    brought(office, archive(tmp_path / "old", mail))
    [row, again] = office.bring(mail + b"\r\n", mail + b"\r\n\r\n")
    assert verdict_code(row) == "linked" and row.number == "20260305001"
    detail = office.ticket(row.number)
    assert detail.promises and [letter.state for letter in detail.letters] == ["sent"]
    assert detail.ticket.linked_to == office.ticket("H000001").ticket.id
    assert (verdict_code(again), again.number) == ("copy", row.number)
    assert office.totals() | {"tickets": 2, "copies": 1} == office.totals()


def test_a_machine_s_mail_that_was_imported_already_stays_silent(office: Office, tmp_path: Path) -> None:
    """An absence note makes no ticket, wherever else it was seen."""
    note = a_mail(mid="a@example.cn", sender=CHEN, headers=["Auto-Submitted: auto-replied"])
    brought(office, archive(tmp_path / "old", note))
    [row] = office.bring(note + b"\r\n")
    assert not row.number and office.intents() == 0


def test_old_mail_that_was_imported_already_is_a_copy(office: Office, tmp_path: Path) -> None:
    """What lay in the mailbox before it was connected is history as well."""
    mail = a_mail(mid="a@example.cn", sender=CHEN)
    brought(office, archive(tmp_path / "old", mail))
    raw = RawMail(
        source="imap", mailbox="service", folder="INBOX", uidvalidity=1, uid=7, arrived=office.ctx.now(), data=mail
    )
    with office.ctx.store.write() as tx:
        [kept] = tx.ledger.keep([raw], office.ctx.now(), old_before_uid=8, after="nothing")
    office.work()
    assert verdict_code(office.row(kept)) == "copy" and office.intents() == 0


def test_history_that_belongs_to_a_living_ticket_joins_it_and_wakes_nothing(office: Office, tmp_path: Path) -> None:
    """A mail of the archive that answers to a ticket of today is filed there; the same mail as today's is a copy."""
    today = a_mail(mid="m@example.cn", sender=CHEN)
    [row] = office.bring(today)
    old = a_mail(mid="n@example.cn", sender=CHEN, reply_to=["m@example.cn"], body="补充：错误号 500")
    with office.ctx.store.write() as tx:
        ticket = tx.tickets.by_number(row.number)
        assert ticket is not None
        tx.tickets.update(replace(ticket, state=State.RESOLVED))
    brought(office, archive(tmp_path / "old", old, today + b"\r\n"))
    detail = office.ticket(row.number)
    assert len(detail.messages) == 2 and detail.ticket.state is State.RESOLVED
    assert office.totals() | {"tickets": 1, "copies": 1} == office.totals()


def test_damaged_history_is_in_quarantine_and_stops_nothing(office: Office, tmp_path: Path) -> None:
    """What is no mail has its closed stub in the series; the next mail is read."""
    brought(office, archive(tmp_path / "old", b"PK\x03\x04\x00\x00", a_mail(sender=CHEN)))
    assert numbers(office) == ["H000001", "H000002"]
    assert office.totals()["quarantined"] == 1 and office.intents() == 0


@pytest.mark.slow
def test_todays_mail_does_not_wait_for_the_archive(office: Office, tmp_path: Path) -> None:
    """A customer's mail that arrives during an import is filed with the batch under way."""
    mails = [a_mail(mid=f"{n}@example.cn", sender=f"{n}@example.cn", body=f"第{n}件事") for n in range(BATCH * 3)]
    seen: list[tuple[int, int]] = []

    def progress(so_far: BroughtIn) -> None:
        if so_far.read == BATCH:
            office.keep(a_mail(mid="today@example.cn", sender=CHEN), at=office.ctx.now() + timedelta(seconds=1))
        seen.append((so_far.read, office.totals()["tickets"]))

    bring_in(office.ctx, read_history(archive(tmp_path / "old", *mails), mailbox="service"), progress)
    assert seen == [(BATCH, BATCH), (BATCH * 2, BATCH * 2 + 1), (BATCH * 3, BATCH * 3 + 1)]
