"""Reads Authentication-Results, of servers that the mailbox trusts and of nobody else (RFC 8601, section 5)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Sequence

from core.domain.authentication import Authentication

HEADER = "authentication-results"
NAMELESS = "-"
"""Stands for a server that writes no name of its own, as Exchange Online does."""
_METHODS = ("spf", "dkim", "dmarc")
_METHOD = re.compile(r"\s*([A-Za-z][A-Za-z0-9-]*)(?:\s*/\s*\d+)?\s*=\s*([A-Za-z]+)")
_LONGEST_NAME = 120


def read_authentication(headers: Sequence[tuple[str, str]], trusted: Collection[str]) -> Authentication | None:
    """The results of the topmost headers that a trusted server wrote; None without one. ``headers`` are (name, value),
    the topmost first: what stands below was there before it came to us. Of several results of a method in one header
    the best counts (one signature that holds is enough)."""
    known = {name.strip().lower() for name in trusted}
    found: dict[str, str] = {}
    server = ""
    for name, value in headers:
        if name != HEADER:
            continue
        who, results = _read(value)
        if who not in known:
            continue
        server = server or who
        for method, result in results.items():
            found.setdefault(method, result)
    if not server:
        return None
    return Authentication(server=server, **{method: found.get(method, "") for method in _METHODS})


def _read(value: str) -> tuple[str, dict[str, str]]:
    """Who says so, lower case, and his results."""
    pieces = "".join(_without_comments(value)).split(";")
    words = pieces[0].split()
    who = words[0].strip('"').lower()[:_LONGEST_NAME] if words else ""
    # Without a name the first piece is a result already.
    if "=" in pieces[0]:
        who = NAMELESS
    else:
        pieces = pieces[1:]
    results: dict[str, str] = {}
    for piece in pieces:
        match = _METHOD.match(piece)
        if match and (method := match[1].lower()) in _METHODS:
            result = match[2].lower()
            if results.get(method) != "pass":
                results[method] = result if result == "pass" else results.get(method, result)
    return who, results


def _without_comments(value: str) -> Iterator[str]:
    """The characters outside comments, which nest; a quoted string's semicolon separates nothing."""
    depth, quoted, escaped = 0, False, False
    for character in value:
        if escaped:
            escaped = False
        elif character == "\\" and (depth or quoted):
            escaped = True
        elif quoted:
            quoted = character != '"'
            yield "_" if character in ';="' else character
        elif character == '"' and not depth:
            quoted = True
        elif character == "(":
            depth += 1
        elif character == ")" and depth:
            depth -= 1
        elif not depth:
            yield character
