"""Files as a source, and what is said of a mailbox in trouble."""

from __future__ import annotations

import imaplib
import socket
import ssl
from datetime import UTC

import pytest
from imapclient.exceptions import CapabilityError, LoginError

from core.domain.errors import MailboxUnavailable, NotFound
from core.domain.settings import MailboxSettings, ServerSettings
from ingest.sources.files import read_files
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
