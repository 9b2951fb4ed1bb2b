"""One connection to one mailbox, against the embedded server and against Dovecot."""

from __future__ import annotations

import hashlib
import logging
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.errors import MailboxUnavailable
from core.domain.ledger import AfterFiling, ServerAction
from core.domain.settings import ServerSettings, Tls
from huiying.demo.imap import EmbeddedImap
from ingest.sources import imap
from ingest.sources.imap import ImapMailbox
from ingest.sources.imap_open import open_mailbox
from tests.factories.raw_mails import raw_mail
from tests.integration.ingest.conftest import Server, settings

GBK = raw_mail("您好，请处理".encode("gbk"), content_type=b"text/plain; charset=gb2312")


@contextmanager
def mailbox(server: Server, **changes: Any) -> Iterator[ImapMailbox]:
    connection = server.open(**changes)
    try:
        yield connection
    finally:
        connection.close()


def wait_for(connection: ImapMailbox, count: int) -> tuple[int, ...]:
    """The UIDs once there are that many, found as the poller finds them: wait, then search."""
    deadline = time.monotonic() + 20
    while len(uids := connection.uids_after(0)) < count and time.monotonic() < deadline:
        connection.wait(1)
    return uids


def action(connection: ImapMailbox, uid: int, kind: AfterFiling, ledger_id: int = 5) -> ServerAction:
    return ServerAction(ledger_id=ledger_id, folder="INBOX", uidvalidity=connection.uidvalidity, uid=uid, action=kind)


def test_mails_come_with_their_exact_bytes(server):
    """Eight-bit text, long lines and all: what was delivered is what is fetched, unread."""
    sent = [GBK, raw_mail(b"x" * 2_000 + b"\r\n"), raw_mail("你好".encode())]
    with mailbox(server) as connection:
        first = connection.uidnext
        assert connection.uids_after(0) == ()
        for data in sent:
            server.deliver(data)
        uids = wait_for(connection, len(sent))
        mails = list(connection.fetch(uids))
        assert sorted(mail.data for mail in mails) == sorted(sent)
        assert tuple(mail.uid for mail in mails) == uids and min(uids) >= first
        assert {(mail.source, mail.mailbox, mail.folder) for mail in mails} == {("imap", "desk", "INBOX")}
        assert all(mail.arrived.tzinfo is UTC for mail in mails)
        assert connection.read_back(uids[0]) == mails[0].data
        assert connection.uids_after(uids[-1]) == ()


def test_no_mail_is_written_to_a_log(server, caplog):
    """Not even where everything is logged: the library below would write out each answer."""
    caplog.set_level(logging.DEBUG, "imapclient")
    server.deliver(raw_mail(b"a private matter", subject=b"private, too"))
    with mailbox(server) as connection:
        (mail,) = connection.fetch(wait_for(connection, 1))
    assert b"a private matter" in mail.data and caplog.records
    assert "private" not in caplog.text


def test_a_vanished_uid_is_absent(server):
    """Asking for mails that are gone gives the others, and nothing for those."""
    server.deliver(GBK)
    with mailbox(server) as connection:
        (uid,) = connection.uids_after(0)
        assert [mail.uid for mail in connection.fetch([uid, uid + 100, uid + 200])] == [uid]
        assert connection.read_back(uid + 100) == b""


def test_many_mails_come_in_chunks(server):
    """More than one command's worth of mails arrives whole and in order."""
    for number in range(45):
        server.deliver(raw_mail(subject=b"%d" % number))
    with mailbox(server) as connection:
        uids = connection.uids_after(0)
        mails = list(connection.fetch(uids))
    assert len(mails) == 45 and [mail.uid for mail in mails] == list(uids)


