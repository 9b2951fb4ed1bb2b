"""What a token looks like and what it may do."""

from __future__ import annotations

import re

import pytest

from core.domain.api_token import ALLOWED, ApiScope, is_whole, new_secret
from core.domain.people import Permission


def test_a_token_is_known_by_its_look():
    """Scanners find it by prefix and length; the checksum tells a real one from one that was cut off or mistyped."""
    secret = new_secret(bytes(range(32)))
    assert re.fullmatch(r"hy_[0-9a-f]{72}", secret) and is_whole(secret)
    assert new_secret(b"x" * 32) != secret


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s + "0", lambda s: s.replace("hy_00", "hy_01")])
def test_what_is_no_token_is_told_apart(change):
    """Without asking the database."""
    assert not is_whole(change(new_secret(bytes(32))))
    assert not is_whole("") and not is_whole("hy_") and not is_whole("密" * 75)


def test_no_token_reveals_contact_data_or_configures():
    """Each scope allows what it says and nothing beside it."""
    assert set(ALLOWED) == set(ApiScope)
    assert frozenset().union(*ALLOWED.values()) == {
        Permission.SEE_TICKETS, Permission.WORK_TICKETS, Permission.BRING_MESSAGES,
    }  # fmt: skip
