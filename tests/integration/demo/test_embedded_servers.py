"""The embedded servers speak real IMAP and SMTP to real clients."""

from __future__ import annotations

import asyncio
import gc
import socket
import time
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import aiosmtplib
import pytest
from imapclient import IMAPClient

from huiying.demo.imap import EmbeddedImap
from huiying.demo.smtp import EmbeddedSmtp, MailDrop, ReceivedLetter

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
PASSWORD = "a-demo-password"
MAIL = (
    b"From: =?gb2312?B?1cXI/Q==?= <a@example.cn>\r\nSubject: \xc4\xe3\xba\xc3\r\n\r\n\xd6\xec\xe9F\xbb\xf9\r\n.\r\nend"
)


@pytest.fixture
def imap() -> Iterator[EmbeddedImap]:
    with EmbeddedImap(lambda: NOW, password=PASSWORD) as server:
        yield server


def connect(server: EmbeddedImap) -> IMAPClient:
    host, port = server.address
    client = IMAPClient(host, port=port, ssl=False, timeout=5)
    client.normalise_times = False
    client.socket().setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    client.login(server.user, server.password)
    client.select_folder("INBOX")
    return client


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(MAIL, id="gbk"),
        pytest.param(b"", id="empty"),
        pytest.param(b"\x00\xff\xfe no header at all \x00", id="garbage"),
        pytest.param(b"\r\n\r\nbody only", id="no-header"),
        pytest.param(b"Content-Type: ;;=\r\n\r\nx", id="bad-type"),
        pytest.param(b"A: b\nC: d\n\nlf", id="bare-lf"),
    ],
)
def test_a_mail_comes_back_byte_for_byte(imap: EmbeddedImap, data: bytes) -> None:
    """What was delivered is what a client fetches, also if it is no mail at all."""
    uid = imap.append(data)
    client = connect(imap)
    assert client.search(["UID", "1:*"]) == [uid]
    fetched = client.fetch([uid], ["BODY.PEEK[]", "RFC822.SIZE", "INTERNALDATE"])[uid]
    assert fetched[b"BODY[]"] == data
    assert fetched[b"RFC822.SIZE"] == len(data)
    assert fetched[b"INTERNALDATE"] == NOW
    client.logout()


def test_a_clients_own_append_is_exact_too(imap: EmbeddedImap) -> None:
    """APPEND over the wire keeps the bytes, and folders can be made, moved into and counted."""
    client = connect(imap)
    client.create_folder("已处理")
    client.append("INBOX", MAIL)
    uid = client.search("ALL")[0]
    assert client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"] == MAIL
    client.move([uid], "已处理")
    assert (imap.count(), imap.count("已处理"), imap.count("nowhere")) == (0, 1, 0)
    client.logout()


def test_every_delivery_is_announced_to_an_idling_client(imap: EmbeddedImap) -> None:
    """Thirty mails, thirty announcements in whole lines, whether they come before, during or between IDLEs."""
    client = connect(imap)
    for count in range(1, 31):
        if count % 3 == 0:
            imap.append(MAIL)
        client.idle()
        if count % 3:
            imap.append(MAIL)
        seen = client.idle_check(timeout=3)
        while (count, b"EXISTS") not in seen:
            more = client.idle_check(timeout=3)
            assert more, f"mail {count} was not announced"
            seen += more
        client.idle_done()
    client.logout()


def test_idle_rests_when_nothing_happens(imap: EmbeddedImap) -> None:
    """An idling client costs no processor time."""
    imap.append(MAIL)
    client = connect(imap)
    client.idle()
    client.idle_check(timeout=0.2)
    before = time.thread_time(), time.process_time()
    assert client.idle_check(timeout=0.5) == []
    assert time.process_time() - before[1] < 0.2
    client.idle_done()
    client.logout()


@pytest.mark.slow
def test_logging_in_is_quick_and_needs_the_password(imap: EmbeddedImap) -> None:
    """Fifty log-ins take well under the second that pymap's own hash would take for five."""
    began = time.monotonic()
    for _ in range(50):
        connect(imap).logout()
    assert time.monotonic() - began < 2.5
    host, port = imap.address
    stranger = IMAPClient(host, port=port, ssl=False, timeout=5)
    with pytest.raises(IMAPClient.Error):
        stranger.login(imap.user, "wrong")
    stranger.shutdown()


def test_clients_can_be_cut_off(imap: EmbeddedImap, capfd: pytest.CaptureFixture[str]) -> None:
    """After a cut the client sees an error, a new connection works, and nobody's screen is littered."""
    client = connect(imap)
    client.idle()
    assert imap.drop_connections() == 1
    assert client.idle_check(timeout=2) == []  # imapclient swallows the end of the stream here
    with pytest.raises((OSError, IMAPClient.Error)):
        client.idle_done()
    client.shutdown()
    connect(imap).logout()
    imap.stop()
    assert capfd.readouterr() == ("", "")


