"""Lists what is in a winmail.dat as parts of the mail: the body, and each file with its name."""

from __future__ import annotations

from dataclasses import replace

from ingest.charset import decode
from ingest.embedded import NESTED, Piece, eml_of
from ingest.limits import ParseLimits
from ingest.rtf import has_objects, rtf_words
from ingest.tnef import Tnef, TnefFile, read_tnef

_DEEPEST = 3
"""So deep messages in messages are opened: each level makes its bytes a third more."""


def pieces_of(data: bytes, limits: ParseLimits) -> tuple[list[Piece], list[str], bool]:
    """The parts, the defects, and whether these parts are all that is in it. Never raises."""
    found = read_tnef(data, most_files=limits.parts)
    return _pieces(found, limits, 0), found.defects, found.whole


def _pieces(found: Tnef, limits: ParseLimits, depth: int) -> list[Piece]:
    return [] if found.is_empty else [*_body(found, limits), *_files(found, limits, depth)]


def _body(found: Tnef, limits: ParseLimits) -> list[Piece]:
    """Plain text and HTML as they are; RTF as its words where it is alone, and itself where it is more than words."""
    body = []
    if found.plain.strip():
        body.append(_text("plain", found.plain, found.plain_charset, "txt"))
    if found.html.strip():
        body.append(_text("html", found.html, found.html_charset, "html"))
    if not found.rtf:
        return body
    words = rtf_words(found.rtf, limits.text)
    if words.strip() and not body:
        body.append(_text("plain", words.encode(), "utf-8", "txt"))
    if not words.strip() or has_objects(found.rtf):
        body.append(Piece(type="application/rtf", data=found.rtf, name="message.rtf", disposition="attachment"))
    return body


def _text(kind: str, data: bytes, charset: str, extension: str) -> Piece:
    return Piece(type=f"text/{kind}", data=data, charset=charset, name=f"message.{extension}")


def _files(found: Tnef, limits: ParseLimits, depth: int) -> list[Piece]:
    return [(_message(one, found, limits, depth) if one.embedded else None) or _file(one) for one in found.files]


def _file(one: TnefFile) -> Piece:
    return Piece(
        type=one.type or "application/octet-stream",
        data=one.data,
        name=f"{one.name or 'message'}.dat" if one.embedded else one.name,
        content_id=one.content_id.encode("ascii", "replace").decode(),
        disposition="" if one.content_id else "attachment",
    )


def _message(one: TnefFile, outer: Tnef, limits: ParseLimits, depth: int) -> Piece | None:
    """An embedded message as a file that mail programs open; what is wrong with it is said of the mail. None where
    nothing in it could be read."""
    if depth >= _DEEPEST:
        outer.whole = False
        return None
    inner = read_tnef(one.data, most_files=limits.parts)
    pieces = _pieces(inner, limits, depth + 1)
    outer.defects += [each for each in inner.defects if each not in outer.defects]
    outer.whole = outer.whole and inner.whole
    if not (pieces or inner.envelope):
        return None
    name = one.name or inner.envelope.subject.strip() or "message"
    data = eml_of(inner.envelope, [_in_utf8(piece) if piece.is_words else piece for piece in pieces])
    return Piece(type=NESTED, data=data, name=f"{name}.eml", disposition="attachment")


def _in_utf8(piece: Piece) -> Piece:
    """Outlook's names of code pages are its own."""
    return replace(piece, data=decode(piece.data, piece.charset).text.encode("utf-8", "replace"), charset="utf-8")
