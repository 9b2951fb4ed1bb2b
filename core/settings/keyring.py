"""Creates, loads and changes the key ring: one JSON file, readable by its owner only, kept apart from the data."""

from __future__ import annotations

import base64
import binascii
import fcntl
import json
import logging
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from core.domain.errors import BadInput, KeyRingProblem, NotFound
from core.domain.keys import KeyRing

_FORMAT = 1
_KEY_BYTES = 32
_FIRST_SIGNING_KEY = "a"
_MOST_DATA_KEYS = 255

_log = logging.getLogger("huiying.keys")


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


def add_data_key(path: Path, *, random: Callable[[int], bytes]) -> int:
    """The number of the new key, which writes from now on; all others stay."""

    def longer(ring: KeyRing) -> KeyRing:
        number = ring.writes_with + 1
        if number > _MOST_DATA_KEYS:
            raise BadInput(f"数据钥匙最多到 {_MOST_DATA_KEYS} 号 (no data key beyond that number)")
        return replace(ring, data={**ring.data, number: random(_KEY_BYTES)})

    return _changed(path, longer).writes_with


def add_signing_key(path: Path, *, random: Callable[[int], bytes]) -> str:
    """The name of the new key, which signs from now on; all others go on verifying."""

    def longer(ring: KeyRing) -> KeyRing:
        name = _name(len(ring.signing) + 1)
        return replace(ring, signing={**ring.signing, name: random(_KEY_BYTES)}, signs_with=name)

    return _changed(path, longer).signs_with


def remove_data_key(path: Path, number: int) -> None:
    """The caller has seen that it seals nothing any more. The key that writes stays."""

    def shorter(ring: KeyRing) -> KeyRing:
        if number not in ring.data:
            raise NotFound(f"没有数据钥匙 {number} (no such data key)")
        if number == ring.writes_with:
            raise BadInput(f"数据钥匙 {number} 正在使用 (this data key writes)", hint="huiying key add")
        return replace(ring, data={each: key for each, key in ring.data.items() if each != number})

    _changed(path, shorter)


def _name(place: int) -> str:
    """a … z, aa, ab …"""
    name = ""
    while place:
        place, letter = divmod(place - 1, 26)
        name = chr(ord("a") + letter) + name
    return name


def _changed(path: Path, change: Callable[[KeyRing], KeyRing]) -> KeyRing:
    """The ring after a change that is on the disk, whole: whoever reads meanwhile sees the old one."""
    path = path.resolve()
    try:
        with _alone(path.parent):
            ring = change(load_key_ring(path))
            _replace(path, _dump(ring))
    except OSError as error:
        raise KeyRingProblem(f"写不了钥匙环 {path}：{error.strerror} (cannot write the key ring)") from None
    return ring


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Two changes at once would lose a key."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
        os.fsync(handle)
    finally:
        os.close(handle)


def _replace(path: Path, data: bytes) -> None:
    """The new file belongs to whom the old one belonged: the service must be able to read what root changed."""
    part, was = path.with_name(f"{path.name}.part"), path.stat()
    part.unlink(missing_ok=True)
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            if (was.st_uid, was.st_gid) != (os.geteuid(), os.getegid()):
                os.fchown(file.fileno(), was.st_uid, was.st_gid)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


class RingFile:
    """The ring of a running process, and whoever follows it: the file is read again when it, or who may read it, was
    changed.

    One of another database, an older copy or a file that cannot be read changes nothing: the log says so."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = self._stamp()
        self.keys = load_key_ring(path)
        self._followers: list[Callable[[KeyRing], object]] = []
        self._lock = threading.Lock()

    def follow(self, use: Callable[[KeyRing], object]) -> None:
        """``use`` is called with each new ring."""
        self._followers.append(use)

    def again(self) -> KeyRing:
        """The ring by now."""
        with self._lock:
            stamp = self._stamp()
            if stamp and stamp != self._seen:
                self._seen = stamp
                self._read()
            return self.keys

    def _read(self) -> None:
        try:
            ring = load_key_ring(self._path)
        except KeyRingProblem as error:
            _log.error("%s", error.message)
            return
        if ring.fingerprint != self.keys.fingerprint or ring.writes_with < self.keys.writes_with:
            _log.error(
                "The key ring was replaced by another or an older one: this process goes on with the one it has."
            )
            return
        self.keys = ring
        for use in self._followers:
            use(ring)
        _log.info("The key ring was read again: data key %d writes.", ring.writes_with, extra={"action": "keys.read"})

    def _stamp(self) -> tuple[int, ...]:
        with suppress(OSError):
            stat = self._path.stat()
            return stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino, stat.st_size
        return ()


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
        raise KeyRingProblem(
            f"钥匙环 {path} 已损坏 (the key ring is damaged)", hint="放回保存的那一份 (put back the copy that you keep)"
        ) from None
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
