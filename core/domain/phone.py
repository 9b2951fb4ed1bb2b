"""Which written telephone numbers are the same number."""

from __future__ import annotations

import re
import unicodedata

_EXTENSION = re.compile(r"(?:ext|x|转|轉)\.? ?([0-9]{1,6})$", re.IGNORECASE)
_HOME = ("0086", "86")
_MOBILE = re.compile(r"1[3-9][0-9]{9}")
_FEWEST = 5


def phone_key(phone: str) -> str:
    """``tel:`` and the digits, as people in China dial them: +86 138 1234 5678, 0086-138… and 138… are one number, and
    so are 010… and +86 10…; an extension tells people of one company apart. Empty for what is no number."""
    plain = unicodedata.normalize("NFKC", phone).strip()
    found = _EXTENSION.search(plain)
    digits = "".join(char for char in (plain[: found.start()] if found else plain) if char in "0123456789")
    abroad = plain.startswith("+") or digits.startswith("00")
    for code in _HOME:
        if digits.startswith(code) and (abroad or _MOBILE.fullmatch(digits[len(code) :])):
            digits, abroad = digits[len(code) :], False
            break
    national = digits.lstrip("0")
    if len(national) < _FEWEST:
        return ""
    return f"tel:{'+' if abroad else ''}{national}" + (f"x{found[1]}" if found else "")
