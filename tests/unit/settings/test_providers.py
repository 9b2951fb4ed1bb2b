"""Providers and sign-in by OAuth: few lines are enough, and every mistake is told with its place."""

from __future__ import annotations

from datetime import date

import pytest

from core.domain.settings import OAuthFlow, Tls
from core.settings.mailboxes import read_mailboxes
from core.settings.providers import PROVIDERS

FEW = """
- name: service
  address: service@example.com
  provider: {provider}
  password_env: SERVICE_PASSWORD
"""
MICROSOFT = """
- name: service
  address: service@contoso.example
  provider: microsoft-365
  oauth: {client_id: 11111111-2222}
"""


def read(text: str):
    boxes, problems = read_mailboxes(text, "mailboxes.yaml")
    return boxes, [f"{p.line}:{p.column} {p.en} | {p.hint_en}" for p in problems]


@pytest.mark.parametrize("name", sorted(PROVIDERS))
def test_four_lines_are_a_mailbox_at_any_provider(name: str) -> None:
    """Servers, ports and encryption come from the preset, the login is the address; nothing goes in clear."""
    (box,), problems = read(FEW.replace("{provider}", name))
    assert problems == []
    known = PROVIDERS[name]
    assert (box.imap.host, box.imap.port, box.imap.tls) == known.imap
    assert (box.smtp.host, box.smtp.port, box.smtp.tls) == known.smtp
    assert {box.imap.tls, box.smtp.tls} <= {Tls.TLS, Tls.STARTTLS}
    assert {(s.user, s.password_env, s.token_of) for s in (box.imap, box.smtp)} == {
        ("service@example.com", "SERVICE_PASSWORD", "")
    }
    assert box.provider == name


def test_a_tag_in_the_address_is_for_those_who_deliver_it() -> None:
    """Known of a few providers, named or told by their server; one's own server delivers it unless it is said."""
    own = """
- name: service
  address: service@example.com
  imap: {host: HOST, user: service, password_env: P}
  smtp: {host: smtp.example.com, user: service, password_env: P}
"""
    for host, tagged in (("mail.example.com", True), ("IMAP.exmail.qq.com", False), ("imap.gmail.com", True)):
        assert read(own.replace("HOST", host))[0][0].plus_address is tagged
    told = {name: read(FEW.replace("{provider}", name))[0][0].plus_address for name in PROVIDERS}
    assert {name for name, tagged in told.items() if tagged} == {"gmail", "microsoft-365", "outlook"}
    for word, tagged in (("yes", True), ("no", False)):
        for name in ("gmail", "163"):
            (box,), problems = read(FEW.replace("{provider}", name) + f"  plus_address: {word}\n")
            assert (box.plus_address, problems) == (tagged, [])
    assert len(read(FEW.replace("{provider}", "163") + "  plus_address: perhaps\n")[1]) == 1


def test_what_is_written_counts_more_than_the_preset() -> None:
    """A server of one's own keeps the ports that go with its encryption."""
    text = FEW.replace("{provider}", "QQ-Exmail") + (
        "  imap: {host: hwimap.exmail.qq.com, user: other}\n"
        "  smtp: {port: 587, tls: starttls, password_file: secret.txt}\n"
    )
    (box,), problems = read(text)
    assert problems == []
    assert (box.imap.host, box.imap.port, box.imap.user) == ("hwimap.exmail.qq.com", 993, "other")
    assert (box.imap.password_env, box.imap.password_file) == ("SERVICE_PASSWORD", "")
    assert (box.smtp.host, box.smtp.port, box.smtp.tls) == ("smtp.exmail.qq.com", 587, Tls.STARTTLS)
    assert (box.smtp.password_env, box.smtp.password_file) == ("", "secret.txt")


def test_microsoft_wants_an_application_and_no_password() -> None:
    """Both servers sign in with the mailbox's token."""
    (box,), problems = read(MICROSOFT)
    assert problems == []
    assert box.oauth is not None
    assert (box.imap.token_of, box.smtp.token_of, box.imap.user) == ("service", "service", "service@contoso.example")
    assert box.oauth.device_url == "https://login.microsoftonline.com/organizations/oauth2/v2.0/devicecode"
    assert box.oauth.scope.split()[-1] == "offline_access"


