"""Decides what of a text is too private to store or show as it is: phones, mail addresses, ID and bank cards."""

from __future__ import annotations

import re

from core.text.numbers import TOPICS, mask_phone, masked_number

__all__ = ["mask", "mask_address", "mask_phone"]

_MAY_BE_PRIVATE = re.compile(r"[\d@＠]")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}")
_LOCAL = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._%+-"
_LONGEST_LOCAL = 64
# Digits with single separators between them; each character can be read in one way only, so this is linear.
_NUMBERS = re.compile(r"\+?\d(?:(?:[ .·\-‐-―]|[)）] ?)?\d)*[Xx]?")
_GROUP = re.compile(r"\d+[Xx]?")
_BEFORE = 16
_MOST_GROUPS = 6
_SHORTEST, _LONGEST = 7, 19


def mask(text: str) -> str:
    """The text with private numbers and mail addresses masked, for storing and for showing; linear in its length.

    Order numbers stay readable: what stands before a number (订单号, 电话, card …) and its shape decide.
    """
    if not _MAY_BE_PRIVATE.search(text):
        return text
    if "@" in text or "＠" in text:
        text = _mask_mails(text)
    return _NUMBERS.sub(_mask_numbers, text)


def mask_address(address: str) -> str:
    """A mail address of which only the first character and the domain are told: ``z***@example.cn``."""
    local, at, domain = address.strip().rpartition("@")
    if not at:
        return "***" if domain else ""
    return f"{local[:1]}***@{domain}"


def _mask_mails(text: str) -> str:
    parts: list[str] = []
    done = 0
    for at in (index for index, char in enumerate(text) if char in "@＠"):
        domain = _DOMAIN.match(text, at + 1)
        head = text[max(done, at - _LONGEST_LOCAL) : at]
        local = head[len(head.rstrip(_LOCAL)) :].lstrip(".-%+")
        if domain is None or not local:
            continue
        parts += (text[done : at - len(local)], f"{local[0]}***@{domain[0]}")
        done = domain.end()
    parts.append(text[done:])
    return "".join(parts)


def _mask_numbers(match: re.Match[str]) -> str:
    text, start, end = match.string, match.start(), match.end()
    if len(match[0]) < _SHORTEST or _in_a_code(text, start, end):
        return match[0]
    about = _topic(text[max(0, start - _BEFORE) : start].lower())
    groups = [group.span() for group in _GROUP.finditer(text, start, end)]
    parts: list[str] = []
    done, first = start, 0
    while first < len(groups):
        count, masked = _longest_private(text, groups[first : first + _MOST_GROUPS], about)
        if masked:
            parts += (text[done : groups[first][0]], masked)
            done = groups[first + count - 1][1]
        first += count
        # 订单号 names the number after it; what follows that one is judged by its shape.
        about = "" if about == "order" else about
    parts.append(text[done:end])
    return "".join(parts)


def _longest_private(text: str, groups: list[tuple[int, int]], about: str) -> tuple[int, str]:
    """How many groups from the first on make one private number, and its masked form; (1, '') when none do."""
    shape = tuple(end - start for start, end in groups)
    start = groups[0][0]
    for count in range(len(groups), 0, -1):
        if not _SHORTEST <= sum(shape[:count]) <= _LONGEST:
            continue
        raw = text[start : groups[count - 1][1]]
        masked = masked_number(raw, shape[:count], about, plus=text[start - 1 : start] == "+")
        if masked:
            return count, masked
    return 1, ""


def _in_a_code(text: str, start: int, end: int) -> bool:
    """Whether the digits are part of a longer code, such as SF1381234567890 or 13812345678abc."""
    before = text[start - 1] if start else ""
    after = text[end] if end < len(text) else ""
    if before in ("-", "_") and start > 1:
        before = text[start - 2]
    return (before.isascii() and before.isalnum()) or (after.isascii() and after.isalpha())


def _topic(before: str) -> str:
    """What the words before a number say it is; the nearest wins, '' when they say nothing."""
    at, name = max((max(before.rfind(word) for word in words), name) for name, words in TOPICS)
    return name if at >= 0 else ""
