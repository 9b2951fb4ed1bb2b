"""Hashes passwords with Argon2id."""

from __future__ import annotations

from pwdlib import PasswordHash
from pwdlib.exceptions import UnknownHashError
from pwdlib.hashers.argon2 import Argon2Hasher


class Argon2Passwords:
    """Argon2id; the defaults are OWASP's class (64 MiB, 3 rounds): about 0.1 s and 64 MB a call."""

    def __init__(self, *, rounds: int = 3, memory_kib: int = 65536, lanes: int = 4) -> None:
        hasher = Argon2Hasher(time_cost=rounds, memory_cost=memory_kib, parallelism=lanes)
        self._hasher = PasswordHash((hasher,))

    def hash(self, password: str) -> str:
        return self._hasher.hash(password)

    def verify(self, password: str, hashed: str) -> tuple[bool, str | None]:
        """(is it the password, a new hash when the stored one is weaker than today's settings)."""
        try:
            return self._hasher.verify_and_update(password, hashed)
        except UnknownHashError:
            return False, None
