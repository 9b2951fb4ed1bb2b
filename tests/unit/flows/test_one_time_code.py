"""Codes of an authenticator and recovery codes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from huiying.flows.one_time_code import address_of, new_recovery_codes, new_secret, recovery_code, step_of, typed

SECRET = new_secret(b"12345678901234567890")
"""That of RFC 6238, appendix B."""


@pytest.mark.parametrize(
    ("seconds", "code"),
    [
        (59, "287082"),
        (1111111109, "081804"),
        (1111111111, "050471"),
        (1234567890, "005924"),
        (2000000000, "279037"),
        (20000000000, "353130"),
    ],
)
def test_codes_are_those_of_the_standard(seconds: int, code: str):
    """The vectors of RFC 6238, their last six digits; a step early and a step late they are right, two are too many."""
    at = datetime.fromtimestamp(seconds, UTC)
    assert step_of(SECRET, code, at) == seconds // 30
    for drift, expected in ((-60, 0), (-30, seconds // 30), (30, seconds // 30), (60, 0)):
        if seconds + drift >= 30:
            assert step_of(SECRET, code, at + timedelta(seconds=drift)) == expected


@pytest.mark.parametrize("code", ["", "28708", "2870820", "287083", "２８７０８２", "+28708", "abcdef", "287082\n"])
def test_anything_else_is_no_code(code: str):
    """Neither what is near nor what Python would take for a number."""
    assert step_of(SECRET, code, datetime.fromtimestamp(59, UTC)) == 0


def test_what_was_typed_is_understood():
    """With spaces, in full-width digits of an input method, with hyphens."""
    assert typed(" 287 082\u3000") == typed("２８７　０８２") == typed("287-082") == "287082"
    assert recovery_code("baeq ucym–buha") == recovery_code("8AEQ-UCYM-BUHA") == "BAEQUCYMBUHA"
    assert recovery_code("a1l0") == "AILO"


def test_an_authenticator_is_told_who_it_is_for():
    """The key URI that authenticators know; a Chinese name, too."""
    address = address_of(SECRET, "李敏")
    assert address == f"otpauth://totp/Huiying:%E6%9D%8E%E6%95%8F?secret={SECRET}&issuer=Huiying"


def test_recovery_codes_are_ten_and_differ():
    """In groups of four, of letters and digits that nobody mistakes."""
    codes = new_recovery_codes(bytes(range(80)))
    assert len(set(codes)) == 10 and codes[1] == "BAEQ-UCYM-BUHA"
    assert all(len(recovery_code(code)) == 12 for code in codes)
