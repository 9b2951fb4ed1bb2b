"""Seals what a stolen file must not tell (AES-256-GCM bound to its place) and makes look-up digests of it."""

from __future__ import annotations

import hmac
import os
import zlib
from collections.abc import Callable

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.domain.errors import KeyRingProblem
from core.domain.keys import KeyRing

_NONCE = 12
_PLAIN, _DEFLATED = b"\0", b"\1"
_WORTH_DEFLATING = 128
_LARGE, _SAMPLE = 16_384, 4_096
_DIGEST = 16


class Seal:
    """A sealed value is: key-id byte, nonce, AES-GCM of (flag byte + data, deflated where that helps).

    ``place`` is "table.column.rowid": a value moved to another row or column does not open."""

    def __init__(self, keys: KeyRing, random: Callable[[int], bytes] = os.urandom) -> None:
        self._ciphers = {number: AESGCM(key) for number, key in keys.data.items()}
        self._writes_with = keys.writes_with
        self._index = keys.index
        self._random = random

    def seal(self, data: bytes, place: str) -> bytes:
        body = _PLAIN + data
        if len(data) >= _WORTH_DEFLATING:
            deflated = _deflated(data)
            if len(deflated) < len(data):
                body = _DEFLATED + deflated
        nonce = self._random(_NONCE)
        sealed = self._ciphers[self._writes_with].encrypt(nonce, body, place.encode())
        return bytes((self._writes_with,)) + nonce + sealed

    def open(self, sealed: bytes, place: str) -> bytes:
        """The data of a sealed value. ``KeyRingProblem`` when its key is missing or it belongs elsewhere."""
        cipher = self._ciphers.get(sealed[0])
        if cipher is None:
            raise KeyRingProblem(f"data key {sealed[0]} is not in the key ring")
        try:
            body = cipher.decrypt(sealed[1 : 1 + _NONCE], sealed[1 + _NONCE :], place.encode())
        except InvalidTag:
            raise KeyRingProblem(f"{place} does not open with data key {sealed[0]}") from None
        return zlib.decompress(body[1:]) if body[:1] == _DEFLATED else body[1:]

    def digest(self, purpose: str, value: str) -> bytes:
        """A keyed digest for exact look-ups; ``purpose`` keeps an address and a Message-ID apart."""
        return hmac.digest(self._index, f"{purpose}\0{value}".encode("utf-8", "surrogatepass"), "sha256")[:_DIGEST]

    def address_key(self, address: str) -> bytes:
        """The digest of an ``Address.key``."""
        return self.digest("address", address)

    def reference(self, message_id: str) -> bytes:
        """The digest of a Message-ID without angle brackets."""
        return self.digest("message-id", message_id)


def _deflated(data: bytes) -> bytes:
    """What is large is mostly an attachment in base64, which repeats nothing: coding its alphabet alone makes it as
    small in a quarter of the time. A sample from the middle tells."""
    middle = len(data) // 2
    sample = data[middle : middle + _SAMPLE] if len(data) >= _LARGE else b""
    if sample and len(_huffman(sample)) <= len(zlib.compress(sample, 1)) * 1.05:
        return _huffman(data)
    return zlib.compress(data, 1)


def _huffman(data: bytes) -> bytes:
    coder = zlib.compressobj(1, strategy=zlib.Z_HUFFMAN_ONLY)
    return coder.compress(data) + coder.flush()
