"""Reads ``notify.yaml``: by which channels people of the desk are told of what, and when they are left in peace."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import time

from core.domain.bundle import Problem
from core.domain.notice import (
    PERSONAL,
    Audience,
    ChannelKind,
    NoticeChannel,
    NoticeEvent,
    NoticePerson,
    NoticeRoute,
    NotifySettings,
    Quiet,
)
from core.domain.settings import MailboxSettings
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader, nearest
from core.settings.web_address import BadAddress, web_address

FILE = "notify.yaml"
CONSOLE, MAIL = "console", "mail"
_ROUTES: Mapping[NoticeEvent, NoticeRoute] = {
    NoticeEvent.WARNED: NoticeRoute(to=("owner",), by=(CONSOLE, MAIL)),
    NoticeEvent.OVERDUE: NoticeRoute(to=("owner", "team"), by=(CONSOLE, MAIL)),
    NoticeEvent.ESCALATED: NoticeRoute(to=("owner", "lead"), by=(CONSOLE, MAIL)),
    NoticeEvent.ASKED: NoticeRoute(to=("owner",), by=(CONSOLE, MAIL)),
    NoticeEvent.GRAVE: NoticeRoute(to=("lead", "owner"), by=(CONSOLE, MAIL), at_once=True),
    NoticeEvent.VIP: NoticeRoute(to=("lead", "owner"), by=(CONSOLE, MAIL), at_once=True),
    NoticeEvent.URGED: NoticeRoute(to=("owner",), by=(CONSOLE, MAIL)),
    NoticeEvent.SURGE: NoticeRoute(to=("lead",), by=(CONSOLE, MAIL), at_once=True),
    NoticeEvent.RESUMED: NoticeRoute(to=("owner",), by=(CONSOLE,)),
    NoticeEvent.SECOND: NoticeRoute(to=("team", "lead"), by=(CONSOLE, MAIL)),
    NoticeEvent.EXTENSION: NoticeRoute(to=("lead",), by=(CONSOLE, MAIL)),
    NoticeEvent.TASK: NoticeRoute(to=("owner",), by=(CONSOLE, MAIL)),
    NoticeEvent.GIFT: NoticeRoute(to=("lead",), by=(CONSOLE, MAIL)),
    NoticeEvent.RULE: NoticeRoute(to=("lead",), by=(CONSOLE, MAIL)),
    NoticeEvent.REVIEW: NoticeRoute(to=("admin",), by=(CONSOLE, MAIL)),
    NoticeEvent.HELD: NoticeRoute(to=("team", "lead"), by=(CONSOLE, MAIL)),
    NoticeEvent.FAILED: NoticeRoute(to=("owner", "lead"), by=(CONSOLE, MAIL)),
    NoticeEvent.BOUNCED: NoticeRoute(to=("owner",), by=(CONSOLE, MAIL)),
    NoticeEvent.QUARANTINED: NoticeRoute(to=("lead", "admin"), by=(CONSOLE, MAIL)),
    NoticeEvent.SHUNTED: NoticeRoute(to=("admin",), by=(CONSOLE, MAIL)),
}
_CHANNEL = ("kind", "mailbox", "url", "url_env", "url_file", "secret_env", "language", "quiet")
_PERSON = ("mail", "by", "teams", "quiet")
_NEEDS: Mapping[ChannelKind, tuple[str, ...]] = {
    ChannelKind.MAIL: ("mailbox",),
    ChannelKind.WEBHOOK: ("url", "url_env", "url_file"),
    ChannelKind.APPRISE: ("url", "url_env", "url_file"),
}
_NAME = re.compile(r"[\w.-]{1,40}")
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_URL = re.compile(r"https?://[^\s/]+(?:/\S*)?")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_QUIET = re.compile(r"(\d{1,2}):(\d{2})\s*[-–—~至]\s*(\d{1,2}):(\d{2})")
_LANGUAGES = {"zh-CN": "zh-CN", "zh": "zh-CN", "en": "en"}
_CONSOLE = NoticeChannel(name=CONSOLE, kind=ChannelKind.CONSOLE)


def built_in() -> NotifySettings:
    """Without a file: the console alone."""
    return NotifySettings(channels={CONSOLE: _CONSOLE}, routes=_ROUTES)


def read_notify(
    content: str | bytes, mailboxes: Sequence[MailboxSettings] = (), file: str = FILE
) -> tuple[NotifySettings, tuple[Problem, ...]]:
    """The settings that could be read, over the built-in ones, and everything that is wrong."""
    reader = Reader(file)
    root = reader.document(content)
    if root is None:
        return built_in(), tuple(reader.problems)
    what = ("通知设置", "the notify settings")
    entries = reader.mapping(root, what, optional=("channels", "people", "events", "quiet", "console")) or {}
    channels = {CONSOLE: _CONSOLE} | _channels(reader, entries.get("channels"), mailboxes)
    settings = NotifySettings(
        channels=channels,
        people=_people(reader, entries.get("people"), channels, mailboxes),
        routes={**_ROUTES, **_routes(reader, entries.get("events"), channels)},
        quiet=_quiet(reader, entries.get("quiet")),
        console=_console(reader, entries.get("console")),
    )
    return settings, tuple(reader.problems)


def _console(reader: Reader, node: Node | None) -> str:
    if node is None:
        return ""
    expected = ("控制台的地址，如 https://desk.example.com", "the console's address, such as https://desk.example.com")
    return reader.parsed(node, ("console", "console"), _matching(_URL), expected) or ""


def _channels(reader: Reader, node: Node | None, boxes: Sequence[MailboxSettings]) -> dict[str, NoticeChannel]:
    found: dict[str, NoticeChannel] = {}
    for key, value in reader.entries(node, ("channels", "channels")) if node is not None else ():
        if not _NAME.fullmatch(key.text) or key.text == CONSOLE:
            reader.problem(
                key,
                f"渠道不能叫 {key.text!r}",
                f"a channel cannot be called {key.text!r}",
                "用字母、数字、- 和 _；console 总是存在",
                "letters, digits, - and _; console is always there",
            )
            continue
        channel = _channel(reader, key, value, boxes)
        if channel is not None:
            found[channel.name] = channel
    return found


def _channel(reader: Reader, key: Scalar, node: Node, boxes: Sequence[MailboxSettings]) -> NoticeChannel | None:
    entries = reader.mapping(
        node, (f"渠道 {key.text}", f"the channel {key.text}"), required=("kind",), optional=_CHANNEL
    )
    kinds = {kind.value: kind for kind in ChannelKind if kind is not ChannelKind.CONSOLE}
    kind = reader.one_of(entries["kind"], ("kind", "kind"), kinds) if entries and "kind" in entries else None
    if entries is None or kind is None:
        return None
    _check_needs(reader, node, kind, entries)
    texts: dict[str, str] = {}
    for name in ("url", "url_file"):
        if name in entries:
            texts[name] = reader.text(entries[name], (name, name)) or ""
    for name in ("url_env", "secret_env"):
        if name in entries:
            texts[name] = _variable(reader, entries[name], name)
    if "mailbox" in entries and kind is ChannelKind.MAIL:
        names = {box.name: box.name for box in boxes}
        texts["mailbox"] = reader.one_of(entries["mailbox"], ("信箱", "mailbox"), names) or ""
    if "language" in entries:
        texts["language"] = reader.one_of(entries["language"], ("language", "language"), _LANGUAGES) or "zh-CN"
    _check_url(reader, entries.get("url"), kind, texts.get("url", ""))
    return NoticeChannel(name=key.text, kind=kind, quiet=_quiet(reader, entries.get("quiet")), **texts)


def _check_needs(reader: Reader, node: Node, kind: ChannelKind, entries: Mapping[str, Node]) -> None:
    needs = _NEEDS[kind]
    given = [name for name in needs if name in entries]
    if len(given) == 1:
        return
    one, example = " / ".join(needs), needs[len(needs) // 2]
    if given:
        reader.problem(node, f"{one} 只能写一个", f"write one of {one} only")
        return
    reader.problem(
        node,
        f"{kind} 渠道缺少 {one}",
        f"a channel of kind {kind} lacks {one}",
        f"加上 {example}: …",
        f"add {example}: …",
    )


def _check_url(reader: Reader, node: Node | None, kind: ChannelKind, url: str) -> None:
    if node is None or kind is not ChannelKind.WEBHOOK or not url:
        return
    try:
        web_address(url)
    except BadAddress as bad:
        reader.problem(node, bad.zh, bad.en, "例如 https://…", "for example https://…")


def _people(
    reader: Reader, node: Node | None, channels: Mapping[str, NoticeChannel], boxes: Sequence[MailboxSettings]
) -> dict[str, NoticePerson]:
    found: dict[str, NoticePerson] = {}
    for key, value in reader.entries(node, ("people", "people")) if node is not None else ():
        entries = reader.mapping(value, (f"人员 {key.text}", f"the person {key.text}"), optional=_PERSON)
        if entries is None:
            continue
        mail = _mail(reader, entries.get("mail"), boxes)
        personal = [name for name, channel in channels.items() if channel.kind in PERSONAL]
        found[key.text] = NoticePerson(
            name=key.text,
            mail=mail,
            by=_known(reader, entries.get("by"), ("渠道", "channel"), personal),
            teams=reader.texts(entries["teams"], ("teams", "teams")) if "teams" in entries else (),
            quiet=_quiet(reader, entries.get("quiet")),
        )
    return found


def _mail(reader: Reader, node: Node | None, boxes: Sequence[MailboxSettings]) -> str:
    if node is None:
        return ""
    expected = ("邮件地址，如 anna@example.com", "an address such as anna@example.com")
    address = reader.parsed(node, ("mail", "mail"), _matching(_ADDRESS), expected) or ""
    ours = {one.lower() for box in boxes for one in (box.address, *box.aliases)}
    if address.lower() in ours:
        reader.problem(
            node,
            f"{address} 是客户信箱，通知会变成来信",
            f"{address} is a customers' mailbox: notices to it would come in as mail",
            "写这个人自己的地址",
            "write the person's own address",
        )
        return ""
    return address


def _routes(reader: Reader, node: Node | None, channels: Mapping[str, NoticeChannel]) -> dict[NoticeEvent, NoticeRoute]:
    found: dict[NoticeEvent, NoticeRoute] = {}
    events = {event.value: event for event in NoticeEvent}
    for key, value in reader.entries(node, ("events", "events")) if node is not None else ():
        if key.text not in events:
            reader.unknown(key, ("事件", "event"), tuple(events))
            continue
        entries = reader.mapping(value, (key.text, key.text), optional=("to", "by", "at_once"))
        if entries is None:
            continue
        before = _ROUTES[events[key.text]]
        at_once = reader.flag(entries["at_once"], ("at_once", "at_once")) if "at_once" in entries else before.at_once
        found[events[key.text]] = NoticeRoute(
            to=_audiences(reader, entries["to"], channels) if "to" in entries else before.to,
            by=_known(reader, entries.get("by"), ("渠道", "channel"), channels) if "by" in entries else before.by,
            at_once=bool(at_once),
        )
    return found


def _audiences(reader: Reader, node: Node, channels: Mapping[str, NoticeChannel]) -> tuple[str, ...]:
    """Audiences, ``@name`` and ``#channel``; an empty list tells nobody."""
    return tuple(word for word, place in _words(reader, node, "to") if is_audience(reader, place, word, channels))


