"""``notify.yaml``: who is told of what; every mistake at once, with its place."""

from __future__ import annotations

from datetime import time
from pathlib import Path

import pytest

from core.domain.notice import ChannelKind, NoticeEvent, Quiet
from core.settings.mailboxes import read_mailboxes
from core.settings.notify import built_in, read_notify
from core.settings.web_address import web_address

CONFIG = Path(__file__).parents[3] / "config"
BOXES, _ = read_mailboxes(
    """
- name: service
  address: service@example.com
  imap: {host: imap.example.com, user: service, password_env: SERVICE_PASSWORD}
  smtp: {host: smtp.example.com}
""",
    "mailboxes.yaml",
)


def said(content: str) -> list[str]:
    return [f"{p.line}:{p.column} {p.en} | {p.hint_en}" for p in read_notify(content, BOXES)[1]]


def test_the_shipped_file_is_sound_and_its_comments_work():
    """As it ships it leaves people in peace at night; without its marks every line of the example is read."""
    text = (CONFIG / "notify.yaml").read_text("utf-8")
    settings, problems = read_notify(text, BOXES)
    assert not problems
    assert settings.quiet == Quiet(begins=time(20), ends=time(8))
    assert list(settings.channels) == ["console"]
    lines = text.split("\n")
    start = lines.index("# channels:")
    settings, problems = read_notify(
        "\n".join(line.removeprefix("# ").removeprefix("#") for line in lines[start:]), BOXES
    )
    assert not problems
    assert [channel.kind for channel in settings.channels.values()] == [
        ChannelKind.CONSOLE, ChannelKind.MAIL, ChannelKind.WEBHOOK, ChannelKind.APPRISE,
    ]  # fmt: skip
    assert settings.people["anna"].quiet == Quiet(begins=time(22), ends=time(7))
    assert settings.routes[NoticeEvent.OVERDUE].by == ("console", "mail", "wecom")
    assert settings.routes[NoticeEvent.GRAVE].to == ("lead", "@anna", "#ops")
    assert settings.console == "https://desk.example.com"


def test_every_event_has_somebody_without_a_file():
    """Nothing that people must know of goes unsaid because a file is empty."""
    settings, problems = read_notify("")
    assert (settings, problems) == (built_in(), ())
    assert set(settings.routes) == set(NoticeEvent)
    assert all(route.to and "console" in route.by for route in settings.routes.values())


def test_mistakes_are_told_all_at_once():
    """Each with its place and the nearest right word."""
    text = """\
channels:
  mail: {kind: mial, mailbox: service}
  ops: {kind: webhook}
  hook: {kind: webhook, url: ftp://x, url_env: A}
  post: {kind: mail, mailbox: servce}
  console: {kind: mail, mailbox: service}
people:
  anna: {mail: nix, by: [ops], quiet: 9-10}
  ben: {mail: Service@Example.com}
events:
  promise.overdu: {to: [owner]}
  ticket.grave: {to: [leed, "#opps", "@"], by: [foo]}
quiet: 25:00-08:00
"""
    assert said(text) == [
        "2:16 unknown kind 'mial' | did you mean 'mail'?",
        "3:8 a channel of kind webhook lacks url / url_env / url_file | add url_env: …",
        "4:9 write one of url / url_env / url_file only | ",
        "4:30 the url must begin with https:// | for example https://…",
        "5:31 unknown mailbox 'servce' | did you mean 'service'?",
        "6:3 a channel cannot be called 'console' | letters, digits, - and _; console is always there",
        "8:16 mail is not understood: 'nix' | expected an address such as anna@example.com",
        "8:26 unknown channel 'ops' | possible: console, post",
        "8:39 quiet is not understood: '9-10' | expected a stretch such as 20:00-08:00, or none",
        "9:15 Service@Example.com is a customers' mailbox: notices to it would come in as mail | "
        "write the person's own address",
        "11:3 unknown event 'promise.overdu' | did you mean 'promise.overdue'?",
        "12:23 unknown audience 'leed' | did you mean 'lead'?",
        "12:29 unknown audience '#opps' | did you mean '#ops'?",
        "12:38 unknown audience '@' | possible: owner, team, lead, admin, #console, #ops, #hook, #post, @NAME",
        "12:49 unknown channel 'foo' | possible: console, ops, hook, post",
        "13:8 quiet is not understood: '25:00-08:00' | expected a stretch such as 20:00-08:00, or none",
    ]


def test_a_webhook_that_cannot_be_reached_is_told_with_its_place():
    """A port that is none and a host that is none; the address, which may hold a key, is not repeated. Chinese is no
    mistake."""
    text = """\
channels:
  one: {kind: webhook, url: "https://hooks.example.com:99999/s3cret"}
  two: {kind: webhook, url: "https://hooks.example.com:8o8o/s3cret"}
  three: {kind: webhook, url: "https:///s3cret"}
  four: {kind: webhook, url: "https://ho oks.example.com/s3cret"}
  five: {kind: webhook, url: "https://钩子.例子.cn/通知?频道=客服"}
  six: {kind: webhook, url: "http://[::1/s3cret"}
"""
    host, port = "the url has no host name that can be used", "the port of the url must be a number of 1 to 65535"
    example = " | for example https://…"
    assert said(text) == [
        f"2:29 {port}{example}",
        f"3:29 {port}{example}",
        f"4:31 {host}{example}",
        f"5:30 {host}{example}",
        f"7:29 {host}{example}",
    ]


@pytest.mark.parametrize(
    ("word", "host", "port", "target"),
    [
        ("https://hooks.example.com", "hooks.example.com", None, "/"),
        ("https://例子.cn:8443/通?a=客", "xn--fsqu00a.cn", 8443, "/%E9%80%9A?a=%E5%AE%A2"),
        ("http://[2001:db8::1]:80/a%20b c?key=a%2Fb&x=[1]", "2001:db8::1", 80, "/a%20b%20c?key=a%2Fb&x=[1]"),
        ("http://192.0.2.1/x#fragment", "192.0.2.1", None, "/x"),
    ],
)  # fmt: skip
def test_an_address_is_written_as_the_wire_wants_it(word, host, port, target):
    """What is encoded already is not encoded twice; a fragment stays at home."""
    address = web_address(word)
    assert (address.host, address.port, address.target) == (host, port, target)


@pytest.mark.parametrize(("at", "holds"), [("19:59", False), ("20:00", True), ("03:00", True), ("08:00", False)])
def test_quiet_hours_span_midnight(at, holds):
    """From the first minute to the last, not beyond."""
    assert Quiet(begins=time(20), ends=time(8)).holds(time.fromisoformat(at)) is holds
