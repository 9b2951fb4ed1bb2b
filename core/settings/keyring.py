"""Creates and loads the key ring: one JSON file, readable by its owner only, kept apart from the data."""

from __future__ import annotations

import base64
import binascii
import json
import os
from collections.abc import Callable
from pathlib import Path

from core.domain.errors import KeyRingProblem
from core.domain.keys import KeyRing

_FORMAT = 1
_KEY_BYTES = 32
_FIRST_SIGNING_KEY = "a"


def create_key_ring(path: Path, *, random: Callable[[int], bytes]) -> KeyRing:
    """Writes a new ring (mode 0600) and gives it back; an existing file is never overwritten."""
    ring = KeyRing(
        data={1: random(_KEY_BYTES)},
        index=random(_KEY_BYTES),
        signing={_FIRST_SIGNING_KEY: random(_KEY_BYTES)},
        signs_with=_FIRST_SIGNING_KEY,
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyRingProblem(f"钥匙环 {path} 已经存在，不会覆盖 (the key ring exists and is not overwritten)") from None
    except OSError as error:
        raise KeyRingProblem(f"写不了钥匙环 {path}：{error.strerror} (cannot write the key ring)") from None
    with os.fdopen(handle, "wb") as file:
        file.write(_dump(ring))
        file.flush()
        os.fsync(file.fileno())
    return ring


def load_key_ring(path: Path) -> KeyRing:
    """Reads a ring; raises ``KeyRingProblem`` in clear words when it is missing, open to others or damaged."""
    try:
        mode = path.stat().st_mode
        data = path.read_bytes()
    except FileNotFoundError:
        raise KeyRingProblem(
            f"找不到钥匙环 {path} (the key ring is missing)",
            hint="没有它读不出加密的数据；请从备份中取回 (encrypted data cannot be read without it; restore it)",
        ) from None
    except OSError as error:
        raise KeyRingProblem(f"读不到钥匙环 {path}：{error.strerror} (cannot read the key ring)") from None
    if mode & 0o077:
        raise KeyRingProblem(f"钥匙环 {path} 别人也能读 (the key ring can be read by others)", hint=f"chmod 600 {path}")
    return _parse(data, path)


def _dump(ring: KeyRing) -> bytes:
    content = {
        "format": _FORMAT,
        "data": {str(number): _encode(key) for number, key in ring.data.items()},
        "index": _encode(ring.index),
        "signing": {name: _encode(key) for name, key in ring.signing.items()},
        "signs_with": ring.signs_with,
    }
    return (json.dumps(content, indent=2) + "\n").encode()


def _parse(data: bytes, path: Path) -> KeyRing:
    try:
        content = json.loads(data)
        if content["format"] != _FORMAT:
            raise KeyRingProblem(f"钥匙环 {path} 由更新的版本写成 (the key ring was written by a newer version)")
        ring = KeyRing(
            data={int(number): _decode(key) for number, key in content["data"].items()},
            index=_decode(content["index"]),
            signing={str(name): _decode(key) for name, key in content["signing"].items()},
            signs_with=str(content["signs_with"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise KeyRingProblem(f"钥匙环 {path} 已损坏 (the key ring is damaged)") from None
    if not ring.data or not all(0 < number < 256 for number in ring.data) or ring.signs_with not in ring.signing:
        raise KeyRingProblem(f"钥匙环 {path} 不完整 (the key ring is incomplete)")
    return ring


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode("ascii")


def _decode(text: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except binascii.Error:
        raise ValueError from None
    if len(key) != _KEY_BYTES:
        raise ValueError
    return key
