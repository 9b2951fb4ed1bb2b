"""What a program shows to the REST API in the place of a session: a token, what it may do and until when."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.people import Permission, Role, User

PREFIX = "hy_"
"""By this scanners find a token that was left lying about: ``hy_[0-9a-f]{72}``."""
SECRET_OCTETS = 32


class ApiScope(StrEnum):
    MESSAGES = "messages"
    READ = "read"
    WORK = "work"


ALLOWED: dict[ApiScope, frozenset[Permission]] = {
    ApiScope.MESSAGES: frozenset({Permission.BRING_MESSAGES}),
    ApiScope.READ: frozenset({Permission.SEE_TICKETS}),
    ApiScope.WORK: frozenset({Permission.SEE_TICKETS, Permission.WORK_TICKETS, Permission.BRING_MESSAGES}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiToken:
    """What is known of a token; the secret itself is nowhere. ``until`` is its last instant, None for one that stays
    good; ``last_used`` is true to the hour."""

    id: int
    name: str
    may: ApiScope
    created: datetime
    until: datetime | None = None
    last_used: datetime | None = None

    def is_good(self, now: datetime) -> bool:
        return self.until is None or now <= self.until

    def allows(self, permission: Permission) -> bool:
        return permission in ALLOWED[self.may]

    def as_user(self, language: str) -> User:
        """Who did it, as the trail names him: no user's name has a colon. His role is an agent's: what a token may is
        asked of ``allows`` before."""
        return User(id=0, name=f"token:{self.name}", role=Role.AGENT, language=language)


def new_secret(random: bytes) -> str:
    """The token of 32 random bytes: prefix, 64 digits and 8 of a checksum, by which scanners know a real one."""
    digits = random.hex()
    return f"{PREFIX}{digits}{_checksum(digits)}"


def is_whole(secret: str) -> bool:
    """Whether it can be a token at all; one that was cut off or mistyped is none."""
    digits, checksum = secret[len(PREFIX) : -8], secret[-8:]
    return secret.startswith(PREFIX) and len(digits) == 2 * SECRET_OCTETS and _checksum(digits) == checksum


def _checksum(digits: str) -> str:
    return f"{zlib.crc32(digits.encode()):08x}"
