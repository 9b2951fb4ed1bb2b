"""Folders, numbering and certificates of real servers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.domain.errors import MailboxUnavailable
from core.domain.keys import KeyRing
from core.domain.ledger import SENT, AfterFiling
from core.domain.settings import Tls
from huiying.app.clock import now
from huiying.app.workers.poller import Poller
from huiying.flows.context import Context
from huiying.flows.health import health
from huiying.flows.receive import receive
from ingest.sources.imap_open import open_mailbox
from store.open import SqlStore
from tests.factories.certificates import self_signed
from tests.factories.pipeline import a_mail, worker_context
from tests.factories.raw_mails import raw_mail
from tests.fakes import dovecot
from tests.integration.ingest.conftest import Server, settings

HELLO = raw_mail("您好".encode())


def test_folders_are_told_apart_and_a_missing_one_costs_no_connection(server: Server) -> None:
    """A name in Chinese is a name (modified UTF-7 on the wire); after the refusal of one the others can be read."""
    server.deliver(HELLO)
    connection = server.open()
    try:
        connection._client.create_folder("客服 & 售后")
        connection._client.copy(connection.uids_after(0), "客服 & 售后")
        with pytest.raises(MailboxUnavailable) as told:
            connection.select(replace(server.box, folder="没有"))
        assert told.value.code == "folder-missing"
        connection.select(replace(server.box, folder="客服 & 售后"))
        (mail,) = connection.fetch(connection.uids_after(0))
        assert (mail.folder, mail.source, mail.data) == ("客服 & 售后", "imap", HELLO)
        connection.select(server.box)
        assert [one.folder for one in connection.fetch(connection.uids_after(0))] == ["INBOX"]
    finally:
        connection.close()


@pytest.mark.dovecot
def test_the_sent_folder_is_the_one_that_the_server_marks(dovecot_server: Server) -> None:
    """By special use, whatever its name; it is only looked at, and what lies there is told apart."""
    connection = dovecot_server.open()
    try:
        name = connection.sent_folder()
        assert name == "Sent Messages"
        connection._client.append(name, HELLO)
        connection.select(replace(dovecot_server.box, folder=name, sent_folder=name))
        (mail,) = connection.fetch(connection.uids_after(0))
        assert (mail.folder, mail.source) == (name, SENT)
    finally:
        connection.close()


@pytest.mark.dovecot
def test_after_a_renumbering_known_mails_are_not_stored_again(
    dovecot_server: Server, running_dovecot: dovecot.Dovecot, sqlite_store, keys
) -> None:
    """As after a restored backup: new UIDVALIDITY, new UIDs, the same rows; and what is new is new."""
    user, clock = dovecot_server.box.address, lambda: datetime.now(UTC)  # noqa: TID251  the server's own clock runs too
    ctx, box = worker_context(sqlite_store, keys, clock), replace(dovecot_server.box, after=AfterFiling.NOTHING)

    def read() -> tuple[int, int]:
        connection = open_mailbox(box, dovecot_server.password, timeout=10)
        try:
            return connection.uidvalidity, receive(ctx, box, connection)
        finally:
            connection.close()

    first, _ = read()
    for number in range(5):
        dovecot_server.deliver(a_mail(mid=f"{number}@example.cn"))
    assert read() == (first, 5)
    time.sleep(1.1)  # Dovecot takes the second of the day for a new UIDVALIDITY.
    running_dovecot.renumber(user)
    dovecot_server.deliver(a_mail(mid="new@example.cn"))
    second, kept = read()
    assert second != first and kept == 1
    assert read() == (second, 0)
    with sqlite_store.read() as tx:
        assert tx.views.totals()["mails"] == 6
        assert len(tx.ledger.stages("desk", "INBOX", second, 1, 99)) == 6


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[dovecot.Dovecot, Path]]:
    certificate = self_signed(tmp_path_factory.mktemp("certificate"), datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC))
    for path in (*certificate, certificate[0].parent):
        path.chmod(0o755)
    with dovecot.start(tmp_path_factory.mktemp("secured"), certificate=certificate) as server:
        yield server, certificate[0]


@pytest.mark.dovecot
class TestTls:
    @pytest.mark.parametrize("tls", [Tls.TLS, Tls.STARTTLS])
    def test_a_companys_own_certificate_is_trusted_when_it_is_named(self, secured, tls: Tls) -> None:
        """And its end is known; unnamed it is refused, before the password goes out."""
        server, authority = secured
        box = settings(server.host, server.tls_port if tls is Tls.TLS else server.port, server.user)
        with pytest.raises(MailboxUnavailable) as told:
            open_mailbox(replace(box, imap=replace(box.imap, tls=tls)), server.password, timeout=10)
        assert told.value.code == "tls"
        trusting = replace(box, imap=replace(box.imap, tls=tls, ca_file=str(authority)))
        connection = open_mailbox(trusting, server.password, timeout=10)
        assert connection.certificate_until == datetime(2031, 5, 6, 7, 8, 9, tzinfo=UTC)
        connection.close()

    def test_a_file_that_is_no_certificate_is_told(self, secured, tmp_path: Path) -> None:
        """Missing or something else: a trouble of this mailbox, with its name."""
        server, _ = secured
        box = settings(server.host, server.tls_port, server.user)
        (tmp_path / "nonsense.pem").write_text("nonsense")
        for name in ("nonsense.pem", "missing.pem"):
            wrong = replace(box, imap=replace(box.imap, tls=Tls.TLS, ca_file=str(tmp_path / name)))
            with pytest.raises(MailboxUnavailable, match="desk") as told:
                open_mailbox(wrong, server.password, timeout=10)
            assert told.value.code == "tls"

    def test_a_certificate_that_ends_soon_stands_on_the_health_strip(
        self, tmp_path_factory: pytest.TempPathFactory, sqlite_store: SqlStore, keys: KeyRing
    ) -> None:
        """Seen at the handshake, remembered by the reader, told in both languages from 14 days before."""
        files = self_signed(tmp_path_factory.mktemp("ending"), now() + timedelta(days=10, hours=1))
        for path in (*files, files[0].parent):
            path.chmod(0o755)
        ctx, stop = worker_context(sqlite_store, keys, now), threading.Event()
        with dovecot.start(tmp_path_factory.mktemp("ends"), certificate=files) as server:
            box = settings(server.host, server.tls_port, server.user)
            box = replace(box, name="service", imap=replace(box.imap, tls=Tls.TLS, ca_file=str(files[0])))
            poller = Poller(ctx, box, lambda box: open_mailbox(box, server.password, timeout=10), stop)
            thread = threading.Thread(target=poller.run, daemon=True)
            thread.start()
            try:
                assert poller.ready.wait(30)
                deadline = time.monotonic() + 10
                while not (found := _endings(ctx)) and time.monotonic() < deadline:
                    time.sleep(0.05)
            finally:
                stop.set()
                poller.stop()
                thread.join(20)
        [(zh, en)] = found
        assert zh.startswith("邮箱 service 的服务器证书还有 10 天到期")
        assert en.startswith("The server's certificate of mailbox service ends in 10 days")


def _endings(ctx: Context) -> list[tuple[str, str]]:
    return [(zh, en) for code, zh, en, _ in health(ctx).items if code == "certificate-ends"]
