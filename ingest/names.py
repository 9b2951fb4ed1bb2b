"""Decides under which name an attachment is listed: decoded, without any path, and the same on every parse."""

from __future__ import annotations

import re

from ingest.charset import clean
from ingest.params import MimeValue
from ingest.words import Notes, collapsed, decode_words

_LONGEST = 180
# Control characters, and the marks with which "exe.fdp" can be shown as "pdf.exe".
_UNSEEN = re.compile("[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")
_EXTENSIONS = {
    "application/pdf": "pdf",
    "application/zip": "zip",
    "application/json": "json",
    "application/msword": "doc",
    "application/vnd.ms-excel": "xls",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "xlsx",
    "application/ms-tnef": "dat",
    "application/pkcs7-signature": "p7s",
    "application/x-pkcs7-signature": "p7s",
    "application/pkcs7-mime": "p7m",
    "application/x-pkcs7-mime": "p7m",
    "application/pgp-signature": "asc",
    "application/rtf": "rtf",
    "audio/mpeg": "mp3",
    "image/bmp": "bmp",
    "image/gif": "gif",
    "image/heic": "heic",
    "image/jpeg": "jpg",
    "image/jpg": "jpg",
    "image/png": "png",
    "image/svg+xml": "svg",
    "image/tiff": "tif",
    "image/webp": "webp",
    "message/rfc822": "eml",
    "message/global": "eml",
    "text/calendar": "ics",
    "text/csv": "csv",
    "text/html": "html",
    "text/rfc822-headers": "txt",
    "text/vcard": "vcf",
    "text/x-vcard": "vcf",
    "text/rtf": "rtf",
    "text/xml": "xml",
    "video/mp4": "mp4",
}


def declared_name(disposition: MimeValue, content_type: MimeValue, notes: Notes) -> str:
    """The name the sender gave, decoded: ``filename*`` before ``filename`` before ``name*`` before ``name``."""
    for value, param in ((disposition, "filename"), (content_type, "name")):
        if param in value.extended:
            charset, data = value.extended[param]
            name = notes.decoded(data, charset)
            if name.strip():
                return decode_words(name, notes)
        if value.params.get(param, "").strip():
            return _from_plain(value.params[param], notes)
    return ""


def _from_plain(text: str, notes: Notes) -> str:
    """A parameter that should be ASCII: encoded words (also in quotes) or raw bytes of any charset."""
    data = text.encode("utf-8", "surrogateescape")
    if not data.isascii() or b"\x1b" in data:
        text = notes.decoded(data)
    return decode_words(text, notes)


def listed_name(name: str, mime_type: str, part: str) -> str:
    """A name without path, control characters and direction marks, never empty."""
    name = collapsed(_UNSEEN.sub("", clean(name)))
    name = name.replace("\\", "/").rpartition("/")[2].strip().rstrip(". ")
    extension = _EXTENSIONS.get(mime_type, "txt" if mime_type.startswith(("text/", "message/")) else "bin")
    if not name.strip("."):
        return f"part-{part}.{extension}"
    if extension == "eml" and not name.lower().endswith(".eml"):
        name = name[: _LONGEST - 4] + ".eml"
    if len(name) > _LONGEST:
        stem, dot, end = name.rpartition(".")
        name = f"{stem[: _LONGEST - 1 - len(end)]}{dot}{end}" if dot and len(end) <= 10 else name[:_LONGEST]
    return name
