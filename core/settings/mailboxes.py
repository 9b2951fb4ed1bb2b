"""Reads ``mailboxes.yaml``: which mailboxes are polled and how letters leave."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date

from core.domain.bundle import Problem
from core.domain.ledger import AfterFiling
from core.domain.letter import LettersMode
from core.domain.settings import MailboxSettings, ServerSettings, Tls
from core.settings.nodes import MapNode, Node
from core.settings.reader import Reader

_REQUIRED = ("name", "address", "imap", "smtp")
_OPTIONAL = ("folder", "start", "after", "move_to", "letters", "display", "aliases", "largest_mb")
_SERVER = ("port", "tls", "user", "password_env", "password_file")
_PORTS: Mapping[str, Mapping[Tls, int]] = {
    "imap": {Tls.TLS: 993, Tls.STARTTLS: 143, Tls.NONE: 143},
    "smtp": {Tls.TLS: 465, Tls.STARTTLS: 587, Tls.NONE: 25},
}
LARGEST_MB = (1, 200)
"""What a mailbox may set: a mail is in memory as a whole."""
_ADDRESS = re.compile(r"[^@\s<>,;]+@[^@\s<>,;]+")
_NAME = re.compile(r"[\w.-]{1,40}")
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def read_mailboxes(content: str | bytes, file: str) -> tuple[tuple[MailboxSettings, ...], tuple[Problem, ...]]:
    """All mailboxes that could be read, and everything that is wrong; an empty file or list has none."""
    reader = Reader(file)
    root = reader.document(content)
    if root is None:
        return (), tuple(reader.problems)
    boxes: list[MailboxSettings] = []
    for node in reader.items(root, ("邮箱清单", "the list of mailboxes")):
        box = _mailbox(reader, node)
        if box is not None:
            _check_unique(reader, node, box, boxes)
            boxes.append(box)
    return tuple(boxes), tuple(reader.problems)


def _mailbox(reader: Reader, node: Node) -> MailboxSettings | None:
    entries = reader.mapping(node, ("邮箱", "the mailbox"), required=_REQUIRED, optional=_OPTIONAL)
    if entries is None:
        return None
    before = len(reader.problems)
    name = _matching(reader, entries.get("name"), "name", _NAME, ("字母、数字、- 和 _", "letters, digits, - and _"))
    address = _address(reader, entries.get("address"), "address")
    imap = _server(reader, entries.get("imap"), "imap")
    smtp = _server(reader, entries.get("smtp"), "smtp")
    options = _options(reader, entries)
    if len(reader.problems) > before or not (name and address and imap and smtp):
        return None
    return MailboxSettings(name=name, address=address, imap=imap, smtp=smtp, **options)  # type: ignore[arg-type]  # checked one by one in _options


def _options(reader: Reader, entries: Mapping[str, Node]) -> dict[str, object]:
    found: dict[str, object] = {}
    for name in ("folder", "move_to", "display"):
        if name in entries:
            found[name] = reader.text(entries[name], (name, name))
    if "start" in entries:
        found["start"] = reader.parsed(
            entries["start"], ("start", "start"), _start, ("now、all 或日期", "now, all or a date such as 2026-01-31")
        )
    if "after" in entries:
        found["after"] = reader.one_of(entries["after"], ("after", "after"), {str(a): a for a in AfterFiling})
    if "letters" in entries:
        found["letters"] = reader.one_of(entries["letters"], ("letters", "letters"), {str(m): m for m in LettersMode})
    if "largest_mb" in entries:
        low, high = LARGEST_MB
        found["largest_mb"] = reader.integer(entries["largest_mb"], ("largest_mb", "largest_mb"), low=low, high=high)
    if "aliases" in entries:
        nodes = reader.items(entries["aliases"], ("aliases", "aliases"))
        found["aliases"] = tuple(a for a in (_address(reader, node, "aliases") for node in nodes) if a is not None)
    if found.get("after") is AfterFiling.MOVE and "move_to" not in entries:
        reader.problem(
            entries["after"],
            "after: move 要同时写 move_to",
            "after: move needs move_to",
            "例如 move_to: 已处理",
            "for example move_to: Done",
        )
    return found


def _start(word: str) -> str | date:
    return word if word in ("now", "all") else date.fromisoformat(word)


def _server(reader: Reader, node: Node | None, kind: str) -> ServerSettings | None:
    if node is None:
        return None
    if isinstance(node, MapNode) and node.get("password") is not None:
        reader.problem(
            node.get("password"),
            "配置里不能写密码",
            "a password is never part of the configuration",
            "改写 password_env: 环境变量名，或 password_file: 文件路径",
            "write password_env: VARIABLE or password_file: PATH",
        )
        node = MapNode(
            entries=tuple(e for e in node.entries if e[0].text != "password"), line=node.line, column=node.column
        )
    entries = reader.mapping(node, (kind, kind), required=("host",), optional=_SERVER)
    if entries is None or "host" not in entries:
        return None
    host = reader.text(entries["host"], ("host", "host"))
    tls = reader.one_of(entries["tls"], ("tls", "tls"), {str(t): t for t in Tls}) if "tls" in entries else Tls.TLS
    port = _PORTS[kind][tls or Tls.TLS]
    if "port" in entries:
        port = reader.integer(entries["port"], ("port", "port"), low=1, high=65535) or port
    texts = {name: _login(reader, entries[name], name) for name in _SERVER[2:] if name in entries}
    _check_login(reader, node, kind, texts)
    if host is None or tls is None or None in texts.values():
        return None
    return ServerSettings(host=host, port=port, tls=tls, **{name: text for name, text in texts.items() if text})


def _login(reader: Reader, node: Node, name: str) -> str | None:
    if name == "password_env":
        return _matching(reader, node, name, _VARIABLE, ("环境变量的名字", "the name of an environment variable"))
    return reader.text(node, (name, name))


def _check_login(reader: Reader, node: Node, kind: str, texts: Mapping[str, str | None]) -> None:
    if "password_env" in texts and "password_file" in texts:
        reader.problem(
            node, "password_env 和 password_file 只能写一个", "write one of password_env and password_file only"
        )
    if kind == "imap" and "user" not in texts:
        reader.problem(node, "imap 缺少 user", "'imap' lacks 'user'", "写登录名", "write the login name")
    elif "user" in texts and not {"password_env", "password_file"} & texts.keys():
        reader.problem(
            node,
            f"{kind} 有 user 却没有密码的出处",
            f"{kind!r} has a user but no source for the password",
            "加上 password_env: 环境变量名，或 password_file: 文件路径",
            "add password_env: VARIABLE or password_file: PATH",
        )


def _address(reader: Reader, node: Node | None, name: str) -> str | None:
    return _matching(
        reader, node, name, _ADDRESS, ("邮件地址，如 service@example.com", "an address such as service@example.com")
    )


def _matching(
    reader: Reader, node: Node | None, name: str, pattern: re.Pattern[str], expected: tuple[str, str]
) -> str | None:
    def parse(word: str) -> str:
        if not pattern.fullmatch(word):
            raise ValueError
        return word

    return reader.parsed(node, (name, name), parse, expected) if node is not None else None


def _check_unique(reader: Reader, node: Node, box: MailboxSettings, others: list[MailboxSettings]) -> None:
    if any(other.name == box.name for other in others):
        reader.problem(node, f"邮箱名 {box.name!r} 重复", f"the mailbox name {box.name!r} is repeated")
    if any(other.address.lower() == box.address.lower() for other in others):
        reader.problem(node, f"地址 {box.address!r} 重复", f"the address {box.address!r} is repeated")
