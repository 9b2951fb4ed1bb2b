"""Files as a source, and what is said of a mailbox in trouble."""

from __future__ import annotations

import imaplib
import os
import socket
import ssl
from datetime import UTC

import pytest
from imapclient.exceptions import CapabilityError, LoginError

from core.domain.errors import BadInput, MailboxUnavailable, NotFound
from core.domain.settings import MailboxSettings, ServerSettings
from ingest.sources.files import read_files
from ingest.sources.history import read_history
from ingest.sources.imap_problems import RECONNECT, code_of, translated
from ingest.sources.imap_wait import has_news

SERVER = ServerSettings(host="mx.example", port=993, user="u")
BOX = MailboxSettings(name="desk", address="desk@example.cn", imap=SERVER, smtp=SERVER)


def test_files_of_a_folder_come_by_name(tmp_path):
    """Each once, with its exact bytes and its name as the folder."""
    (tmp_path / "b.eml").write_bytes(b"two")
    (tmp_path / "below").mkdir()
    (tmp_path / "below" / "c.eml").write_bytes(b"three\xff")
    (tmp_path / "a.eml").write_bytes(b"one")
    (tmp_path / "note.txt").write_text("no mail")
    mails = list(read_files(tmp_path))
    assert [(mail.folder, mail.data) for mail in mails] == [
        ("a.eml", b"one"),
        ("b.eml", b"two"),
        ("c.eml", b"three\xff"),
    ]
    assert {(mail.source, mail.uid, mail.uidvalidity) for mail in mails} == {("files", 0, 0)}
    assert all(mail.arrived.tzinfo is UTC for mail in mails)


def test_one_file_may_have_any_name(tmp_path):
    """Whoever names a file means it."""
    (tmp_path / "mail").write_bytes(b"x")
    assert [mail.data for mail in read_files(tmp_path / "mail", mailbox="m")] == [b"x"]


def test_a_missing_path_is_not_found(tmp_path):
    """With the path in the message."""
    with pytest.raises(NotFound, match="nowhere"):
        list(read_files(tmp_path / "nowhere"))


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        (LoginError("NO bad credentials"), "login-refused"),
        (imaplib.IMAP4.abort("unterminated line: b'* 34 FETCH ('"), RECONNECT),
        (imaplib.IMAP4.abort("socket error: EOF"), RECONNECT),
        (imaplib.IMAP4.error("Unexpected IDLE response: * 5 EXISTS"), RECONNECT),
        (imaplib.IMAP4.error("SELECT failed: Mailbox doesn't exist: x"), "folder-missing"),
        (imaplib.IMAP4.error("SELECT failed: Unsafe Login"), "refused"),
        (CapabilityError("Server does not support STARTTLS capability"), "tls"),
        (ssl.SSLCertVerificationError("self-signed"), "tls"),
        (TimeoutError("timed out"), "timeout"),
        (socket.gaierror("name"), "unreachable"),
        (ConnectionRefusedError("refused"), "unreachable"),
        (ConnectionResetError("reset"), RECONNECT),
        (BrokenPipeError("pipe"), RECONNECT),
        (OSError("no route"), "unreachable"),
        (ValueError("invalid literal for int()"), RECONNECT),
        (KeyError("BODY[]"), RECONNECT),
    ],
)
def test_each_failure_has_a_stable_code_and_words(failure, code):
    """In both languages, with the mailbox and the server's own word."""
    assert code_of(failure) == code
    with pytest.raises(MailboxUnavailable) as caught, translated(BOX):
        raise failure
    assert caught.value.code == code
    assert caught.value.message.startswith("desk (mx.example:993): ")
    assert caught.value.exit_code == 3


def test_a_login_cut_off_is_no_wrong_password():
    """imapclient calls both a login error."""
    failure = LoginError("socket error: EOF")
    failure.__context__ = imaplib.IMAP4.abort("socket error: EOF")
    assert code_of(failure) == RECONNECT


def test_only_new_mail_is_news():
    """Flags, expunges and signs of life wake nobody."""
    assert has_news([(b"OK", b"Still here"), (5, b"EXISTS")])
    assert not has_news([(b"OK", b"Still here"), (1, b"FETCH", (b"FLAGS", ())), (3, b"EXPUNGE"), b"x"])


HEAD = b"From: a@example.cn\r\nDate: Mon, 01 Jan 2024 08:00:00 +0800\r\n\r\n"
ONE, TWO = HEAD + b"one\r\n", HEAD + b"two\r\nFrom here on it is text.\r\n\r\nFrom me to you, 12:30\r\n"


def history(path):
    return [(mail.folder, mail.data) for mail in read_history(path, mailbox="m")]


