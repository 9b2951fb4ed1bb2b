"""One-time codes: what an authenticator shows (RFC 6238), and the recovery codes for whoever lost it."""

from __future__ import annotations

import hmac
import re
import unicodedata
from base64 import b32encode
from datetime import datetime

from pyotp import TOTP

from core.domain.second_factor import RECOVERY_CODES, RECOVERY_OCTETS

ISSUER = "Huiying"
_DRIFT = 1
"""Steps of 30 seconds that a telephone's clock may be early or late."""
_SHOWN = re.compile(r"[0-9]{6}")
_LOOKS_LIKE = str.maketrans("018", "OIB")
"""Digits that Base32 has not, and the letters that they are taken for (RFC 4648, section 6)."""


def new_secret(random: bytes) -> str:
    return b32encode(random).decode()


def address_of(secret: str, name: str) -> str:
    """The ``otpauth://`` address that an authenticator scans."""
    return TOTP(secret).provisioning_uri(name=name, issuer_name=ISSUER)


def step_of(secret: str, code: str, now: datetime) -> int:
    """The step whose code that is, 0 for none: this one, or one of its neighbours. All of them are compared."""
    if not _SHOWN.fullmatch(code):
        return 0
    totp = TOTP(secret)
    here = totp.timecode(now)
    steps = range(here - _DRIFT, here + _DRIFT + 1)
    return max((step for step in steps if hmac.compare_digest(totp.generate_otp(step), code)), default=0)


def typed(code: str) -> str:
    """A code as it was meant: without spaces and hyphens, full-width characters made plain."""
    plain = unicodedata.normalize("NFKC", code[:64])
    return "".join(sign for sign in plain if sign.isalnum())


def new_recovery_codes(random: bytes) -> tuple[str, ...]:
    """Sixty bits each, in groups of four."""
    parts = (random[place * RECOVERY_OCTETS :][:RECOVERY_OCTETS] for place in range(RECOVERY_CODES))
    return tuple(in_fours(b32encode(part).decode()[:12], "-") for part in parts)


def recovery_code(code: str) -> str:
    """As it is stored, from what somebody typed."""
    return typed(code).upper().translate(_LOOKS_LIKE)


def in_fours(text: str, between: str = " ") -> str:
    return between.join(text[place : place + 4] for place in range(0, len(text), 4))
