"""The second factor of a person's sign-in: what his authenticator knows, and a sign-in that waits for its code."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

SECRET_OCTETS = 20
"""RFC 4226, section 4: 160 bits are recommended."""
RECOVERY_CODES, RECOVERY_OCTETS = 10, 8
PATIENCE = timedelta(minutes=15)
"""So long a half sign-in waits for its code, and a new secret for its first one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SecondFactor:
    """``secret`` (Base32, '' for none) is in force ``since`` then; ``pending`` waits ``until`` then for a first code of
    its own. No code of ``last_step`` (RFC 6238: half minutes since 1970) or before it counts any more."""

    user_id: int
    secret: str = field(default="", repr=False)
    pending: str = field(default="", repr=False)
    until: datetime | None = None
    since: datetime | None = None
    last_step: int = 0

    @property
    def is_on(self) -> bool:
        return bool(self.secret)

    def waiting(self, now: datetime) -> str:
        """The secret that waits for its first code, '' for none."""
        return self.pending if self.until is not None and now < self.until else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInStep:
    """A browser that gave the right password and waits for the second factor; only the token's SHA-256 is stored."""

    token_hash: str
    user_id: int
    expires: datetime
