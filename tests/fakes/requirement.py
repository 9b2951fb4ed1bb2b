"""Decides whether a test that lacks its server skips or fails."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def require_or_skip(reason: str) -> NoReturn:
    """Skips with that reason; fails instead where ``HUIYING_TEST_ALL=1`` says that nothing may be missing."""
    if os.environ.get("HUIYING_TEST_ALL") == "1":
        pytest.fail(f"HUIYING_TEST_ALL=1, but {reason}")
    pytest.skip(reason)