def test_a_large_mailbox_is_searched_in_parts(server, monkeypatch):
    """No answer names more mails than a part has, and together they name all; also while others are deleted."""
    for number in range(25):
        server.deliver(raw_mail(subject=b"%d" % number))
    with mailbox(server) as connection:
        whole = wait_for(connection, 25)
        (first,) = connection.fetch(whole[:1])
    monkeypatch.setattr(imap, "MOST_SEARCHED", 10)
    asked: list[tuple[str, int]] = []
    with mailbox(server) as connection, mailbox(server) as other:
        search = connection._client.search

        def noted(criteria: list[Any]) -> Any:
            found = search(criteria)
            asked.append((criteria[-1], len(found)))
            if len(asked) == 2:
                other._client.delete_messages(list(whole[:3]))
                other._client.expunge()
            return found

        assert connection.uids_after(0) == whole
        assert connection.uids_after(whole[20]) == whole[21:]
        assert connection.uids_since(first.arrived - timedelta(hours=1)) == whole
        connection._client.search = noted
        assert set(whole[3:]) <= set(connection.uids_after(0)) <= set(whole)
        parts = (whole[10], whole[20])
        assert [part for part, _ in asked[:3]] == [f"1:{parts[0] - 1}", f"{parts[0]}:{parts[1] - 1}", f"{parts[1]}:*"]
        assert max(count for _, count in asked) <= 10, asked


def test_of_a_mail_over_the_limit_the_beginning_comes(server, monkeypatch):
    """Its size is asked first, so that the whole never is in memory; all of it can be had on demand."""
    monkeypatch.setattr(imap, "BEGINNING", 1_000)
    large = raw_mail(b"x" * 5_000)
    server.deliver(large)
    server.deliver(GBK)
    with mailbox(server, largest=3_000) as connection:
        uids = connection.uids_after(0)
        mails = {mail.uid: mail for mail in connection.fetch([*uids, uids[-1] + 7])}
        assert [(mail.data, mail.whole) for _, mail in sorted(mails.items())] == [
            (large[:1_000], len(large)),
            (GBK, 0),
        ]
        assert connection.read_back(uids[0]) == large


def test_mails_since_an_instant(server):
    """By the server's own time of arrival."""
    server.deliver(GBK)
    with mailbox(server) as connection:
        (uid,) = connection.uids_after(0)
        (mail,) = connection.fetch([uid])
        assert connection.uids_since(mail.arrived - timedelta(hours=1)) == (uid,)
        assert connection.uids_since(mail.arrived + timedelta(hours=1)) == ()


@pytest.mark.parametrize("kind", [AfterFiling.SEEN, AfterFiling.MOVE, AfterFiling.DELETE])
def test_actions_are_done_once_and_may_be_repeated(server, kind):
    """After a crash the same action is asked again: a UID that is gone counts as done."""
    server.deliver(GBK)
    server.deliver(raw_mail(subject=b"stays"))
    with mailbox(server) as connection:
        uid, other = connection.uids_after(0)
        assert connection.apply([action(connection, uid, kind)], "已处理") == (5,)
        assert connection.apply([action(connection, uid, kind)], "已处理") == (5,)
        left = connection.uids_after(0)
        assert left == ((uid, other) if kind is AfterFiling.SEEN else (other,))
    if kind is AfterFiling.MOVE:
        with mailbox(server, folder="已处理") as moved:
            (mail,) = moved.fetch(moved.uids_after(0))
            assert hashlib.sha256(mail.data).digest() == hashlib.sha256(GBK).digest()


def test_actions_of_another_uidvalidity_touch_nothing(server):
    """The UID names another mail now, or none."""
    server.deliver(GBK)
    with mailbox(server) as connection:
        (uid,) = connection.uids_after(0)
        stale = replace(action(connection, uid, AfterFiling.DELETE), uidvalidity=connection.uidvalidity + 1)
        assert connection.apply([stale], "") == (5,)
        assert connection.uids_after(0) == (uid,)


def test_a_wait_ends_when_a_mail_arrives(server):
    """The announcement is seen, timed, and the connection can be used at once."""
    with mailbox(server) as connection:
        assert connection.idles
        threading.Timer(0.3, server.deliver, [GBK]).start()
        started = time.monotonic()
        assert connection.wait(20)
        assert started < connection.last_announced <= time.monotonic() < started + 10
        assert len(connection.uids_after(0)) == 1


def test_a_mail_that_came_between_search_and_wait_is_announced(server):
    """There is no gap between looking and listening."""
    with mailbox(server) as connection:
        assert connection.uids_after(0) == ()
        server.deliver(GBK)
        started = time.monotonic()
        assert connection.wait(20)
        assert time.monotonic() - started < 5


