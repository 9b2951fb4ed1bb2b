"""Letters are signed so that any receiver can check them; without a key none leaves that should be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import dkim
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from core.domain.errors import SigningFailed
from core.domain.letter import LetterKind
from core.domain.settings import DkimSettings
from ingest.parse import parse_mail
from responder.transports import dkim_ed25519
from responder.transports.dkim_signer import DkimSigner
from tests.factories.letters import BOX, compose
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, worker_context

SETTINGS = DkimSettings(selector="s1", domain="desk.cn", key_file="dkim.pem")

ED25519 = DkimSettings(selector="e1", domain="desk.cn", key_file="ed25519.pem")
RFC_8463 = (Path(__file__).parent / "rfc8463.eml").read_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
"""The letter of the standard's appendix A.3, signed by its authors with Ed25519 and RSA."""
RFC_8463_KEY = "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo="


@pytest.fixture(scope="module")
def pem() -> bytes:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


@pytest.fixture
def signer(tmp_path: Path, pem: bytes) -> DkimSigner:
    (tmp_path / "dkim.pem").write_bytes(pem)
    return DkimSigner({"KEY": pem.decode().replace("\n", "\\n")}, tmp_path)


def dns(signer: DkimSigner) -> Callable[..., bytes]:
    """What receivers find in the DNS."""
    name, value = signer.record(SETTINGS)
    assert name == "s1._domainkey.desk.cn"

    def look(asked: bytes, **_: object) -> bytes:
        assert asked == f"{name}.".encode()
        return value.encode()

    return look


def verifies(data: bytes, look: Callable[..., bytes]) -> bool:
    try:
        return bool(dkim.DKIM(data).verify(dnsfunc=look))
    except dkim.DKIMException:
        return False


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_receiver_verifies_the_letter(signer: DkimSigner, language: str) -> None:
    """With the record that ``doctor`` tells; not a byte of the letter below the signature is another."""
    plain = compose(language=language).data
    data = signer.signed(replace(BOX, dkim=(SETTINGS,)), plain)
    assert data.endswith(plain)
    assert verifies(data, dns(signer))
    parsed = parse_mail(data).mail
    assert parsed is not None
    assert not parsed.defects


@pytest.mark.parametrize(
    ("old", "new"),
    [(b"Subject: ", b"Subject: x"), (b"Reply-To: ", b"Reply-To: x"), (b"Message-ID: <", b"Message-ID: <x"),
     (b"From: ", b"From: evil@example.com\r\nFrom: "), (b"\r\n\r\n", b"\r\n\r\nx")],
)  # fmt: skip
def test_a_changed_letter_does_not_verify(signer: DkimSigner, old: bytes, new: bytes) -> None:
    """Whoever changes a header that people see, adds a sender or a word, breaks it."""
    data = signer.signed(replace(BOX, dkim=(SETTINGS,)), compose().data)
    assert not verifies(data.replace(old, new, 1), dns(signer))


def test_the_key_may_stand_in_the_environment(signer: DkimSigner) -> None:
    """On one line."""
    settings = replace(SETTINGS, key_file="", key_env="KEY")
    data = signer.signed(replace(BOX, dkim=(settings,)), compose(kind=LetterKind.AGENT).data)
    assert verifies(data, dns(signer))


def test_without_a_key_it_says_what_is_wrong(signer: DkimSigner, tmp_path: Path) -> None:
    """A missing file or variable, another kind of key, and what is no key at all."""
    other = ec.generate_private_key(ec.SECP256R1())
    (tmp_path / "ec.pem").write_bytes(other.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "no.pem").write_text("nonsense")
    for words, settings in (
        ("gone.pem", replace(SETTINGS, key_file="gone.pem")),
        ("NOPE", replace(SETTINGS, key_file="", key_env="NOPE")),
        ("RSA", replace(SETTINGS, key_file="ec.pem")),
        ("PEM", replace(SETTINGS, key_file="no.pem")),
    ):
        with pytest.raises(SigningFailed, match=words):
            signer.signed(replace(BOX, dkim=(settings,)), compose().data)


def test_the_standards_own_letter_verifies() -> None:
    """RFC 8463, A.3; with a word more or by another key it does not."""
    assert dkim_ed25519.verifies(RFC_8463, RFC_8463_KEY)
    assert not dkim_ed25519.verifies(RFC_8463.replace(b"hungry", b"angry"), RFC_8463_KEY)
    assert not dkim_ed25519.verifies(RFC_8463.replace(b"dinner", b"lunch"), RFC_8463_KEY)
    assert not dkim_ed25519.verifies(RFC_8463, dkim_ed25519.public_of(ed25519.Ed25519PrivateKey.generate()))


def test_a_letter_is_signed_with_each_key(signer: DkimSigner, tmp_path: Path) -> None:
    """A receiver that knows only RSA verifies the one, another the other; each by the record that ``doctor`` tells."""
    key = ed25519.Ed25519PrivateKey.generate()
    (tmp_path / "ed25519.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    name, value = signer.record(ED25519)
    assert name == "e1._domainkey.desk.cn"
    assert value.startswith("v=DKIM1; k=ed25519; p=")
    plain = compose().data
    data = signer.signed(replace(BOX, dkim=(SETTINGS, ED25519)), plain)
    public = value.partition("p=")[2]
    assert data.count(b"DKIM-Signature:") == 2
    assert data.endswith(plain)
    assert verifies(data, dns(signer))
    assert dkim_ed25519.verifies(data, public)
    for old, new in (
        (b"Subject: ", b"Subject: x"),
        (b"From: ", b"From: e@example.com\r\nFrom: "),
        (b"\r\n\r\n", b"\r\n\r\nx"),
    ):
        assert not dkim_ed25519.verifies(data.replace(old, new, 1), public)
    parsed = parse_mail(data).mail
    assert parsed is not None
    assert not parsed.defects


def test_a_letter_that_cannot_be_signed_does_not_leave(sqlite_store, keys, clock) -> None:
    """It failed visibly; once the key is there it is sent, signed."""
    desk = desk_with_mailbox()
    desk = replace(desk, mailboxes=tuple(replace(box, dkim=(SETTINGS,)) for box in desk.mailboxes))
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
    office.bring(a_mail())
    [letter] = office.letters()
    assert letter.state == "failed"
    assert "dkim.pem" in letter.answer
    assert office.ctx.transport.tried == []  # type: ignore[attr-defined]  # the fixture's own
