"""Sample mails and one's own mail reach the mailbox over real protocols."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient

from core.domain.errors import BadInput, TransportUnavailable
from huiying.demo.feed import Feeder
from huiying.demo.home import ADDRESS
from huiying.demo.imap import EmbeddedImap
from huiying.demo.running import RunningDemo, announce, find_running
from huiying.demo.samples import sample_mails
from huiying.demo.send import own_mail, send_own_mail
from huiying.demo.smtp import MailDrop

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture
def imap() -> Iterator[EmbeddedImap]:
    with EmbeddedImap(lambda: NOW, password="a-demo-password") as server:
        yield server


def everything(server: EmbeddedImap) -> list[bytes]:
    host, port = server.address
    with IMAPClient(host, port=port, ssl=False, timeout=5) as client:
        client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.login(server.user, server.password)
        client.select_folder("INBOX", readonly=True)
        uids = client.search(["UID", "1:*"])
        fetched = client.fetch(uids, ["BODY.PEEK[]"]) if uids else {}
        return [fetched[uid][b"BODY[]"] for uid in uids]


def a_demo(home: Path, drop: tuple[str, int]) -> RunningDemo:
    nowhere = ("127.0.0.1", 9)
    return RunningDemo(
        home=str(home), address=ADDRESS, console="http://127.0.0.1:9", imap=nowhere, smtp=nowhere, drop=drop, pid=1
    )


def test_every_sample_arrives_byte_for_byte(imap: EmbeddedImap) -> None:
    """Odd encodings and the unreadable one included, in order."""
    mails = sample_mails()
    Feeder(imap, mails, now=lambda: NOW, run="r1").deliver_all()
    assert everything(imap) == [mail.on_delivery(NOW, "r1") for mail in mails]


def test_a_second_command_sends_a_mail_into_a_running_demo(imap: EmbeddedImap, tmp_path: Path) -> None:
    """It finds the demo by itself and sends by SMTP; the mail lies in the mailbox as if from a customer."""
    data = own_mail(sender="张小雨 <x@example.com>", subject="打不开了", body="请看看", to=ADDRESS, now=NOW)
    with MailDrop(imap, ADDRESS) as drop:
        announce(a_demo(tmp_path, drop.address), {"HOME": str(tmp_path)})
        sent = send_own_mail(find_running(None, {"HOME": str(tmp_path)}), data)
    assert (sent.sender, sent.recipient, sent.subject) == ("x@example.com", ADDRESS, "打不开了")
    assert everything(imap) == [b"Return-Path: <x@example.com>\r\n" + data]
    assert sent.message_id.encode() in data


def test_an_eml_file_is_sent_as_it_is(imap: EmbeddedImap, tmp_path: Path) -> None:
    """Whatever its header says, it goes to the demo's address, byte for byte, raw GBK too; SMTP ends the last line."""
    readable = [mail.data.removesuffix(b"\r\n") + b"\r\n" for mail in sample_mails() if mail.expect != "quarantined"]
    with MailDrop(imap, ADDRESS) as drop:
        for data in readable:
            send_own_mail(a_demo(tmp_path, drop.address), data)
    assert [arrived.partition(b"\r\n")[2] for arrived in everything(imap)] == readable


def test_a_demo_that_is_gone_is_told_plainly(imap: EmbeddedImap, tmp_path: Path) -> None:
    """A stale note leads to "could not try" with what to do, not to a traceback."""
    with MailDrop(imap, ADDRESS) as drop:
        gone = a_demo(tmp_path, drop.address)
    with pytest.raises(TransportUnavailable) as error:
        send_own_mail(gone, b"From: a@example.com\r\n\r\nx")
    assert "huiying demo" in error.value.hint


def test_a_refusal_is_bad_input(imap: EmbeddedImap, tmp_path: Path) -> None:
    """An address that the demo does not have is the sender's mistake."""
    with MailDrop(imap, "other@demo.example") as drop, pytest.raises(BadInput):
        send_own_mail(a_demo(tmp_path, drop.address), b"From: a@example.com\r\n\r\nx")
