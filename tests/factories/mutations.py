"""Damages mails as transport, old clients and ill will do: the same seed gives the same damage."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Sequence

LONGEST = 300_000
"""A mutated mail is cut here: size is the business of other tests."""

_CHARSETS = b"gb2312 gbk gb18030 big5 utf-8 utf-7 utf-16 iso-2022-jp hz us-ascii iso-8859-1 x-unknown".split()
_ENCODINGS = b"base64 quoted-printable 7bit 8bit binary x-uuencode".split()
_TYPES = (
    b"text/plain text/html multipart/mixed multipart/alternative multipart/report multipart/related message/rfc822 "
    b"message/delivery-status application/pkcs7-mime application/ms-tnef text/calendar application/octet-stream"
).split()
_BITS = [
    b"\x00", b"\xff", b"\r", b"\n", b"\r\n\r\n", b"--", b"=?", b"?=", b"=?gb2312?B?", b"=E5=", b'"', b"<", b">", b"(",
    b")", b"\\", b";", b":", b",", b"@", b"\x1b$B", b"~{", b"+2AA-", b"\xe4\xb8", b"\xed\xa0\x80", b"<p>", b"</td>",
    b"<!--", b"&#x", b"On ", b"> ", "发件人：".encode(), "于 2024年 写道：".encode("gbk"), b"boundary=", b"charset=",
    b"filename*0*=", b"begin 644 a.txt\r\n", b"From - ", b" ", b"\t",
]  # fmt: skip
_BOUNDARY = re.compile(rb'boundary\s*=\s*"?([^"\s;]{1,70})', re.IGNORECASE)

Mutation = Callable[[bytes, random.Random, Sequence[bytes]], bytes]


def mutated(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    """One to five of the damages below, one after the other."""
    for _ in range(chance.randint(1, 5)):
        data = chance.choice(MUTATIONS)(data, chance, others)
    return data[:LONGEST]


def _span(data: bytes, chance: random.Random, longest: int = 400) -> tuple[int, int]:
    start = chance.randint(0, len(data))
    return start, min(len(data), start + chance.randint(0, longest))


def _flip(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    damaged = bytearray(data)
    for _at in range(chance.randint(1, 20)):
        if damaged:
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
    return bytes(damaged)


def _cut_out(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    start, end = _span(data, chance)
    return data[:start] + data[end:]


def _cut_off(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return data[: chance.randint(0, len(data))]


def _repeat(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """A stretch again and again: what is quadratic shows here."""
    start, end = _span(data, chance, chance.choice((3, 30, 300)))
    times = min(chance.choice((2, 20, 2_000, 20_000)), LONGEST // max(1, end - start))
    return data[:start] + data[start:end] * times + data[end:]


def _insert(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = chance.randint(0, len(data))
    return data[:at] + chance.choice(_BITS) * chance.choice((1, 1, 1, 3, 500)) + data[at:]


def _insert_in_head(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    at = chance.randint(0, min(len(data), 1_500))
    return data[:at] + chance.choice(_BITS) + data[at:]


def _splice(data: bytes, chance: random.Random, others: Sequence[bytes]) -> bytes:
    other = chance.choice(others)
    return data[: chance.randint(0, len(data))] + other[chance.randint(0, len(other)) :]


def _lines(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Lines in another order, doubled or folded."""
    lines = data.split(b"\n")
    for _at in range(chance.randint(1, 4)):
        one, two = chance.randrange(len(lines)), chance.randrange(len(lines))
        lines[one], lines[two] = lines[two], lines[one]
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))
    lines[chance.randrange(len(lines))] = b" " + chance.choice(lines)
    return b"\n".join(lines)


def _relabel(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    """Another charset, transfer encoding or type than the content has."""
    pattern, values = chance.choice(
        (
            (rb'charset\s*=\s*"?[\w.-]+', [b"charset=" + one for one in _CHARSETS]),
            (rb"Content-Transfer-Encoding:[^\r\n]*", [b"Content-Transfer-Encoding: " + one for one in _ENCODINGS]),
            (rb"Content-Type:\s*[\w/+.-]+", [b"Content-Type: " + one for one in _TYPES]),
        )
    )
    return re.sub(pattern, lambda _: chance.choice(values), data, flags=re.IGNORECASE)


def _misname_boundary(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    found = _BOUNDARY.search(data)
    if found is None:
        return data
    return data.replace(found[1], chance.choice((b"", b"x", found[1].upper(), found[1] + b"--")), chance.randint(1, 3))


def _line_ends(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    return data.replace(b"\r\n", b"\n").replace(b"\n", chance.choice((b"\n", b"\r", b"\r\n", b"\r\r\n", b"\n\r")))


def _nest(data: bytes, chance: random.Random, _: Sequence[bytes]) -> bytes:
    for depth in range(chance.choice((1, 3, 50))):
        kind = chance.choice((b"multipart/mixed", b"multipart/alternative", b"multipart/digest"))
        inner = chance.choice((b"", b"Content-Type: message/rfc822\r\n\r\n"))
        mark = b"n%d" % depth
        data = b"Content-Type: " + kind + b"; boundary=" + mark + b"\r\n\r\n--" + mark + b"\r\n" + inner + data
        data = data[:LONGEST]
    return data


MUTATIONS: tuple[Mutation, ...] = (
    _flip, _cut_out, _cut_off, _repeat, _insert, _insert_in_head, _splice, _lines, _relabel, _misname_boundary,
    _line_ends, _nest,
)  # fmt: skip
