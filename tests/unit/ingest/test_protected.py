"""Signed and encrypted mails are known as that, read where they can be, and never trusted further than their bytes."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from core.domain.protection import Protection
from ingest.cms import envelope_kind, signed_content
from ingest.limits import ParseLimits
from ingest.parse import parse_mail, part_bytes
from ingest.part import read_tree
from ingest.protected import HIDDEN, without_armour

MAILS = Path(__file__).parents[2] / "mails"
WORDS = "订单 HY-20231001 还没有发货，请周五前答复。"


def envelope(name: str) -> bytes:
    head, _, body = (MAILS / f"{name}.eml").read_bytes().partition(b"Content-Transfer-Encoding: base64")
    assert head
    return base64.b64decode(body)


@pytest.mark.parametrize("name", ["smime-signed-opaque", "smime-signed-streamed"])
def test_a_signed_envelope_gives_its_content_at_any_length_encoding(name):
    """OpenSSL writes lengths in front, or end marks behind where it streams."""
    data = envelope(name)
    assert envelope_kind(data) is Protection.SMIME_SIGNED
    assert WORDS.encode() in signed_content(data)


@pytest.mark.parametrize("name", ["smime-signed-opaque", "smime-signed-streamed", "smime-encrypted"])
def test_an_envelope_cut_anywhere_gives_an_answer(name):
    """No bytes raise or hang, not even half a million opened and never closed."""
    data = envelope(name)
    for end in range(len(data)):
        envelope_kind(data[:end])
        signed_content(data[:end])
    assert signed_content(b"") == b""
    assert envelope_kind(b"\x30\x80" * 5_000) is None
    assert signed_content(data[:20] + b"\x30\x80" * 500_000) == b""


def test_an_encrypted_envelope_gives_no_content():
    """Its kind is told by its first bytes."""
    data = envelope("smime-encrypted")
    assert envelope_kind(data) is Protection.SMIME_ENCRYPTED
    assert signed_content(data) == b""


def test_an_envelope_that_exchange_calls_opaque_is_opened_by_its_name():
    """The name ends in .p7m; its attachments are found again by their parts."""
    mail = (MAILS / "smime-signed-opaque.eml").read_bytes()
    opaque = mail.replace(b"application/x-pkcs7-mime", b"application/octet-stream")
    parsed = parse_mail(opaque).mail
    assert opaque != mail
    assert parsed is not None
    assert parsed.protection == (Protection.SMIME_SIGNED,)
    assert parsed.text == WORDS
    assert [part_bytes(opaque, one.part) for one in parsed.attachments] == [b"%PDF-1.4\n"]


def test_envelopes_in_envelopes_are_opened_so_often_and_no_further():
    """Each level would be another parse."""
    inner = b"Content-Type: text/plain\r\n\r\nend\r\n"
    for _ in range(60):
        inner = _wrapped(inner)
    tree, _ = read_tree(inner, ParseLimits())
    depth = 0
    while tree.children:
        tree, depth = tree.children[0], depth + 1
    assert depth == 20


def test_a_signature_beside_the_text_is_no_file_of_the_customer():
    """It is kept, but inline, as a picture of the text is."""
    parsed = parse_mail((MAILS / "smime-signed-clear.eml").read_bytes()).mail
    assert parsed is not None
    assert [one.name for one in parsed.attachments if not one.inline] == ["hetong.pdf"]


def test_words_around_a_pgp_block_are_kept():
    """Who greets in clear text is greeted back."""
    words = "您好：\n-----BEGIN PGP MESSAGE-----\n\nhF4D\n-----END PGP MESSAGE-----\n急！"
    assert without_armour(words) == ("您好：\n急！", (Protection.PGP_ENCRYPTED,))


def test_a_quoted_or_unfinished_block_loses_no_words():
    """Where nothing would be left, all of it stays."""
    quoted = "请看下面\n> -----BEGIN PGP MESSAGE-----\n> hF4D"
    assert without_armour(quoted) == (quoted, ())
    only_head = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256"
    assert without_armour(only_head) == (only_head, (Protection.PGP_SIGNED,))


def test_the_words_of_an_encrypted_mail_make_no_line_of_its_own():
    """Neither the armour nor its mark is what the customer said."""
    parsed = parse_mail((MAILS / "pgp-encrypted-inline.eml").read_bytes()).mail
    assert parsed is not None
    assert parsed.reply == HIDDEN
    assert parsed.said is not None
    assert parsed.said.gist == "未发货"


def _wrapped(entity: bytes) -> bytes:
    """A signed envelope without signers, in the shortest form."""
    signed = _PKCS + b"\x07\x02"
    content = _tlv(0x30, _tlv(0x06, _PKCS + b"\x07\x01") + _tlv(0xA0, _tlv(0x04, entity)))
    body = _tlv(0x30, _tlv(0x02, b"\x01") + _tlv(0x31, b"") + content + _tlv(0x31, b""))
    data = _tlv(0x30, _tlv(0x06, signed) + _tlv(0xA0, body))
    return b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: binary\r\n\r\n" + data


_PKCS = bytes.fromhex("2a864886f70d01")


def _tlv(tag: int, value: bytes) -> bytes:
    size = len(value)
    length = bytes([size]) if size < 0x80 else b"\x84" + size.to_bytes(4, "big")
    return bytes([tag]) + length + value
