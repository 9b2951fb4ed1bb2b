"""Mailboxes: one entry with few lines is enough, and no password ever stands in the file."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from core.domain.ledger import AfterFiling
from core.domain.letter import LettersMode
from core.domain.settings import SPAM_HEADERS, DkimSettings, Tls
from core.settings.mailboxes import read_mailboxes

CONFIG = Path(__file__).parents[3] / "config"
ENOUGH = """
- name: service
  address: service@example.com
  imap: {host: imap.example.com, user: service, password_env: SERVICE_PASSWORD}
  smtp: {host: smtp.example.com, tls: starttls}
"""


def said(content):
    return [f"{p.line}:{p.column} {p.en} | {p.hint_en}" for p in read_mailboxes(content, "mailboxes.yaml")[1]]


def test_few_lines_are_enough_and_a_new_mailbox_starts_in_hold():
    """Ports follow from tls; letters wait until somebody says live."""
    boxes, problems = read_mailboxes(ENOUGH, "mailboxes.yaml")
    assert problems == ()
    (box,) = boxes
    assert (box.imap.port, box.imap.tls, box.smtp.port, box.smtp.user) == (993, Tls.TLS, 587, "")
    assert (box.folder, box.start, box.after, box.letters) == ("INBOX", "now", AfterFiling.SEEN, LettersMode.HOLD)


def test_every_option_is_read():
    """Each line of the commented example."""
    text = ENOUGH + (
        "  folder: 客服\n  start: 2026-01-31\n  after: move\n  move_to: 已处理\n  letters: live\n"
        "  display: 示例公司\n  aliases: [help@example.com]\n  largest_mb: 20\n"
    )
    (box,), problems = read_mailboxes(text, "mailboxes.yaml")
    assert problems == ()
    assert (box.start, box.after, box.move_to) == (date(2026, 1, 31), AfterFiling.MOVE, "已处理")
    assert box.largest_mb == 20
    assert (box.letters, box.display, box.aliases) == (LettersMode.LIVE, "示例公司", ("help@example.com",))


def test_whose_word_counts_is_said_or_known_of_the_provider():
    """Servers whose Authentication-Results are believed, and the headers of our own spam filter."""
    text = ENOUGH + "  trusted_authserv: [MX.example.com, '-']\n  spam_headers: [X-Spam-Flag]\n"
    (box,), problems = read_mailboxes(text, "mailboxes.yaml")
    assert problems == ()
    assert (box.trusted_authserv, box.spam_headers) == (("mx.example.com", "-"), ("x-spam-flag",))
    (usual,), _ = read_mailboxes(ENOUGH, "mailboxes.yaml")
    assert (usual.trusted_authserv, usual.spam_headers) == ((), SPAM_HEADERS)
    gmail = "- {name: s, address: s@gmail.com, provider: gmail, password_env: P}\n"
    (known,), problems = read_mailboxes(gmail, "mailboxes.yaml")
    assert problems == () and (known.trusted_authserv, known.spam_headers) == (("mx.google.com",), ())
    wrong = ENOUGH + "  trusted_authserv: [mx example]\n  spam_headers: [x-spam-flog]\n"
    assert said(wrong) == [
        "6:22 trusted_authserv is not understood: 'mx example' | expected a server's name",
        "7:18 unknown spam_headers 'x-spam-flog' | did you mean 'x-spam-flag'?",
    ]


def test_letters_may_leave_by_several_accounts():
    """Each with its limits; a further one is complete by itself."""
    text = (
        ENOUGH.replace("tls: starttls}", "tls: starttls, per_minute: 30, connections: 2}")
        + "  smtp_also:\n    - {host: relay.example.com, user: r, password_env: RELAY, per_minute: 10}\n"
    )
    (box,), problems = read_mailboxes(text, "mailboxes.yaml")
    assert problems == ()
    assert [(one.host, one.per_minute, one.connections) for one in box.accounts] == [
        ("smtp.example.com", 30, 2), ("relay.example.com", 10, 4),
    ]  # fmt: skip
    wrong = text.replace("per_minute: 10", "per_minute: 0").replace("host: relay", "hots: relay")
    assert [line.partition(" |")[0] for line in said(wrong)] == [
        "7:8 unknown key 'hots'", "7:7 smtp lacks 'host'",
    ]  # fmt: skip
    limits = text.replace("per_minute: 10", "per_minute: 0")
    assert [line.partition(" |")[0] for line in said(limits)] == [
        "7:75 per_minute must be a whole number from 1 to 6000, not '0'",
    ]  # fmt: skip


def test_letters_can_be_signed():
    """The domain is that of the address unless another is written; one source of the key."""
    (box,), problems = read_mailboxes(ENOUGH + "  dkim: {selector: s1, key_file: dkim.pem}\n", "mailboxes.yaml")
    assert problems == ()
    assert box.dkim == (DkimSettings(selector="s1", domain="example.com", key_file="dkim.pem"),)
    assert said(ENOUGH + "  dkim: {selektor: s1, domain: localhost}\n") == [
        "6:10 unknown key 'selektor' | did you mean 'selector'?",
        "6:9 dkim lacks 'selector' | add selector: …",
        "6:9 dkim needs one of key_file and key_env | add key_file: dkim.pem",
        "6:32 domain is not understood: 'localhost' | expected a domain such as example.com",
    ]


@pytest.mark.parametrize("selector", ["-s1", "s1-", "s..1", ".s1", "s1.", "s 1", "s_1", "x" * 64])
def test_a_selector_is_a_name_in_the_dns(selector: str):
    """Parts of letters, digits and hyphens, between dots (RFC 6376, 3.1)."""
    assert said(ENOUGH + f"  dkim: {{selector: '{selector}', key_file: dkim.pem}}\n")[0].startswith("6:20 selector")
    assert said(ENOUGH + "  dkim: {selector: s-1.2026, key_file: dkim.pem}\n") == []


def test_letters_can_be_signed_with_several_keys():
    """In the order written; two keys never share a DNS name."""
    two = ENOUGH + "  dkim: [{selector: r1, key_file: r.pem}, {selector: %s, key_env: KEY}]\n"
    (box,), problems = read_mailboxes(two % "e1", "mailboxes.yaml")
    assert problems == ()
    assert [(key.selector, key.key_file, key.key_env) for key in box.dkim] == [("r1", "r.pem", ""), ("e1", "", "KEY")]
    assert [line.partition(" ")[2] for line in said(two % "R1")] == [
        "selector 'R1' stands there twice | give each key a selector of its own"
    ]


def test_the_commented_example_works_once_the_marks_are_taken_away():
    """What the shipped file shows is true."""
    lines = (CONFIG / "mailboxes.yaml").read_text("utf-8").split("\n")
    start = next(number for number, line in enumerate(lines) if line.startswith("# - name:"))
    end = next(number for number in range(start, len(lines)) if not lines[number][2:].strip())
    boxes, problems = read_mailboxes("\n".join(line[2:] for line in lines[start:end]), "mailboxes.yaml")
    assert problems == ()
    assert boxes[0].address == "service@example.com"


def test_several_folders_begin_with_the_most_urgent():
    """Each once; one of the two keys."""
    (box,), problems = read_mailboxes(ENOUGH + "  folders: [售后, INBOX]\n  sent_folder: none\n", "mailboxes.yaml")
    assert problems == ()
    assert (box.folder, box.folders, box.sent_folder) == ("售后", ("售后", "INBOX"), "none")
    assert said(ENOUGH + "  folders: [INBOX, INBOX]\n  folder: INBOX") == [
        "7:11 write one of folder and folders only | ",
        "6:12 folders names a folder twice | ",
    ]


def test_no_mailbox_is_allowed():
    """A fresh home has none."""
    assert read_mailboxes("", "mailboxes.yaml") == ((), ())
    assert read_mailboxes("[]", "mailboxes.yaml") == ((), ())


def test_mistakes_are_told_all_at_once_and_the_good_mailbox_is_read():
    """Each with its place and what to write instead."""
    text = (
        ENOUGH.strip("\n")
        + """