def a_mail(to: str, subject: str = "您好") -> EmailMessage:
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "a@example.cn", to, subject
    mail.set_content("第一行\n.\n最后一行\n")
    return mail


def send(mail: EmailMessage, address: tuple[str, int]) -> str:
    async def go() -> str:
        _, answer = await aiosmtplib.send(mail, hostname=address[0], port=address[1], start_tls=False)
        return answer

    return asyncio.run(go())


def test_a_letter_is_kept_stamped_and_announced(tmp_path: Path) -> None:
    """A sent letter is there as it was sent, with its envelope, its time, a file, and a call-back before the 250."""
    heard: list[ReceivedLetter] = []
    with EmbeddedSmtp(lambda: NOW, lambda: 12.5, folder=tmp_path / "letters", on_letter=heard.append) as server:
        assert server.wait_for(1, 0.01) == ()
        answer = send(a_mail("b@example.com"), server.address)
        letters = server.wait_for(1, 5)
    assert answer == "OK letter 1"
    assert [(x.number, x.sender, x.recipients, x.at, x.monotonic) for x in letters] == [
        (1, "a@example.cn", ("b@example.com",), NOW, 12.5)
    ]
    assert heard == list(letters) == list(server.letters())
    assert b"\r\n.\r\n" in letters[0].data
    assert (tmp_path / "letters" / "letter-0001.eml").read_bytes() == letters[0].data


def test_a_recipient_can_be_refused() -> None:
    """Temporary and permanent refusals can be scripted per recipient."""
    with (
        EmbeddedSmtp(lambda: NOW, lambda: 0.0, refuse=lambda who: "550 no" if "bad" in who else "") as server,
        pytest.raises(aiosmtplib.SMTPRecipientsRefused) as refused,
    ):
        send(a_mail("bad@example.com"), server.address)
    assert refused.value.recipients[0].code == 550


def test_one_connection_carries_many_letters() -> None:
    """A kept connection delivers a hundred letters in order."""

    async def many(address: tuple[str, int]) -> None:
        async with aiosmtplib.SMTP(hostname=address[0], port=address[1], start_tls=False) as client:
            for number in range(100):
                await client.send_message(a_mail("b@example.com", f"{number}"))

    with EmbeddedSmtp(lambda: NOW, time.monotonic) as server:
        asyncio.run(many(server.address))
        stamps = [letter.monotonic for letter in server.letters()]
    assert len(stamps) == 100
    assert stamps == sorted(stamps)


def test_a_login_can_be_asked_for() -> None:
    """With a login configured the right password is accepted and a wrong one is not."""

    async def sign_in(address: tuple[str, int], password: str) -> None:
        async with aiosmtplib.SMTP(hostname=address[0], port=address[1], start_tls=False) as client:
            await client.login("agent", password)

    with EmbeddedSmtp(lambda: NOW, time.monotonic, login=("agent", PASSWORD)) as server:
        asyncio.run(sign_in(server.address, PASSWORD))
        with pytest.raises(aiosmtplib.SMTPAuthenticationError):
            asyncio.run(sign_in(server.address, "wrong"))


def test_own_mail_is_dropped_into_the_mailbox(imap: EmbeddedImap) -> None:
    """Any SMTP client reaches the IMAP mailbox, at the address or its plus form; others are refused."""
    with MailDrop(imap, "Support@demo.example") as drop:
        send(a_mail("support@demo.example"), drop.address)
        send(a_mail("support+20231001001@demo.example"), drop.address)
        with pytest.raises(aiosmtplib.SMTPRecipientsRefused):
            send(a_mail("someone@example.com"), drop.address)
    client = connect(imap)
    bodies = [row[b"BODY[]"] for row in client.fetch(client.search("ALL"), ["BODY.PEEK[]"]).values()]
    client.logout()
    assert len(bodies) == 2
    assert all(body.startswith(b"Return-Path: <a@example.cn>\r\n") for body in bodies)


@pytest.mark.parametrize("kind", ["imap", "smtp"])
def test_no_socket_outlives_a_server(kind: str) -> None:
    """Clients that are let in at the very moment when a server ends lose their connection, and nothing stays open."""
    with warnings.catch_warnings(record=True) as noticed:
        warnings.simplefilter("always")
        for _ in range(8):
            server = (
                EmbeddedImap(lambda: NOW, password=PASSWORD)
                if kind == "imap"
                else EmbeddedSmtp(lambda: NOW, time.monotonic)
            )
            address = server.start()
            clients = [socket.create_connection(address, timeout=5) for _ in range(3)]
            server.stop()
            for client in clients:
                client.close()
        del server
        gc.collect()
    assert [str(warning.message) for warning in noticed] == []
