"""Who may sign in: users, roles and what each role may do (DOMAIN 1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

SHORTEST_PASSWORD, LONGEST_PASSWORD = 10, 256
LEASE_OF_MAILBOX = "mailbox:"
"""The lease of the process that reads a mailbox, before the mailbox's name."""


class Role(StrEnum):
    AGENT = "agent"
    LEAD = "lead"
    ADMIN = "admin"
    AUDITOR = "auditor"


class Permission(StrEnum):
    SEE_TICKETS = "see-tickets"
    WORK_TICKETS = "work-tickets"
    BRING_MESSAGES = "bring-messages"
    REVEAL_CONTACT = "reveal-contact"
    EXPORT_SHEETS = "export-sheets"
    SEE_REPORTS = "see-reports"
    PUBLISH_ARTICLES = "publish-articles"
    CONFIGURE = "configure"
    MANAGE_USERS = "manage-users"


_HANDLING = frozenset(
    {Permission.SEE_TICKETS, Permission.WORK_TICKETS, Permission.BRING_MESSAGES, Permission.REVEAL_CONTACT}
)
_LEADING = frozenset({Permission.EXPORT_SHEETS, Permission.SEE_REPORTS})
PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.AGENT: _HANDLING,
    Role.LEAD: _HANDLING | _LEADING | {Permission.PUBLISH_ARTICLES},
    Role.ADMIN: frozenset(Permission),
    Role.AUDITOR: frozenset({Permission.SEE_TICKETS, Permission.REVEAL_CONTACT}) | _LEADING,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class User:
    """``name`` is the sign-in name, unique and lower case; ``language`` is zh-CN or en."""

    id: int
    name: str
    display: str = ""
    role: Role = Role.AGENT
    language: str = "zh-CN"
    password_hash: str = ""
    disabled: bool = False

    def may(self, permission: Permission) -> bool:
        return not self.disabled and permission in PERMISSIONS[self.role]


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleSettings:
    """Roles that must sign in with a second factor."""

    second_factor_of: frozenset[Role] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A signed-in browser; only the token's SHA-256 is stored."""

    token_hash: str
    user_id: int
    csrf: str
    created: datetime
    expires: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """A process that may hold claims: taken over at once when dead on the same host, after 30 s elsewhere. ``seen`` is
    its last beat by the database's clock, ``seconds_silent`` how far that is from now, either way."""

    id: int
    node: int
    host: str
    pid: int
    started: float
    seen: datetime | None = None
    seconds_silent: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Who does something: a signed-in person, or whoever operates the machine. An operator is never an agent, whatever
    name he ``claims``."""

    name: str
    is_person: bool
    claims: str = ""

    @classmethod
    def person(cls, user: User) -> Actor:
        return cls(name=user.name, is_person=True)

    @classmethod
    def operator(cls, login: str, claims: str = "") -> Actor:
        return cls(name=f"operator:{login}", is_person=False, claims=claims)

    @property
    def signature(self) -> str:
        """What stands beside a change: the name, and in brackets the one that was only claimed."""
        return f"{self.name} ({self.claims})" if self.claims else self.name
