"""Seals what a stolen file must not tell (AES-256-GCM bound to its place) and makes look-up digests of it."""

from __future__ import annotations

import os
import zlib
from collections.abc import Callable
from hashlib import sha256
from typing import TypeVar

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from core.domain.errors import KeyMissing, Unreadable
from core.domain.keys import KeyRing

Opened = TypeVar("Opened")
_NONCE = 12
HEAD = 1 + _NONCE
"""Key and nonce: two sealed values never begin alike."""
COPY_THE_RING = "从新增钥匙的那台机器复制钥匙环 (copy the key ring of the machine where the key was added)"
_PLAIN, _DEFLATED = b"\0", b"\1"
_WORTH_DEFLATING = 128
_SHORT, _LARGE, _SAMPLE = 8_192, 16_384, 4_096
_DIGEST = 16
_MOST_FAULTS = 100
_PADS = tuple(bytes(byte ^ pad for byte in range(256)) for pad in (0x36, 0x5C))


class Seal:
    """A sealed value is: key-id byte, nonce, AES-GCM of (flag byte + data, deflated where that helps).

    ``place`` is "table.column.rowid": a value moved to another row or column does not open."""

    def __init__(
        self,
        keys: KeyRing,
        random: Callable[[int], bytes] = os.urandom,
        again: Callable[[], object] = lambda: None,
        newest: Callable[[], int] = lambda: 0,
    ) -> None:
        """``again`` has the ring read once more when an unknown key is met: whoever reads it calls ``use``. ``newest``
        is the newest key that the database was told of. ``faults`` are the places of what did not open."""
        self.faults: set[str] = set()
        self.use(keys)
        self._inner, self._outer = (sha256(keys.index.ljust(64, b"\0").translate(pad)) for pad in _PADS)
        self._random = random
        self._again, self._newest = again, newest

    def use(self, keys: KeyRing) -> None:
        """The data keys of that ring from now on."""
        self._keys = keys.writes_with, {number: AESGCM(key) for number, key in keys.data.items()}

    @property
    def writes_with(self) -> int:
        return self._keys[0]

    def seal(self, data: bytes, place: str) -> bytes:
        body = _PLAIN + data
        if len(data) >= _WORTH_DEFLATING:
            deflated = _deflated(data)
            if len(deflated) < len(data):
                body = _DEFLATED + deflated
        return self._locked(body, place)

    def open(self, sealed: bytes, place: str) -> bytes:
        """The data of a sealed value. ``KeyMissing`` when its key is not here yet, ``Unreadable`` when it is damaged,
        belongs elsewhere, or its key is lost."""
        body = self._unlocked(sealed, place)
        return zlib.decompress(body[1:]) if body[:1] == _DEFLATED else body[1:]

    def renew(self, sealed: bytes, place: str) -> bytes:
        """The same with the key that writes; what was deflated stays so."""
        return self._locked(self._unlocked(sealed, place), place)

    def _locked(self, body: bytes, place: str) -> bytes:
        number, ciphers = self._keys
        nonce = self._random(_NONCE)
        return bytes((number,)) + nonce + ciphers[number].encrypt(nonce, body, place.encode())

    def _unlocked(self, sealed: bytes, place: str) -> bytes:
        number = sealed[0] if sealed else 0
        cipher = self._keys[1].get(number) or self._learnt(number)
        try:
            if cipher is not None:
                return cipher.decrypt(sealed[1:HEAD], sealed[HEAD:], place.encode())
        except (InvalidTag, ValueError):
            pass
        if len(self.faults) < _MOST_FAULTS:
            self.faults.add(place)
        raise Unreadable(f"{place} does not open with data key {number}")

    def _learnt(self, number: int) -> AESGCM | None:
        """Another process may write with a key that was added since the ring was read, and may not have told the
        database of it yet. None where no such key can come: what is damaged only looks so."""
        self._again()
        cipher, ours = self._keys[1].get(number), self.writes_with
        if cipher is None and ours < number <= max(ours + 1, self._newest()):
            raise KeyMissing(number, hint=COPY_THE_RING)
        return cipher

    def digest(self, purpose: str, value: str) -> bytes:
        """A keyed digest for exact look-ups; ``purpose`` keeps an address and a Message-ID apart."""
        # HMAC (RFC 2104) with both hashes begun once: half the time of asking for it anew, dozens of times a mail.
        inner, outer = self._inner.copy(), self._outer.copy()
        inner.update(f"{purpose}\0{value}".encode("utf-8", "surrogatepass"))
        outer.update(inner.digest())
        return outer.digest()[:_DIGEST]

    def address_key(self, address: str) -> bytes:
        """The digest of an ``Address.key``."""
        return self.digest("address", address)

    def reference(self, message_id: str) -> bytes:
        """The digest of a Message-ID without angle brackets."""
        return self.digest("message-id", message_id)


def readable(opening: Callable[[], Opened], nothing: Opened) -> Opened:
    """What stands there, or ``nothing`` where it does not open: for whoever goes on without it."""
    try:
        return opening()
    except Unreadable:
        return nothing


def _deflated(data: bytes) -> bytes:
    """What is large is mostly an attachment in base64, which repeats nothing: coding its alphabet alone makes it as
    small in a quarter of the time. A sample from the middle tells. The usual 256 kB of working memory may come from
    the system and go back to it each time, which takes ten times as long as deflating a short text: less is as good."""
    middle = len(data) // 2
    sample = data[middle : middle + _SAMPLE] if len(data) >= _LARGE else b""
    if sample and len(_huffman(sample)) <= len(zlib.compress(sample, 1)) * 1.05:
        return _huffman(data)
    coder = zlib.compressobj(1, wbits=13 if len(data) <= _SHORT else 14, memLevel=6)
    return coder.compress(data) + coder.flush()


def _huffman(data: bytes) -> bytes:
    coder = zlib.compressobj(1, strategy=zlib.Z_HUFFMAN_ONLY)
    return coder.compress(data) + coder.flush()