def test_a_wait_without_mail_ends_in_time(server):
    """And the connection is as good as before."""
    with mailbox(server) as connection:
        started = time.monotonic()
        assert not connection.wait(0.5)
        assert 0.4 < time.monotonic() - started < 5
        assert connection.uids_after(0) == ()


def test_a_wait_can_be_interrupted_from_another_thread(server):
    """A stop does not wait for a mail; an early interrupt ends the next wait."""
    with mailbox(server) as connection:
        threading.Timer(0.3, connection.interrupt).start()
        started = time.monotonic()
        assert not connection.wait(30)
        assert time.monotonic() - started < 5
        connection.interrupt()
        assert not connection.wait(30)
        assert time.monotonic() - started < 10


def test_a_wrong_password_is_told_from_other_troubles(server):
    """The code is stable, the words say what to do."""
    with pytest.raises(MailboxUnavailable) as caught:
        open_mailbox(server.box, "no-such-secret", timeout=10)
    assert caught.value.code == "login-refused"
    assert "登录" in caught.value.message and "login" in caught.value.message
    assert "no-such-secret" not in caught.value.message


def test_a_missing_folder_is_told(server):
    """With its own code."""
    with pytest.raises(MailboxUnavailable) as caught:
        server.open(folder="没有")
    assert caught.value.code == "folder-missing"


def test_a_server_without_tls_is_told(server):
    """Plain text where TLS was asked for, and STARTTLS where there is none."""
    for tls in (Tls.TLS, Tls.STARTTLS):
        imap = ServerSettings(host=server.box.imap.host, port=server.box.imap.port, tls=tls, user=server.box.imap.user)
        with pytest.raises(MailboxUnavailable) as caught:
            server.open(imap=imap)
        assert caught.value.code == "tls"


