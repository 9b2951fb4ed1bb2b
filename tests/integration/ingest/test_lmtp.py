"""Mail that is handed over: 250 only for what is kept, one answer a recipient, nothing twice."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from core.domain.errors import PortTaken, StoreUnavailable
from core.domain.keys import KeyRing
from huiying.flows.pushed import keep_pushed, largest, mailbox_of
from ingest.sources.lmtp import Keep, LmtpServer
from store.open import SqlStore
from tests.factories.pipeline import ADDRESS, Office, a_mail, desk_with_mailbox, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.lmtp_client import LmtpClient


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """Two mailboxes, one of them with a second address."""
    desk = desk_with_mailbox()
    (box,) = desk.mailboxes
    other = replace(box, name="sales", address="sales@example.com", aliases=("shop@example.com",))
    desk = replace(desk, mailboxes=(box, other))
    return Office(worker_context(sqlite_store, keys, clock, desk=desk))


@contextmanager
def serving(
    office: Office, *, keep: Keep | None = None, address: str = "127.0.0.1:0", most: int = 0
) -> Iterator[LmtpServer]:
    ctx, stop = office.ctx, threading.Event()
    server = LmtpServer(
        address,
        check=partial(mailbox_of, ctx),
        keep=keep or partial(keep_pushed, ctx),
        largest=(lambda: most) if most else partial(largest, ctx),
    )
    thread = threading.Thread(target=server.run, args=(stop,), daemon=True)
    thread.start()
    try:
        assert server.ready.wait(5)
        yield server
    finally:
        stop.set()
        thread.join(5)
        assert not thread.is_alive()


@pytest.fixture
def stored(office: Office):
    def count() -> int:
        return office.totals()["mails"]

    return count


def codes(answers: list[str]) -> list[str]:
    return [answer[:3] for answer in answers]


def test_what_is_answered_with_250_is_kept(office: Office, stored) -> None:
    """It becomes a ticket with its acknowledgement like any other mail."""
    with serving(office) as server:
        client = LmtpClient(server.port)
        assert codes(client.hands_over(a_mail(), ADDRESS)) == ["250"]
        assert stored() == 1
        client.close()
    office.work()
    assert office.totals()["tickets"] == 1 and len(office.letters()) == 1


def test_each_recipient_has_his_own_answer(office: Office, stored) -> None:
    """Two mailboxes and a stranger in one transaction; a tag and an alias find their mailbox."""
    with serving(office) as server:
        client = LmtpClient(server.port)
        client.says("LHLO mta.example.com")
        client.says("MAIL FROM:<wang@example.cn>")
        tagged = ADDRESS.replace("@", "+t12@")
        heard = [client.says(f"RCPT TO:<{to}>")[0][:3] for to in (tagged, "nobody@example.com", "SHOP@example.com")]
        assert heard == ["250", "550", "250"]
        client.says("DATA")
        client._line.sendall(a_mail())
        assert codes(client.says(".", 2)) == ["250", "250"]
        client.close()
    with office.ctx.store.read() as tx:
        rows = [tx.ledger.entry(row.ledger_id) for row in ledger_rows(office)]
    assert sorted((row.mailbox, row.source) for row in rows if row) == [("sales", "lmtp"), ("service", "lmtp")]


def ledger_rows(office: Office):
    with office.ctx.store.read() as tx:
        from sqlalchemy import select

        from store.tables import raw_mail

        return tx._unit.rows(select(raw_mail.c.ledger_id))  # type: ignore[attr-defined]  # the store's own


def test_the_same_mail_again_is_kept_once(office: Office, stored) -> None:
    """The answer got lost and the server hands it over once more: 250, and nothing new."""
    with serving(office) as server:
        for _ in range(2):
            client = LmtpClient(server.port)
            assert codes(client.hands_over(a_mail(), ADDRESS)) == ["250"]
            client.close()
    assert stored() == 1


def test_a_database_that_is_away_means_later(office: Office, stored) -> None:
    """451 for the recipient whose mail was not committed: the sender keeps it and tries again. A bug of ours too."""
    troubles: list[Exception] = [StoreUnavailable("locked"), RuntimeError("ours")]

    def keep(sender: str, recipient: str, data: bytes) -> None:
        if troubles and recipient == ADDRESS:
            raise troubles.pop(0)
        keep_pushed(office.ctx, sender, recipient, data)

    with serving(office, keep=keep) as server:
        client = LmtpClient(server.port)
        both = (ADDRESS, "sales@example.com")
        assert codes(client.hands_over(a_mail(), *both)) == ["451", "250"]
        assert codes(client.hands_over(a_mail(), *both)) == ["451", "250"]
        assert stored() == 1
        assert codes(client.hands_over(a_mail(), *both)) == ["250", "250"]
        client.close()
    assert stored() == 2


def test_a_line_that_breaks_in_the_middle_keeps_nothing(office: Office, stored) -> None:
    """Without the final dot there is no mail; the next connection is served."""
    with serving(office) as server:
        client = LmtpClient(server.port)
        client.says("LHLO mta.example.com")
        client.says("MAIL FROM:<wang@example.cn>")
        client.says(f"RCPT TO:<{ADDRESS}>")
        client.says("DATA")
        client._line.sendall(a_mail()[:200])
        client.close()
        again = LmtpClient(server.port)
        assert codes(again.hands_over(a_mail(), ADDRESS)) == ["250"]
        again.close()
    assert stored() == 1


def test_a_mail_over_the_limit_is_refused_for_each_recipient(office: Office, stored) -> None:
    """Whether its size was announced or not; the connection goes on."""
    with serving(office, most=2_000) as server:
        client = LmtpClient(server.port)
        answers = client.hands_over(a_mail(body="长" * 2_000), ADDRESS, "sales@example.com")
        assert codes(answers) == ["552", "552"]
        assert client.says("MAIL FROM:<wang@example.cn> SIZE=999999")[0].startswith("552")
        assert codes(client.hands_over(a_mail(), ADDRESS)) == ["250"]
        client.close()
    assert stored() == 1


def test_an_empty_sender_and_eight_bits_come_through(office: Office) -> None:
    """Bounces have no sender; bytes are kept as they came, dots and long lines too."""
    data = "Subject: 退信\r\n\r\n".encode("gbk") + b".dot\r\n" + b"x" * 5_000 + b"\r\n"
    wire = data.replace(b"\r\n.", b"\r\n..")
    with serving(office) as server:
        client = LmtpClient(server.port)
        assert codes(client.hands_over(wire.removesuffix(b"\r\n"), ADDRESS, sender="")) == ["250"]
        client.close()
    (row,) = ledger_rows(office)
    with office.ctx.store.read() as tx:
        kept = tx.ledger.raw(row.ledger_id)
    assert kept == f"Return-Path: <>\r\nDelivered-To: {ADDRESS}\r\n".encode() + data


def test_a_socket_in_the_file_system_serves_too(office: Office, stored, tmp_path: Path) -> None:
    """As mail servers on the same machine like it; nobody else may write to it."""
    path = tmp_path / "lmtp.sock"
    with serving(office, address=f"unix:{path}"):
        assert path.stat().st_mode & 0o007 == 0
        client = LmtpClient(path)
        assert codes(client.hands_over(a_mail(), ADDRESS)) == ["250"]
        client.close()
    assert stored() == 1


def test_a_taken_place_is_told(office: Office, stored, tmp_path: Path) -> None:
    """A port, or a socket at which somebody answers: it is not taken away from him. One that a dead process left is
    taken over."""
    path = tmp_path / "lmtp.sock"
    with serving(office) as server, serving(office, address=f"unix:{path}"):
        for place in (f"127.0.0.1:{server.port}", f"unix:{path}"):
            with pytest.raises(PortTaken, match="LMTP"):
                LmtpServer(place, check=print, keep=print, largest=lambda: 1).run(threading.Event())
        client = LmtpClient(path)
        assert codes(client.hands_over(a_mail(), ADDRESS)) == ["250"]
        client.close()
    assert path.exists()
    with serving(office, address=f"unix:{path}"):
        client = LmtpClient(path)
        assert codes(client.hands_over(a_mail(mid="m2@example.cn"), ADDRESS)) == ["250"]
        client.close()
    assert stored() == 2
