"""Reads the servers of a mailbox: host, port, encryption and where the password comes from, with a provider's help."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from core.domain.settings import ServerSettings, Tls
from core.settings.nodes import MapNode, Node, Scalar
from core.settings.providers import PROVIDERS, Provider
from core.settings.reader import Reader

NOT_POLLED = "none"
"""``imap: none``: no server is asked, mail is handed over (LMTP)."""
LOGIN = ("user", "password_env", "password_file")
"""What may stand at the mailbox too, for both of its servers."""
_SERVER = ("host", "port", "tls", *LOGIN, "ca_file")
LIMITS: Mapping[str, tuple[int, int]] = {"connections": (1, 20), "per_minute": (1, 6000)}
"""What an SMTP account may set, from and to."""
_PORTS: Mapping[str, Mapping[Tls, int]] = {
    "imap": {Tls.TLS: 993, Tls.STARTTLS: 143, Tls.NONE: 143},
    "smtp": {Tls.TLS: 465, Tls.STARTTLS: 587, Tls.NONE: 25},
}
_VARIABLE = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """What a mailbox says for both of its servers. ``token_of`` is its name when it signs in by OAuth."""

    provider: Provider | None = None
    address: str = ""
    login: Mapping[str, str] = field(default_factory=dict)
    token_of: str = ""

    @property
    def has_login(self) -> bool:
        return bool(self.token_of or {"password_env", "password_file"} & self.login.keys())


def read_common(reader: Reader, entries: Mapping[str, Node], name: str, address: str) -> Common:
    """Provider and login of the mailbox itself."""
    provider = None
    if "provider" in entries:
        provider = reader.one_of(entries["provider"], ("邮件服务商", "provider"), PROVIDERS)
    login = {key: _login(reader, entries[key], key) for key in LOGIN if key in entries}
    _one_source(reader, entries)
    return Common(
        provider=provider,
        address=address,
        login={key: text for key, text in login.items() if text},
        token_of=name if "oauth" in entries else "",
    )


def read_server(reader: Reader, entry: Node, node: Node | None, kind: str, common: Common) -> ServerSettings | None:
    """One server. ``entry`` is the mailbox, whose place is told where the server has none of its own."""
    if node is None and common.provider is None:
        return None
    if kind == "imap" and isinstance(node, Scalar) and node.text.strip().casefold() == NOT_POLLED:
        return ServerSettings(host="", port=0, tls=Tls.NONE)
    entries: dict[str, Node] | None = {}
    if node is not None:
        node = _without_password(reader, node)
        needed = () if common.provider else ("host",)
        optional = (*_SERVER, *LIMITS) if kind == "smtp" else _SERVER
        entries = reader.mapping(node, (kind, kind), required=needed, optional=optional)
    if entries is None or ("host" not in entries and common.provider is None):
        return None
    where = _where(reader, entries, kind, common.provider)
    texts = {name: _login(reader, entries[name], name) for name in (*LOGIN, "ca_file") if name in entries}
    given = _given(texts, common, alone="host" in entries)
    _check_login(reader, node or entry, entries, kind, given)
    if where is None or None in texts.values():
        return None
    limits = _limits(reader, entries)
    return ServerSettings(
        host=where[0],
        port=where[1],
        tls=where[2],
        user=given.get("user", ""),
        password_env=given.get("password_env", ""),
        password_file=given.get("password_file", ""),
        token_of=given.get("token_of", ""),
        ca_file=given.get("ca_file", ""),
        connections=limits.get("connections", 4),
        per_minute=limits.get("per_minute", 0),
    )


def _where(
    reader: Reader, entries: Mapping[str, Node], kind: str, provider: Provider | None
) -> tuple[str, int, Tls] | None:
    preset = getattr(provider, kind) if provider else None
    host = reader.text(entries["host"], ("host", "host")) if "host" in entries else preset and preset[0]
    tls: Tls | None = preset[2] if preset else Tls.TLS
    if "tls" in entries:
        tls = reader.one_of(entries["tls"], ("tls", "tls"), {str(t): t for t in Tls})
    port = preset[1] if preset and not {"tls", "host"} & entries.keys() else _PORTS[kind][tls or Tls.TLS]
    if "port" in entries:
        port = reader.integer(entries["port"], ("port", "port"), low=1, high=65535) or port
    return (host, port, tls) if host and tls is not None else None


def _limits(reader: Reader, entries: Mapping[str, Node]) -> dict[str, int]:
    found: dict[str, int] = {}
    for name, (low, high) in LIMITS.items():
        if name in entries:
            found[name] = reader.integer(entries[name], (name, name), low=low, high=high) or low
    return found


def _given(texts: Mapping[str, str | None], common: Common, *, alone: bool) -> dict[str, str]:
    """The login: the server's own, else the mailbox's; with OAuth its token. A server that names a host and no user
    is a relay without login, unless the mailbox says how it signs in."""
    given = {name: text for name, text in texts.items() if text}
    if {"password_env", "password_file"} & given.keys():
        given.setdefault("user", common.login.get("user", ""))
    elif common.has_login:
        given = {**common.login, **given}
        if common.token_of:
            given = {name: text for name, text in given.items() if not name.startswith("password")}
            given["token_of"] = common.token_of
    if "user" in given and not given["user"]:
        del given["user"]
    if "user" not in given and (common.has_login or (common.provider and not alone)):
        given["user"] = common.address
    return given


def _check_login(reader: Reader, place: Node, entries: Mapping[str, Node], kind: str, given: Mapping[str, str]) -> None:
    _one_source(reader, entries)
    if kind == "imap" and "user" not in given:
        reader.problem(place, "imap 缺少 user", "'imap' lacks 'user'", "写登录名", "write the login name")
    elif "user" in given and not {"password_env", "password_file", "token_of"} & given.keys():
        reader.problem(
            place,
            f"{kind} 有 user 却没有密码的出处",
            f"{kind!r} has a user but no source for the password",
            "加上 password_env: 环境变量名，或 password_file: 文件路径",
            "add password_env: VARIABLE or password_file: PATH",
        )


def _one_source(reader: Reader, entries: Mapping[str, Node]) -> None:
    if {"password_env", "password_file"} <= set(entries):
        reader.problem(
            entries["password_env"],
            "password_env 和 password_file 只能写一个",
            "write one of password_env and password_file only",
        )


def _without_password(reader: Reader, node: Node) -> Node:
    if not isinstance(node, MapNode) or node.get("password") is None:
        return node
    reader.problem(
        node.get("password"),
        "配置里不能写密码",
        "a password is never part of the configuration",
        "改写 password_env: 环境变量名，或 password_file: 文件路径",
        "write password_env: VARIABLE or password_file: PATH",
    )
    rest = tuple(e for e in node.entries if e[0].text != "password")
    return MapNode(entries=rest, line=node.line, column=node.column)


def _login(reader: Reader, node: Node, name: str) -> str | None:
    if name == "password_env":
        return variable(reader, node, name)
    return reader.text(node, (name, name))


def variable(reader: Reader, node: Node, name: str) -> str | None:
    """The name of an environment variable."""

    def parse(word: str) -> str:
        if not _VARIABLE.fullmatch(word):
            raise ValueError
        return word

    return reader.parsed(node, (name, name), parse, ("环境变量的名字", "the name of an environment variable"))
