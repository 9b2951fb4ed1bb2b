"""Decides which programs of the machine the tests see, and whether a test that lacks its server skips or fails."""

from __future__ import annotations

import os
import shutil
from typing import NoReturn

import pytest

WITHOUT = frozenset(os.environ.get("HUIYING_TEST_WITHOUT", "").split(","))
"""Programs that are taken for not installed: what a machine without them would run."""


def find_program(name: str) -> str | None:
    """Where a program stands, also one for administrators."""
    if name in WITHOUT:
        return None
    return shutil.which(name) or shutil.which(name, path="/usr/sbin:/usr/bin")


def require_or_skip(reason: str) -> NoReturn:
    """Skips with that reason; fails instead where ``HUIYING_TEST_ALL=1`` says that nothing may be missing."""
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        pytest.fail(f"HUIYING_TEST_ALL=1, but {reason}")
    pytest.skip(reason)
