"""What OAuth hands out: tokens as they are kept, an endpoint's answers, a code that a person types (RFC 6749, 8628)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Granted:
    """A token endpoint's answer; lifetimes in seconds, 0 where it told none. ``refresh`` is '' where the old refresh
    token stays good."""

    access: str = field(repr=False)
    refresh: str = field(default="", repr=False)
    seconds: int = 3600
    refresh_seconds: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxToken:
    """The tokens of one mailbox. ``serial`` grows with each that is stored; ``trouble`` is the endpoint's last refusal,
    '' when all is well. ``refresh_until`` is the end of the refresh token, if the endpoint told it."""

    mailbox: str
    access: str = field(repr=False)
    refresh: str = field(repr=False)
    expires: datetime
    obtained: datetime
    refresh_until: datetime | None = None
    serial: int = 0
    trouble: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What a person types where: he opens ``uri``, enters ``user_code`` and signs in, within ``seconds``; meanwhile we
    ask every ``interval`` seconds. ``uri_complete`` holds the code already, '' if not told."""

    device_code: str = field(repr=False)
    user_code: str
    uri: str
    uri_complete: str = ""
    interval: int = 5
    seconds: int = 900
