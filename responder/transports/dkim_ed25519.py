"""Signs with an Ed25519 key (RFC 8463): the headers are dkimpy's work, the key cryptography's; PyNaCl is not wanted."""

from __future__ import annotations

import base64
import hashlib
from dataclasses import dataclass
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from core.domain.settings import DkimSettings

_HEADER = b"DKIM-Signature"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signed:
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    """Speaks as PyNaCl's signing key does, which is what dkimpy asks for."""

    private: Ed25519PrivateKey

    def sign(self, digest: bytes) -> _Signed:
        return _Signed(signature=self.private.sign(digest))


@dataclass(slots=True, kw_only=True)
class _PublicKey:
    """Remembers whether the signature held: dkimpy knows only PyNaCl's exception for one that does not."""

    public: Ed25519PublicKey
    holds: bool = False

    def verify(self, digest: bytes, signature: bytes) -> None:
        try:
            self.public.verify(signature, digest)
            self.holds = True
        except InvalidSignature:
            self.holds = False


def public_of(key: Ed25519PrivateKey) -> str:
    """The ``p=`` of the DNS record: the bare 32 bytes."""
    return base64.b64encode(key.public_key().public_bytes_raw()).decode()


def signature(data: bytes, settings: DkimSettings, key: Ed25519PrivateKey, names: list[bytes]) -> bytes:
    """The header line with its end; ``names`` are the headers it covers, in lower case."""
    signer = _signer(data)
    policy = _policy(b"relaxed/relaxed")
    body = hashlib.sha256(policy.canonicalize_body(signer.body)).digest()
    fields = [
        (b"v", b"1"),
        (b"a", b"ed25519-sha256"),
        (b"c", b"relaxed/relaxed"),
        (b"d", settings.domain.encode()),
        (b"i", b"@" + settings.domain.encode()),
        (b"q", b"dns/txt"),
        (b"s", settings.selector.encode()),
        (b"h", b" : ".join(names)),
        (b"bh", base64.b64encode(body)),
        (b"b", b"0" * 60),  # long enough for a line of its own, as dkimpy does: filling it in folds nothing anew
    ]
    signer.hasher = hashlib.sha256
    value: bytes = signer.gen_header(fields, names, policy, _HEADER, _Key(private=key))
    return _HEADER + b": " + value


def verifies(data: bytes, public: str) -> bool:
    """Whether the topmost Ed25519 signature holds by the ``p=`` of its record."""
    import dkim
    from dkim.util import parse_tag_value

    verifier = _signer(data)
    for name, value in verifier.headers:
        fields = parse_tag_value(value) if name.lower() == _HEADER.lower() else {}
        if fields.get(b"a") != b"ed25519-sha256":
            continue
        key = _PublicKey(public=Ed25519PublicKey.from_public_bytes(base64.b64decode(public)))
        verifier.pk, verifier.ktag = key, b"ed25519"
        covered = [each.strip().lower() for each in fields[b"h"].split(b":")]
        try:
            verifier.verify_sig_process(fields, covered, (name, value), None)
        except dkim.DKIMException:
            return False
        return key.holds
    return False


def _signer(data: bytes) -> Any:  # noqa: ANN401  # dkimpy has no types
    import dkim

    return dkim.DKIM(data, signature_algorithm=b"ed25519-sha256")


def _policy(value: bytes) -> Any:  # noqa: ANN401  # dkimpy has no types
    from dkim.canonicalization import CanonicalizationPolicy

    return CanonicalizationPolicy.from_c_value(value)
