"""Decides which parts of a text tell a model only their kind: numbers, codes, phones, mail and web addresses."""

from __future__ import annotations

import re

MAIL, URL, CODE, PHONE, NUMBER = "xxmail", "xxurl", "xxcode", "xxphone", "xxnum"
PLACEHOLDERS = frozenset({MAIL, URL, CODE, PHONE, NUMBER})

_NEEDED = re.compile(r"[\d@]|://|www\.", re.IGNORECASE)
# Every alternative begins with its own kind of character or is bounded, so a text is read once.
_PARTS = re.compile(
    r"(?P<url>(?:https?://|www\.)[!-~]{1,2048})"
    r"|(?P<mail>(?<![A-Za-z0-9._%+-])[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24})"
    r"|(?P<word>[A-Za-z][A-Za-z0-9_-]*)"
    r"|(?P<number>\d[\d.,:/*-]*(?P<tail>[A-Za-z][A-Za-z0-9_-]*)?)",
    re.IGNORECASE,
)
_MOBILE = re.compile(r"(?:86)?1[3-9]\d{9}|1[3-9]\d\*{4}\d{4}")
_LONG = 6
# Hotlines of authorities: a customer who names one means to complain there.
_HOTLINES = frozenset({"12315", "12345", "12358", "12300", "12378", "12321", "110", "119", "120"})


def tokens(text: str) -> str:
    """The text with each such part replaced by a placeholder word between spaces, for the features of a model."""
    return _PARTS.sub(_placeholder, text) if _NEEDED.search(text) else text


def _placeholder(match: re.Match[str]) -> str:
    kind, raw = match.lastgroup, match[0]
    if kind == "tail":
        kind = "number"
    if kind == "word":
        return f" {CODE} " if sum(map(str.isdigit, raw)) >= _LONG else raw
    if kind != "number":
        return f" {URL if kind == 'url' else MAIL} "
    digits = raw.rstrip(".,:/*-")
    if digits in _HOTLINES:
        return f" {digits} {raw[len(digits) :]}"
    if _MOBILE.fullmatch(digits.replace("-", "")):
        return f" {PHONE} "
    if match["tail"] is None:
        kind = CODE if digits.isdigit() and len(digits) > _LONG else NUMBER
        return f" {kind} {raw[len(digits) :]}"
    # 24h and 3pm are numbers with their unit; 8f3a91 is a code.
    unit = match["tail"]
    return f" {CODE} " if any(map(str.isdigit, unit)) or len(raw) > 12 else f" {NUMBER} {unit}"
