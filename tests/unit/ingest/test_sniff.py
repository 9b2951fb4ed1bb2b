"""What an attachment's bytes look like stands beside what its sender calls it."""

from __future__ import annotations

import io
import tarfile
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.mail import Attachment
from ingest.sniff import sniffed
from tests.factories.raw_mails import multipart, parsed, part


def zipped(*names: str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    return out.getvalue()


def tarred() -> bytes:
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("a"), io.BytesIO())
    return out.getvalue()


PROGRAM = b"MZ" + bytes(58) + b"\x80\0\0\0" + bytes(64) + b"PE\0\0"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
WRITTEN = "application/vnd.oasis.opendocument.text"
LOOKS = {
    "application/pdf": b"%PDF-1.7\n",
    "image/png": b"\x89PNG\r\n\x1a\n\0\0",
    "image/jpeg": b"\xff\xd8\xff\xe0\0\x10JFIF",
    "image/webp": b"RIFF\x24\0\0\0WEBPVP8 ",
    "image/bmp": b"BM" + (30).to_bytes(4, "little") + bytes(24),
    "video/mp4": b"\0\0\0\x20ftypisom",
    "image/heic": b"\0\0\0\x20ftypheic",
    "application/x-ole-storage": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0\0",
    SHEET: zipped("[Content_Types].xml", "xl/workbook.xml"),
    WRITTEN: b"PK\x03\x04" + bytes(26) + b"mimetype" + WRITTEN.encode() + b"PK",
    "application/java-archive": zipped("META-INF/MANIFEST.MF"),
    "application/zip": zipped("报价.txt"),
    "application/x-tar": tarred(),
    "application/x-msdownload": PROGRAM,
    "application/x-ms-shortcut": b"L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F",
    "text/x-shellscript": b"#!/bin/sh\nrm -rf /\n",
    "text/html": b"\xef\xbb\xbf\r\n<!DOCTYPE html><html>",
    "text/xml": b"<?xml version='1.0'?><a/>",
    "application/rtf": b"{\\rtf1\\ansi",
}  # fmt: skip


@pytest.mark.parametrize("kind", LOOKS)
def test_bytes_say_what_they_are(kind: str) -> None:
    """Documents, pictures, archives and programs."""
    assert sniffed(LOOKS[kind]) == kind


@pytest.mark.parametrize("data", [b"", b"MZ", b"MZhello, a text", "您好".encode("gbk"), b"a,b\r\n1,2\r\n", b"BM"])
def test_plain_words_say_nothing(data: bytes) -> None:
    """Nothing is guessed of what could be anything."""
    assert sniffed(data) == ""


@given(st.binary(max_size=300))
def test_any_bytes_give_an_answer(data: bytes) -> None:
    """A type, or nothing."""
    assert "/" in sniffed(data) or sniffed(data) == ""


def test_both_types_are_kept_of_a_disguised_file() -> None:
    """The declared one and the one by the bytes; a program is one whatever it is called."""
    mail = parsed(
        multipart(
            part(b"text/plain", b"see"),
            part(b"application/pdf; name=invoice.pdf", PROGRAM, b"Content-Transfer-Encoding: binary"),
            part(b"application/PDF; name=a.pdf", b"%PDF-1.4"),
            part(b"text/plain; name=run.JS", b"alert(1)"),
        )
    )
    fake, real, script = mail.attachments
    assert (fake.type, fake.sniffed, fake.looks_else, fake.is_program) == (
        "application/pdf", "application/x-msdownload", "application/x-msdownload", True,
    )  # fmt: skip
    assert (real.sniffed, real.looks_else, real.is_program) == ("application/pdf", "", False)
    assert (script.sniffed, script.is_program) == ("", True)


def test_what_was_kept_before_says_nothing() -> None:
    """An attachment of an older version has no such word."""
    old = Attachment(part="2", name="a.pdf", type="application/pdf", size=1, sha256="x")
    assert (old.sniffed, old.looks_else, old.is_program) == ("", "", False)
