"""Reads addresses and domains, and says whether a domain lies in others."""

from __future__ import annotations

import re

from core.settings.nodes import Node
from core.settings.reader import Reader

_ADDRESS = re.compile(r"[^@\s]+@[^@\s]+")
_DOMAIN = re.compile(r"@?[^@\s/:]+(\.[^@\s/:]+)*")


def read_addresses(reader: Reader, node: Node | None) -> frozenset[str]:
    """One address or a list, lower case."""
    expected = ("邮件地址，如 boss@example.com", "an address such as boss@example.com")
    return _read(reader, node, "address", _ADDRESS, expected)


def read_domains(reader: Reader, node: Node | None) -> frozenset[str]:
    """One domain or a list, lower case, without ``@``."""
    found = _read(reader, node, "domain", _DOMAIN, ("域名，如 example.com", "a domain such as example.com"))
    return frozenset(word.removeprefix("@") for word in found)


def in_domain(domain: str, domains: frozenset[str]) -> bool:
    """Whether a domain is one of the others or below one of them."""
    labels = domain.split(".")
    return any(".".join(labels[place:]) in domains for place in range(len(labels))) if domains else False


def _read(
    reader: Reader, node: Node | None, name: str, pattern: re.Pattern[str], expected: tuple[str, str]
) -> frozenset[str]:
    def parse(word: str) -> str:
        if not pattern.fullmatch(word):
            raise ValueError
        return word.lower()

    if node is None:
        return frozenset()
    nodes = getattr(node, "items", None)
    found = (reader.parsed(item, (name, name), parse, expected) for item in (nodes if nodes is not None else (node,)))
    return frozenset(word for word in found if word is not None)
