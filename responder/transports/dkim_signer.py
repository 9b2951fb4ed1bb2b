"""Signs letters with the desk's own DKIM keys (RFC 6376, 8463), and says which DNS record receivers will look for."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from core.domain.errors import SigningFailed
from core.domain.settings import DkimSettings, MailboxSettings
from responder.transports import dkim_ed25519

SHORTEST = 1024
"""Bits that receivers still believe (RFC 8301); what is made anew has 2048."""
_SIGNED = (
    "From", "To", "Reply-To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version",
    "Content-Type", "Content-Language", "Auto-Submitted", "List-Unsubscribe", "List-Unsubscribe-Post",
)  # fmt: skip
_SAMPLE = b"From: a@%s\r\nSubject: x\r\n\r\nx\r\n"


class DkimSigner:
    """Conforms to ``huiying.flows.ports.MailSigner``. Keys are read anew each time: a rotated one counts at once."""

    def __init__(self, environ: Mapping[str, str], home: Path) -> None:
        self._environ = environ
        self._home = home

    def signed(self, box: MailboxSettings, data: bytes) -> bytes:
        """The same bytes below one signature for each selector. Raises ``SigningFailed``."""
        return b"".join(_signature(data, each, _private(self._given(each))) for each in box.dkim) + data

    def record(self, settings: DkimSettings) -> tuple[str, str]:
        """Name and value of the DNS record that belongs to the key, after a letter signed with it was verified by it.
        Raises ``SigningFailed``."""
        key = _private(self._given(settings))
        sample = _SAMPLE % settings.domain.encode()
        signed = _signature(sample, settings, key) + sample
        if isinstance(key, Ed25519PrivateKey):
            public = dkim_ed25519.public_of(key)
            value, holds = f"v=DKIM1; k=ed25519; p={public}", dkim_ed25519.verifies(signed, public)
        else:
            value = f"v=DKIM1; k=rsa; p={_public(key)}"
            holds = _rsa_verifies(signed, value)
        if not holds:
            raise SigningFailed("DKIM 签名验不回来 (the signature does not verify)")
        return f"{settings.selector}._domainkey.{settings.domain}", value

    def _given(self, settings: DkimSettings) -> bytes:
        if settings.key_env:
            value = self._environ.get(settings.key_env, "")
            if not value:
                raise SigningFailed(f"环境变量 {settings.key_env} 没有设置 (the environment variable is not set)")
            # One line is easier to hand on: a PEM whose line ends were written as \n.
            return value.replace("\\n", "\n").encode()
        path = self._home / Path(settings.key_file).expanduser()
        try:
            return path.read_bytes()
        except OSError as error:
            raise SigningFailed(f"读不到 DKIM 私钥 {path}：{error.strerror} (cannot read the DKIM key)") from error


def _private(data: bytes) -> RSAPrivateKey | Ed25519PrivateKey:
    try:
        key = load_pem_private_key(data, None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise SigningFailed("DKIM 私钥不是没有口令的 PEM (the DKIM key is no PEM without a passphrase)") from error
    if isinstance(key, Ed25519PrivateKey) or (isinstance(key, RSAPrivateKey) and key.key_size >= SHORTEST):
        return key
    raise SigningFailed(
        f"DKIM 私钥要 Ed25519 或 RSA {SHORTEST} 位以上"
        f" (the DKIM key must be Ed25519, or RSA of {SHORTEST} bits or more)"
    )


def _public(key: RSAPrivateKey) -> str:
    data = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(data).decode()


def _rsa_verifies(signed: bytes, record: str) -> bool:
    import dkim

    try:
        return bool(dkim.DKIM(signed).verify(dnsfunc=lambda *_, **__: record.encode()))
    except dkim.DKIMException:
        return False


def _signature(data: bytes, settings: DkimSettings, key: RSAPrivateKey | Ed25519PrivateKey) -> bytes:
    """The header line, with its end."""
    try:
        import dkim  # an extra: pip install 'huiying[dkim]'
    except ImportError:
        raise SigningFailed("没有安装 dkimpy (dkimpy is not installed)", hint="pip install 'huiying[dkim]'") from None
    head = data.partition(b"\r\n\r\n")[0].lower()
    names = [name.lower().encode() for name in _SIGNED if f"\r\n{name}:".lower().encode() in b"\r\n" + head]
    names.append(b"from")  # From twice: nobody can add a second one (RFC 6376, 8.15).
    try:
        if isinstance(key, Ed25519PrivateKey):
            return dkim_ed25519.signature(data, settings, key, names)
        # PKCS#1, which the library reads whatever the key was written as.
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
        signature: bytes = dkim.sign(
            data,
            settings.selector.encode(),
            settings.domain.encode(),
            pem,
            canonicalize=(b"relaxed", b"relaxed"),
            include_headers=names,
        )
    except dkim.DKIMException as error:
        raise SigningFailed(f"DKIM: {error}") from error
    return signature
