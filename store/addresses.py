"""How mail addresses are sealed into a row and read back; names stay with their address."""

from __future__ import annotations

import json

from core.domain.mail import Address
from core.text.storable import storable
from store.sealed import Seal

NOBODY: tuple[Address | None, tuple[Address, ...]] = (None, ())
"""The envelope of a message of which nobody can say any more who wrote it to whom."""


def _pair(address: Address) -> list[str]:
    return [address.name, address.address]


def _address(pair: list[str]) -> Address:
    return Address(name=pair[0], address=pair[1])


def _write(data: object) -> bytes:
    return storable(json.dumps(data, ensure_ascii=False, separators=(",", ":"))).encode()


def seal_address(seal: Seal, address: Address, place: str) -> bytes:
    return seal.seal(_write(_pair(address)), place)


def open_address(seal: Seal, sealed: bytes, place: str) -> Address:
    return _address(json.loads(seal.open(sealed, place)))


def seal_envelope(seal: Seal, sender: Address | None, recipients: tuple[Address, ...], place: str) -> bytes:
    """Sender and recipients in one sealed value."""
    return seal.seal(_write([sender and _pair(sender), [_pair(each) for each in recipients]]), place)


def open_envelope(seal: Seal, sealed: bytes, place: str) -> tuple[Address | None, tuple[Address, ...]]:
    sender, recipients = json.loads(seal.open(sealed, place))
    return (_address(sender) if sender else None), tuple(_address(each) for each in recipients)
