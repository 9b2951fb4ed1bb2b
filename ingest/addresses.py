"""Reads mailboxes and Message-IDs from headers (RFC 5322, section 3.4) in linear time, keeping what is ambiguous."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from core.domain.mail import Address
from core.domain.seen import seen
from ingest.charset import clean
from ingest.words import Notes, collapsed, decode_words, raw_text

_PLAIN = re.compile(r"[^\",;:<>()\\=]+")
_ENCODED = re.compile(r"=\?[^?\s]{1,80}\?[bBqQ]\?")
_BARE = re.compile(r"[^\s<>\"'(),;:\[\]@]+@[^\s<>\"'(),;:@]+")
_ID = re.compile(r"<([^<>]{1,998})>")
_BARE_ID = re.compile(r"[^\s<>,;\"()]+@[^\s<>,;\"()]+")
_FULL_WIDTH_AT = str.maketrans({"\uff20": "@", "\uff0e": ".", "\u3002": "."})
_LONGEST_ADDRESS = 998
_LONGEST_NAME = 500
# Searching for "something@something" costs the square of the text's length, so only this much is searched.
_LONGEST_BARE = 2_000


@dataclass(slots=True)
class _Mailbox:
    """One entry of an address list while it is read."""

    phrase: list[str] = field(default_factory=list)
    angle: str | None = None
    comment: list[str] = field(default_factory=list)

    def address(self, notes: Notes) -> Address | None:
        name = collapsed(decode_words("".join(self.phrase), notes)).strip("\"' ")
        if self.angle is not None:
            spec = _spec(self.angle, notes)
            if spec:
                return Address(name=seen(name)[:_LONGEST_NAME], address=spec)
        name = name.translate(_FULL_WIDTH_AT)[-_LONGEST_BARE:]
        found = _BARE.search(name)
        if not found:
            return None
        rest = collapsed(name.replace(found[0], " ", 1)).strip("\"'<>[]() ")
        comment = collapsed(decode_words(" ".join(self.comment), notes))
        return Address(
            name=(seen(rest) or seen(comment))[:_LONGEST_NAME], address=found[0].strip(".")[:_LONGEST_ADDRESS]
        )


def _spec(text: str, notes: Notes) -> str:
    """The address between angle brackets; route, white space and encoding (all seen in the wild) removed."""
    spec = decode_words(text, notes).translate(_FULL_WIDTH_AT)
    spec = "".join(spec.split()).strip("\"'<>,;")
    if spec.startswith("@") and ":" in spec:
        spec = spec.rpartition(":")[2]
    spec = spec.removeprefix("mailto:").removeprefix("MAILTO:")
    return spec[:_LONGEST_ADDRESS] if "@" in spec.strip("@") else ""


def read_addresses(values: tuple[bytes, ...], notes: Notes, most: int) -> tuple[Address, ...]:
    """The mailboxes of all headers of one name, in order, at most ``most`` of them."""
    found: list[Address] = []
    for value in values:
        for mailbox in _mailboxes(clean(raw_text(value, notes)), most):
            address = mailbox.address(notes)
            if address:
                found.append(address)
            if len(found) >= most:
                notes.found.append("addresses-cut")
                return tuple(found)
    return tuple(found)


def _mailboxes(text: str, most: int) -> list[_Mailbox]:
    """Splits at commas and semicolons outside quotes, comments, angle brackets and encoded words."""
    boxes = [_Mailbox()]
    at, end = 0, len(text)
    while at < end and len(boxes) <= most:
        plain = _PLAIN.match(text, at)
        if plain:
            boxes[-1].phrase.append(plain[0])
            at = plain.end()
            continue
        at = _special(text, at, boxes)
    return boxes


def _special(text: str, at: int, boxes: list[_Mailbox]) -> int:
    """Handles the special character at ``at``; the offset behind what it began."""
    char, box = text[at], boxes[-1]
    if char == '"':
        close = _quote_end(text, at + 1)
        box.phrase.append(text[at + 1 : close].replace('\\"', '"').replace("\\\\", "\\"))
        return close + 1
    if char == "(":
        close = _comment_end(text, at + 1)
        box.comment.append(text[at + 1 : close])
        return close + 1
    if char == "<":
        close = _angle_end(text, at + 1)
        box.angle = text[at + 1 : close]
        return close + 1
    if char == "=":
        word = _ENCODED.match(text, at)
        close = text.find("?=", word.end(), word.end() + 4_000) if word else -1
        close = close + 2 if close >= 0 else at + 1
        box.phrase.append(text[at:close])
        return close
    if char in ",;":
        boxes.append(_Mailbox())
    elif char == ":" and box.angle is None and _is_group(text, at):
        box.phrase.clear()
    elif char in ":\\":
        box.phrase.append(char if char == ":" else text[at + 1 : at + 2])
        return at + (1 if char == ":" else 2)
    return at + 1


def _is_group(text: str, at: int) -> bool:
    """A colon begins a group only when a semicolon ends one: other colons belong to careless names."""
    return text.find(";", at, at + 4_000) >= 0 and "@" not in text[max(0, at - 80) : at]


def _quote_end(text: str, at: int) -> int:
    """The offset of the closing quote; the end of the text when it is never closed."""
    while True:
        close = text.find('"', at)
        if close < 0:
            return len(text)
        slashes = close - 1
        while slashes >= at and text[slashes] == "\\":
            slashes -= 1
        if (close - 1 - slashes) % 2 == 0:
            return close
        at = close + 1


def _comment_end(text: str, at: int) -> int:
    depth = 1
    for found in re.finditer(r"[()]", text[at : at + 10_000]):
        depth += 1 if found[0] == "(" else -1
        if not depth:
            return at + found.start()
    return min(len(text), at + 10_000)


def _angle_end(text: str, at: int) -> int:
    """The closing bracket before the next opening one; without it the rest up to a comma."""
    close = text.find(">", at, at + 4_000)
    if close < 0:
        comma = text.find(",", at, at + 4_000)
        return comma - 1 if comma > at else min(len(text), at + 4_000)
    opening = text.rfind("<", at, close)
    return close if opening < 0 else opening - 1


def read_ids(values: tuple[bytes, ...], most: int) -> tuple[str, ...]:
    """Message-IDs without angle brackets, in order, without repeats; of too many the first and the newest."""
    found: dict[str, None] = {}
    for value in values:
        text = clean(re.sub(rb"\r?\n[ \t]*", b" ", value).decode("utf-8", "replace"))
        ids = _ID.findall(text) or _BARE_ID.findall(text[:_LONGEST_BARE])
        found.update(dict.fromkeys("".join(one.split()) for one in ids))
    ids = [one for one in found if one]
    return tuple(ids if len(ids) <= most else [*ids[:1], *ids[-(most - 1) :]])


def read_id(value: bytes) -> str:
    """The mail's own Message-ID, also when it has no brackets or no @."""
    ids = read_ids((value,), 1)
    if ids:
        return ids[0]
    plain = value.strip().strip(b"<>").split()
    return clean(plain[0].decode("utf-8", "replace"))[:998] if plain else ""
