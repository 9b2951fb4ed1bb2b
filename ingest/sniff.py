"""Says what an attachment's first bytes look like, whatever its sender calls it."""

from __future__ import annotations

import re

_HEADS: tuple[tuple[int, bytes, str], ...] = (
    (0, b"%PDF-", "application/pdf"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (8, b"AVI ", "video/x-msvideo"),
    (4, b"ftypheic", "image/heic"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftypqt", "video/quicktime"),
    (4, b"ftyp", "video/mp4"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (0, b"{\\rtf", "application/rtf"),
    (0, b"Rar!\x1a\x07", "application/vnd.rar"),
    (0, b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (0, b"\x1f\x8b\x08", "application/gzip"),
    (0, b"BZh", "application/x-bzip2"),
    (0, b"\xfd7zXZ\x00", "application/x-xz"),
    (257, b"ustar", "application/x-tar"),
    (0, b"MSCF", "application/vnd.ms-cab-compressed"),
    (32_769, b"CD001", "application/x-iso9660-image"),
    (0, b"\x7fELF", "application/x-elf"),
    (0, b"\xca\xfe\xba\xbe", "application/java-vm"),
    (0, b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
    (0, b"#!", "text/x-shellscript"),
    (0, b"\x78\x9f\x3e\x22", "application/ms-tnef"),
)
_MARKUP = re.compile(
    rb"(?:\xef\xbb\xbf)?\s{0,200}<(?:(!doctype\s+html|html|head|body|script)\b|\?xml\b|svg\b)", re.IGNORECASE
)
_ZIPPED = (
    (b"word/", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    (b"xl/", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    (b"ppt/", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    (b"AndroidManifest.xml", "application/vnd.android.package-archive"),
    (b"META-INF/MANIFEST.MF", "application/java-archive"),
)
_OPEN_DOCUMENT = re.compile(rb"mimetype(application/vnd\.oasis\.opendocument\.[a-z]{1,20})")
_LOOKED_AT = 64 << 10


def sniffed(data: bytes) -> str:
    """The type by the bytes; '' where they say nothing, as those of plain text."""
    if data.startswith(b"MZ") and len(data) > 64 and data[60:64] != b"\x00" * 4:
        return "application/x-msdownload"
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zipped(data[:_LOOKED_AT])
    if data.startswith(b"BM") and len(data) > 26 and int.from_bytes(data[2:6], "little") == len(data):
        return "image/bmp"
    for at, head, kind in _HEADS:
        if data.startswith(head, at):
            return kind
    markup = _MARKUP.match(data[:512])
    return "" if markup is None else "text/html" if markup[1] else "text/xml"


def _zipped(data: bytes) -> str:
    document = _OPEN_DOCUMENT.search(data[:200])
    if document:
        return document[1].decode("ascii")
    names = (kind for name, kind in _ZIPPED if name in data)
    return next(names, "application/zip")
