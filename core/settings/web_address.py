"""Decides where an http(s) address leads and how it is written on the wire: host in IDNA, path and query in ASCII."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urlsplit

_NAME = re.compile(r"[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]*[a-z0-9_])?)*\.?", re.IGNORECASE)
_PATH, _QUERY = "/%:@!$&'()*+,;=~", "/?%:@!$&'()*+,;=~[]"
"""What stays as it is written; ``%`` because who wrote it has encoded something himself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WebAddress:
    """``host`` and ``target`` are ASCII; ``port`` is None for the scheme's own."""

    scheme: str
    host: str
    port: int | None
    target: str


class BadAddress(ValueError):
    """``part`` is ``scheme``, ``host`` or ``port``; ``zh`` and ``en`` say what is expected of it."""

    def __init__(self, part: str, zh: str, en: str) -> None:
        super().__init__(part)
        self.part, self.zh, self.en = part, zh, en


def web_address(word: str) -> WebAddress:
    """Raises ``BadAddress``; the address itself, which may hold a key, is in no message."""
    try:
        parts = urlsplit(word.strip())
    except ValueError:
        raise _bad_host() from None
    if parts.scheme not in ("http", "https"):
        raise BadAddress("scheme", "url 要以 https:// 开头", "the url must begin with https://")
    try:
        port = parts.port
    except ValueError:
        port = 0
    if port == 0:
        raise BadAddress(
            "port", "url 的端口要是 1 到 65535 的数字", "the port of the url must be a number of 1 to 65535"
        )
    query = f"?{quote(parts.query, safe=_QUERY)}" if parts.query else ""
    target = (quote(parts.path, safe=_PATH) or "/") + query
    return WebAddress(scheme=parts.scheme, host=_host(parts.hostname or ""), port=port, target=target)


def _host(name: str) -> str:
    try:
        if ":" in name:
            return str(IPv6Address(name))
        ascii_name = name.encode("idna").decode("ascii")
    except ValueError:
        raise _bad_host() from None
    if not _NAME.fullmatch(ascii_name):
        raise _bad_host()
    return ascii_name


def _bad_host() -> BadAddress:
    return BadAddress("host", "url 里没有能用的主机名", "the url has no host name that can be used")