- name: service
  address: nonsense
  imap: {host: x, user: u, password: secret}
  smtp: {host: y, tls: ssl, port: 99999, user: u}
  after: move
  start: yesterday
  leters: live
"""
    )
    boxes, _ = read_mailboxes(text, "mailboxes.yaml")
    assert [box.name for box in boxes] == ["service"]
    found = said(text)
    assert found == [
        "11:3 unknown key 'leters' | did you mean 'letters'?",
        "6:12 address is not understood: 'nonsense' | expected an address such as service@example.com",
        "7:38 a password is never part of the configuration | write password_env: VARIABLE or password_file: PATH",
        "7:9 'imap' has a user but no source for the password | add password_env: VARIABLE or password_file: PATH",
        "8:24 unknown tls 'ssl' | possible: none, starttls, tls",
        "8:35 port must be a whole number from 1 to 65535, not '99999' | ",
        "8:9 'smtp' has a user but no source for the password | add password_env: VARIABLE or password_file: PATH",
        "10:10 start is not understood: 'yesterday' | expected now, all or a date such as 2026-01-31",
        "9:10 after: move needs move_to | for example move_to: Done",
    ]
    assert "secret" not in " ".join(found)


def test_two_mailboxes_never_share_a_name_or_an_address():
    """Each mail must belong to one."""
    assert said(ENOUGH + ENOUGH.lstrip("\n")) == [
        "6:3 the mailbox name 'service' is repeated | ",
        "6:3 the address 'service@example.com' is repeated | ",
    ]
