"""Reads Outlook's winmail.dat (MS-OXTNEF): the body and the files that are hidden in it.

Any bytes give an answer: what is damaged is read as far as it goes, and the defect is said.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from ingest.charset import decode
from ingest.embedded import Envelope
from ingest.mapi import Properties, bytes_of, number_of, read_properties, text_of
from ingest.rtf import decompressed
from ingest.tnef_envelope import date_of, envelope_of, sender_of

_SIGNATURE = (0x223E9F78).to_bytes(4, "little")
_HEAD = struct.Struct("<BII")
_CODEPAGE, _BODY, _PROPERTIES, _CLASS = 0x9007, 0x800C, 0x9003, 0x8008
_FILE, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_FROM, _SUBJECT, _SENT = 0x8000, 0x8004, 0x8005
_KIND, _TEXT, _RTF, _HTML, _HTML_PAGE = 0x1A, 0x1000, 0x1009, 0x1013, 0x3FDE
_LONG_NAME, _SHORT_NAME, _SHOWN_NAME, _MIME, _CONTENT_ID, _CONTENT = 0x3707, 0x3704, 0x3001, 0x370E, 0x3712, 0x3701
_INTERFACE = 16
"""An embedded message begins with the GUID of its interface (MS-OXTNEF, 2.1.3.4.2.2)."""
_PAGES = {65001: "utf-8", 65000: "utf-7", 20127: "us-ascii", 28591: "iso-8859-1", 54936: "gb18030", 20936: "gb2312"}
_PAGES |= {50220: "iso-2022-jp", 50221: "iso-2022-jp", 51932: "euc-jp", 51936: "gb2312", 51949: "euc-kr"}
_ORDINARY = ("IPM.NOTE", "IPM.MICROSOFT MAIL.NOTE", "")
_MOST_ATTRIBUTES = 50_000


@dataclass(slots=True, kw_only=True)
class TnefFile:
    """A file of the mail; ``type`` is '' where Outlook did not say it. An ``embedded`` one is a message in TNEF."""

    name: str = ""
    type: str = ""
    content_id: str = ""
    data: bytes = b""
    embedded: bool = False


@dataclass(slots=True, kw_only=True)
class Tnef:
    """What is in one winmail.dat. ``whole`` is False where something in it was not read, so that it is kept beside."""

    envelope: Envelope = Envelope()  # noqa: RUF009 (a frozen value)

    plain: bytes = b""
    plain_charset: str = ""
    html: bytes = b""
    html_charset: str = ""
    rtf: bytes = b""
    files: list[TnefFile] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    whole: bool = True

    @property
    def is_empty(self) -> bool:
        return not (self.plain.strip() or self.html.strip() or self.rtf or self.files)


def is_tnef(data: bytes) -> bool:
    """By its first four bytes."""
    return data.startswith(_SIGNATURE)


def read_tnef(data: bytes, *, most_files: int) -> Tnef:
    """Body and files of a winmail.dat; an empty one when it is none. Never raises."""
    reader = _Reader(most_files)
    if is_tnef(data):
        for name, value in _attributes(data, reader):
            reader.take(name, value)
    return reader.found


def _attributes(data: bytes, reader: _Reader) -> Iterator[tuple[int, bytes]]:
    at, last = len(_SIGNATURE) + 2, len(data)
    for _ in range(_MOST_ATTRIBUTES):
        if at >= last:
            return
        if at + _HEAD.size > last:
            break
        _, name, size = _HEAD.unpack_from(data, at)
        at += _HEAD.size
        value = data[at : at + size]
        at += size + 2
        if at > last:
            # The last one is cut off: what is there of it is better than nothing.
            yield name & 0xFFFF, value
            break
        if sum(value) & 0xFFFF != int.from_bytes(data[at - 2 : at], "little"):
            reader.damaged("tnef-checksum")
        yield name & 0xFFFF, value
    reader.damaged("tnef-cut")


class _Reader:
    def __init__(self, most_files: int) -> None:
        self.found, self._most, self._page = Tnef(), most_files, ""

    def damaged(self, defect: str) -> None:
        self.found.whole = False
        if defect not in self.found.defects:
            self.found.defects.append(defect)

    def take(self, name: int, value: bytes) -> None:
        if name == _CODEPAGE:
            self._page = _charset(int.from_bytes(value[:4], "little"))
        elif name == _CLASS:
            self._class(value)
        elif name in (_FROM, _SUBJECT, _SENT):
            self._above(name, value)
        elif name == _BODY:
            self.found.plain, self.found.plain_charset = value.rstrip(b"\x00"), self._page
        elif name == _PROPERTIES:
            self._message(self._properties(value))
        elif name == _FILE:
            self._begun()
        elif name in (_TITLE, _DATA, _FILE_PROPERTIES):
            self._of_file(name, value)

    def _above(self, name: int, value: bytes) -> None:
        """Who wrote it, about what and when, as the oldest form of TNEF says it; MAPI's properties come before."""
        above = self.found.envelope
        if name == _SUBJECT:
            above = replace(above, subject=above.subject or decode(value.rstrip(b"\x00"), self._page).text)
        elif name == _SENT:
            above = replace(above, date=above.date or date_of(value))
        else:
            who, address = sender_of(value, self._page)
            above = replace(above, name=above.name or who, address=above.address or address)
        self.found.envelope = above

    def _class(self, value: bytes) -> None:
        """Meetings, tasks and contacts are more than is read here."""
        said = value.rstrip(b"\x00").decode("latin-1").strip().upper()
        self.found.whole = self.found.whole and said in _ORDINARY

    def _properties(self, value: bytes) -> Properties:
        properties, whole = read_properties(value)
        if not whole:
            self.damaged("tnef-properties")
        return properties

    def _message(self, properties: Properties) -> None:
        found = self.found
        found.envelope = envelope_of(properties, self._page, found.envelope)
        self._class(text_of(properties, _KIND, self._page).encode("ascii", "replace"))
        plain = text_of(properties, _TEXT, self._page)
        if plain.strip():
            found.plain, found.plain_charset = plain.encode("utf-8", "replace"), "utf-8"
        page = number_of(properties, _HTML_PAGE)
        html = bytes_of(properties, _HTML).rstrip(b"\x00")
        if html.strip():
            found.html, found.html_charset = html, _charset(page) or self._page
        elif said := text_of(properties, _HTML, self._page):
            found.html, found.html_charset = said.encode("utf-8", "replace"), "utf-8"
        packed = bytes_of(properties, _RTF)
        if packed and not found.rtf:
            found.rtf, defect = decompressed(packed)
            if defect:
                self.damaged(defect)

    def _begun(self) -> None:
        if len(self.found.files) >= self._most:
            self.damaged("tnef-files")
        else:
            self.found.files.append(TnefFile())

    def _of_file(self, name: int, value: bytes) -> None:
        if not self.found.files:
            self._begun()
        if not self.found.files:
            return
        file = self.found.files[-1]
        if name == _TITLE:
            file.name = file.name or decode(value.rstrip(b"\x00"), self._page).text
        elif name == _DATA:
            file.data = value
        else:
            _describe(file, self._properties(value), self._page)


def _describe(file: TnefFile, properties: Properties, page: str) -> None:
    """The long Unicode name before the short one of the title; an embedded message keeps its own TNEF bytes."""
    long, short, shown = (text_of(properties, name, page).strip() for name in (_LONG_NAME, _SHORT_NAME, _SHOWN_NAME))
    file.name = long or file.name or short or shown
    file.type = text_of(properties, _MIME, page).strip().lower()
    file.content_id = text_of(properties, _CONTENT_ID, page).strip().strip("<>")[:998]
    content = bytes_of(properties, _CONTENT)
    if content and not file.data:
        file.embedded = is_tnef(content[_INTERFACE : _INTERFACE + 4])
        file.data = content[_INTERFACE:] if file.embedded else content
        if file.embedded:
            file.type = "application/ms-tnef"
            file.name = shown or long


def _charset(page: int) -> str:
    return (_PAGES.get(page) or f"cp{page}") if page else ""