def test_an_mbox_falls_into_its_mails(tmp_path):
    """At lines with a sender and a date behind a blank line only; quoted lines lose their mark; bytes are exact."""
    box = tmp_path / "archive"
    parts = [b"From a@example.cn Mon Jan  1 08:00:00 2024\r\n" + ONE + b"\r\n"]
    parts += [b"From MAILER-DAEMON Thu Feb 29 08:00:00 2024 +0800\r\n" + TWO + b">From the start\r\n>>From\r\n\r\n"]
    box.write_bytes(b"".join(parts))
    assert [data for _, data in history(box)] == [ONE, TWO + b"From the start\r\n>>From\r\n"]


def test_an_mbox_without_its_last_blank_line_loses_nothing(tmp_path):
    """Neither does one with two, nor one that ends within a line."""
    start = b"From a@example.cn Mon Jan  1 08:00:00 2024\n"
    for tail, last in ((b"", b"x"), (b"\n", b"x\n"), (b"\n\n", b"x\n"), (b"\n\n\n", b"x\n\n")):
        (tmp_path / "box").write_bytes(start + b"A: b\n\ny\n\n" + start + b"A: b\n\nx" + tail)
        assert [data for _, data in history(tmp_path / "box")] == [b"A: b\n\ny\n", b"A: b\n\n" + last]


def test_an_mbox_whose_beginning_is_damaged_still_falls_into_its_mails(tmp_path):
    """The rest of a cut mail is one of its own; blank lines are none, and an empty archive has none."""
    between = b"From a@example.cn Mon Jan  1 08:00:00 2024\n"
    box = tmp_path / "box.mbox"
    for rest, mails in ((b"end of one\n\n", [b"end of one\n\n"]), (b"\n\n", []), (b"", [])):
        box.write_bytes(rest + between + ONE + b"\n" + between + TWO)
        assert [data for _, data in history(box)] == [*mails, ONE, TWO]
    box.write_bytes(b"")
    assert history(box) == []


def test_mboxes_without_an_ending_are_found_in_a_folder(tmp_path):
    """Thunderbird calls them Inbox, Apple Mail mbox in a folder; other files without an ending are none."""
    (tmp_path / "Export.mbox").mkdir()
    for name in ("Inbox", "Export.mbox/mbox"):
        (tmp_path / name).write_bytes(b"From - Mon Jan  1 08:00:00 2024\n" + ONE)
    (tmp_path / "README").write_bytes(b"From here on")
    assert [folder for folder, _ in history(tmp_path)] == ["Export.mbox/mbox", "Inbox"]


@pytest.mark.parametrize("start", [b"PK\x03\x04", b"\x1f\x8b\x08", b"!BDN", b"\xd0\xcf\x11\xe0\xa1\xb1"])
def test_a_packed_archive_is_no_mail(tmp_path, start):
    """It is refused with what helps, not kept as one mail that nobody can read."""
    (tmp_path / "all.zip").write_bytes(start + b"x" * 99)
    with pytest.raises(BadInput, match="unpack"):
        history(tmp_path / "all.zip")


def test_a_maildir_is_read_with_its_subfolders(tmp_path):
    """Mails in cur and new whatever they are called; nothing of tmp, nothing that is no mail."""
    for name in ("cur", "new", "tmp", ".Sent/cur", ".Sent/new"):
        (tmp_path / name).mkdir(parents=True)
    for name in ("cur/1.host:2,S", "new/2.host", "tmp/3.host", ".Sent/cur/4.host:2,"):
        (tmp_path / name).write_bytes(ONE + name.encode())
    (tmp_path / "dovecot.index.log").write_bytes(b"no mail")
    assert [folder for folder, _ in history(tmp_path)] == [".Sent/cur/4.host:2,", "cur/1.host:2,S", "new/2.host"]
    assert [folder for folder, _ in history(tmp_path / "new")] == ["2.host"]


def test_history_has_the_time_at_which_it_was_written(tmp_path):
    """A Date that lies behind the file's own time, or that cannot be read, gives way to that."""
    for date, year in ((b"Mon, 01 Jan 2024 08:00:00 +0800", 2024), (b"1 Jan 2199 00:00 +0000", 2025), (b"soon", 2025)):
        file = tmp_path / "a.eml"
        file.write_bytes(b"Date: " + date + b"\r\n\r\nx")
        os.utime(file, (1_750_000_000, 1_750_000_000))
        [mail] = read_history(file, mailbox="m")
        assert mail.arrived.year == year and mail.source == "import"


def test_history_that_is_not_there_is_not_found(tmp_path):
    """Before anything is read."""
    with pytest.raises(NotFound, match="nowhere"):
        list(read_history(tmp_path / "nowhere", mailbox="m"))


def test_a_certificate_that_is_not_believed_is_told_with_what_helps():
    """A company's own CA is not among the system's: the hint names the setting that takes it."""
    with pytest.raises(MailboxUnavailable) as told, translated(BOX):
        raise ssl.SSLCertVerificationError("unable to get local issuer certificate")
    assert told.value.code == "tls" and "ca_file" in told.value.hint