def test_nobody_there_is_told():
    """A refused connection is no wrong password."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.raises(MailboxUnavailable) as caught:
        open_mailbox(settings("127.0.0.1", port, "x"), "y", timeout=2)
    assert caught.value.code == "unreachable"


def test_a_cut_connection_means_reconnect(clock):
    """A server that restarts while we listen is no reason to bother anybody."""
    with EmbeddedImap(clock, password="p") as server:
        connection = open_mailbox(settings(*server.address, server.user), "p", timeout=5)
        threading.Timer(0.3, server.drop_connections).start()
        with pytest.raises(MailboxUnavailable) as caught:
            connection.wait(20)
        connection.close()
    assert caught.value.code == "reconnect"


def test_lines_in_pieces_lose_nothing(clock):
    """A server whose lines are split over packets makes us reconnect and search; every mail is found."""
    troubles: list[str] = []
    with EmbeddedImap(clock, password="p", whole_lines=False) as server:
        box = settings(*server.address, server.user)
        connection = open_mailbox(box, "p", timeout=5)
        timers: list[threading.Timer] = []
        for number in range(15):
            timers.append(threading.Timer(0.02, server.append, [raw_mail(subject=b"%d" % number)]))
            timers[-1].start()
            deadline = time.monotonic() + 20
            while len(connection.uids_after(0)) <= number and time.monotonic() < deadline:
                try:
                    connection.wait(5)
                except MailboxUnavailable as trouble:
                    troubles.append(trouble.code)
                    connection.close()
                    connection = open_mailbox(box, "p", timeout=5)
        seen = len(connection.uids_after(0))
        connection.close()
        for timer in timers:
            timer.join()
    assert seen == 15
    assert set(troubles) <= {"reconnect"}


class _OldServer:
    """As much of a server without IDLE, ID, MOVE, UIDPLUS and keywords as a polling client needs."""

    def __init__(self) -> None:
        self.exists = 0
        self.commands: list[str] = []
        self.stored: list[str] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        connection, _ = self.listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"* OK [CAPABILITY IMAP4rev1] ready\r\n")
            stream.flush()
            for line in stream:
                tag, command, *rest = line.decode().split()
                self.commands.append(" ".join([command, *rest[:1]]))
                if command == "SELECT":
                    stream.write(b"* 0 EXISTS\r\n* 0 RECENT\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 1]\r\n")
                    stream.write(b"* FLAGS (\\Seen \\Deleted)\r\n* OK [PERMANENTFLAGS (\\Seen \\Deleted)] no more\r\n")
                if rest[:1] == ["STORE"]:
                    self.stored += re.findall(r"[^\s()]+", line.decode().partition("FLAGS")[2].partition("(")[2])
                    if not {*self.stored} <= {"\\Seen", "\\Deleted"}:
                        stream.write(f"{tag} BAD there are no keywords here\r\n".encode())
                        stream.flush()
                        continue
                if command == "NOOP" and self.exists:
                    stream.write(b"* %d EXISTS\r\n" % self.exists)
                if command == "CAPABILITY":
                    stream.write(b"* CAPABILITY IMAP4rev1\r\n")
                stream.write(f"{tag} OK done\r\n".encode())
                stream.flush()
                if command == "LOGOUT":
                    return


def test_a_server_without_idle_is_asked():
    """Polling by NOOP sees what IDLE would tell, and deletes never expunge what others flagged."""
    server = _OldServer()
    connection = open_mailbox(settings("127.0.0.1", server.listener.getsockname()[1], "u"), "p", timeout=5)
    assert not connection.idles
    assert not connection.wait(0.2)
    threading.Timer(0.2, setattr, [server, "exists", 1]).start()
    assert connection.wait(15)
    connection.apply([action(connection, 1, AfterFiling.DELETE)], "")
    connection.close()
    server.listener.close()
    assert "ID" not in {command.split()[0] for command in server.commands}
    assert not [command for command in server.commands if "EXPUNGE" in command.upper()]


def test_a_server_without_move_copies_and_then_flags():
    """The mail lies in the new folder before it is marked in the old one; nothing is expunged there."""
    server = _OldServer()
    connection = open_mailbox(settings("127.0.0.1", server.listener.getsockname()[1], "u"), "p", timeout=5)
    connection.apply([action(connection, 1, AfterFiling.MOVE)], "Done")
    connection.close()
    server.listener.close()
    done = [command for command in server.commands if command.startswith("UID")]
    assert done[-2:] == ["UID COPY", "UID STORE"]
    assert not [command for command in server.commands if "EXPUNGE" in command.upper() or command == "UID MOVE"]


@pytest.mark.parametrize("kind", list(AfterFiling))
def test_a_server_without_keywords_is_asked_for_none(kind):
    """What became of a mail is known here: on the server only the flags are used that each of them has."""
    server = _OldServer()
    connection = open_mailbox(settings("127.0.0.1", server.listener.getsockname()[1], "u"), "p", timeout=5)
    assert connection.apply([action(connection, 1, kind)], "Done") == (5,)
    connection.close()
    server.listener.close()
    assert server.stored == {AfterFiling.SEEN: ["\\Seen"], AfterFiling.NOTHING: []}.get(kind, ["\\Deleted"])


def test_the_client_introduces_itself_before_select(clock):
    """163 and its sisters answer SELECT with "Unsafe Login" otherwise."""
    received: list[bytes] = []
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        connection, _ = listener.accept()
        with connection, connection.makefile("rwb") as stream:
            stream.write(b"* OK [CAPABILITY IMAP4rev1 ID IDLE] ready\r\n")
            stream.flush()
            for line in stream:
                tag, command, *_ = line.split()
                received.append(command)
                if command == b"ID":
                    stream.write(b"* ID NIL\r\n")
                if command == b"CAPABILITY":
                    stream.write(b"* CAPABILITY IMAP4rev1 ID IDLE\r\n")
                if command == b"SELECT":
                    stream.write(b"* 0 EXISTS\r\n* OK [UIDVALIDITY 1]\r\n* OK [UIDNEXT 1]\r\n")
                stream.write(tag + b" OK done\r\n")
                stream.flush()

    threading.Thread(target=serve, daemon=True).start()
    connection = open_mailbox(settings("127.0.0.1", listener.getsockname()[1], "u"), "p", timeout=5)
    connection.close()
    listener.close()
    assert received.index(b"LOGIN") < received.index(b"ID") < received.index(b"SELECT")


def test_arrival_is_the_servers_instant(pymap_server, clock):
    """INTERNALDATE, aware and in UTC, whatever zone the machine is in."""
    pymap_server.deliver(GBK)
    with mailbox(pymap_server) as connection:
        (mail,) = connection.fetch(connection.uids_after(0))
    assert abs(mail.arrived - clock()) < timedelta(hours=1)
    assert isinstance(mail.arrived, datetime)
