"""Lists what is in a winmail.dat as parts of the mail: the body, and each file with its name."""

from __future__ import annotations

from dataclasses import dataclass

from ingest.limits import ParseLimits
from ingest.rtf import has_objects, rtf_words
from ingest.tnef import Tnef, read_tnef


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """One part to be; the body is "inline", a file "attachment", a picture of the text has its content id alone."""

    type: str
    data: bytes
    name: str = ""
    charset: str = ""
    content_id: str = ""
    disposition: str = "inline"


def pieces_of(data: bytes, limits: ParseLimits) -> tuple[list[Piece], list[str], bool]:
    """The parts, the defects, and whether these parts are all that is in it. Never raises."""
    found = read_tnef(data, most_files=limits.parts)
    if found.is_empty:
        return [], found.defects, found.whole
    return [*_body(found, limits), *_files(found)], found.defects, found.whole


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


def _files(found: Tnef) -> list[Piece]:
    return [
        Piece(
            type=one.type or "application/octet-stream",
            data=one.data,
            name=one.name,
            content_id=one.content_id.encode("ascii", "replace").decode(),
            disposition="" if one.content_id else "attachment",
        )
        for one in found.files
    ]