def test_an_application_of_a_tenant_signs_in_as_itself() -> None:
    """With its own secret, whose last day may be written down."""
    text = MICROSOFT.replace(
        "{client_id: 11111111-2222}",
        "{client_id: a, flow: app, tenant: contoso, client_secret_env: APP_SECRET, secret_until: 2027-01-31}",
    )
    (box,), problems = read(text)
    assert problems == [] and box.oauth is not None
    assert box.oauth.token_url == "https://login.microsoftonline.com/contoso/oauth2/v2.0/token"
    assert (box.oauth.flow, box.oauth.secret_env, box.oauth.secret_until) == (
        OAuthFlow.APP,
        "APP_SECRET",
        date(2027, 1, 31),
    )
    assert box.oauth.scope == "https://outlook.office365.com/.default"


def test_a_provider_of_ones_own_is_described() -> None:
    """Servers and addresses are written; the scope may be a list."""
    text = """
- name: service
  address: service@example.com
  imap: {host: imap.example.com}
  smtp: {host: smtp.example.com, tls: starttls}
  oauth:
    client_id: desk
    token_url: https://login.example.com/token
    device_url: https://login.example.com/device
    scope: [mail, offline]
"""
    (box,), problems = read(text)
    assert problems == [] and box.oauth is not None
    assert (box.oauth.scope, box.imap.user, box.smtp.token_of) == ("mail offline", "service@example.com", "service")


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("  provider: qq-exmial", "4:13 unknown provider 'qq-exmial' | did you mean 'qq-exmail'?"),
        ("  oauth: {client: a}", "4:11 unknown key 'client' | did you mean 'client_id'?"),
        (
            "  oauth: {client_id: a}",
            "4:10 'oauth' lacks 'token_url' | name a provider such as microsoft-365, or write token_url: https://…",
        ),
        (
            "  oauth: {client_id: a, token_url: 'http://login.example.com/'}",
            "4:36 token_url is not understood: 'http://login.example.com/' | "
            "expected an address that begins with https://",
        ),
        (
            "  oauth: {client_id: a, token_url: 'https://login.example.com:44e/'}",
            "4:36 token_url is not understood: 'https://login.example.com:44e/' | "
            "expected an address that begins with https://",
        ),
        (
            "  oauth: {client_id: a, token_url: 'https://登录.cn/'}",
            "4:36 token_url is not understood: 'https://登录.cn/' | expected an address that begins with https://",
        ),
        (
            "  oauth: {client_id: a, token_url: 'https://x/', flow: app}",
            "4:10 flow: app needs the application's secret | "
            "add client_secret_env: VARIABLE or client_secret_file: PATH",
        ),
        (
            "  oauth: {client_id: a, token_url: 'https://x/', flow: divice}",
            "4:56 unknown flow 'divice' | did you mean 'device'?",
        ),
        (
            "  oauth: {client_id: a, token_url: 'https://x/', secret_until: soon}",
            "4:64 secret_until is not understood: 'soon' | expected a date such as 2026-10-01",
        ),
    ],
)
def test_mistakes_say_what_was_meant(line: str, said: str) -> None:
    """Each at its place, with the nearest word."""
    text = f"- name: service\n  address: service@example.com\n  imap: {{host: x, user: u, password_env: P}}\n{line}\n"
    boxes, problems = read(text + "  smtp: {host: y}\n")
    assert boxes == ()
    assert said in problems


def test_a_provider_without_a_password_is_told_so() -> None:
    """At the mailbox itself, for each of its servers."""
    boxes, problems = read("- {name: a, address: a@example.com, provider: '163'}")
    assert boxes == ()
    assert [one.partition(" |")[0] for one in problems] == [
        "1:3 'imap' has a user but no source for the password",
        "1:3 'smtp' has a user but no source for the password",
    ]


def test_a_password_twice_is_once_too_often() -> None:
    """The mailbox's own two sources exclude each other."""
    _, problems = read("- {name: a, address: a@x.cn, provider: '163', password_env: P, password_file: f}")
    assert problems == ["1:61 write one of password_env and password_file only | "]


def test_a_mailbox_may_be_handed_its_mail() -> None:
    """``imap: none``: nobody asks a server, letters leave as ever."""
    (box,), problems = read("- {name: a, address: a@example.com, imap: none, smtp: {host: x}}")
    assert problems == []
    assert not box.is_polled and box.smtp.host == "x"