def is_audience(reader: Reader, node: Node, word: str, channels: Collection[str]) -> bool:
    """Whether somebody can be told by that word; notes the problem if not."""
    if (
        (word.startswith("@") and word[1:])
        or word in [each.value for each in Audience]
        or (word.startswith("#") and word[1:] in channels)
    ):
        return True
    known = [*(each.value for each in Audience), *(f"#{name}" for name in channels)]
    near = nearest(word, known)
    listed = "、".join((*known, "@NAME"))
    reader.problem(
        node,
        f"不认识的通知对象 {word!r}",
        f"unknown audience {word!r}",
        f"是不是 {near!r}？" if near else f"可以写：{listed}",
        f"did you mean {near!r}?" if near else f"possible: {listed.replace('、', ', ')}",
    )
    return False


def _known(reader: Reader, node: Node | None, what: tuple[str, str], known: Collection[str]) -> tuple[str, ...]:
    found: list[str] = []
    for word, place in _words(reader, node, what[1]) if node is not None else ():
        if word in known:
            found.append(word)
        elif isinstance(place, Scalar):
            reader.unknown(place, what, tuple(known))
    return tuple(found)


def _words(reader: Reader, node: Node, name: str) -> list[tuple[str, Node]]:
    items = (node,) if isinstance(node, Scalar) else reader.items(node, (name, name))
    return [(text, item) for item in items if (text := reader.text(item, (name, name)))]


def _quiet(reader: Reader, node: Node | None) -> Quiet | None:
    if node is None or (isinstance(node, Scalar) and node.text.strip() in ("none", "无", "")):
        return None
    return reader.parsed(
        node, ("quiet", "quiet"), _span, ("一段时间，如 20:00-08:00，或 none", "a stretch such as 20:00-08:00, or none")
    )


def _span(word: str) -> Quiet:
    found = _QUIET.fullmatch(word)
    if found is None:
        raise ValueError
    hours = [int(number) for number in found.groups()]
    return Quiet(begins=time(hours[0], hours[1]), ends=time(hours[2] % 24, hours[3]))


def _variable(reader: Reader, node: Node, name: str) -> str:
    expected = ("环境变量的名字", "the name of an environment variable")
    return reader.parsed(node, (name, name), _matching(_VARIABLE), expected) or ""


def _matching(pattern: re.Pattern[str]) -> Callable[[str], str]:
    def parse(word: str) -> str:
        if not pattern.fullmatch(word):
            raise ValueError
        return word

    return parse
