"""Tests that run side by side tell less on the way, and nothing less at the end."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = """
from tests.short_reports import ShortReports

def pytest_configure(config):
    if hasattr(config, "workerinput"):
        config.pluginmanager.register(ShortReports())
"""
# One test of each outcome: that they fail, are skipped or expected to fail is what is looked at below.
TESTS = """
import pytest

@pytest.fixture
def broken():
    raise RuntimeError("cannot be set up")

@pytest.fixture
def untidy():
    yield
    raise RuntimeError("cannot be tidied up")

def test_passes(): pass
def test_fails(): print("what it said"); assert 1 == 2
def test_is_skipped(): pytest.skip("no reason")
@pytest.mark.skip(reason="never")
def test_is_never_run(): pass
@pytest.mark.xfail(strict=True)
def test_is_expected_to_fail(): assert not True
def test_has_no_fixture(broken): pass
def test_leaves_things(untidy): pass
"""


@pytest.mark.slow
def test_whatever_does_not_pass_is_told(tmp_path: Path) -> None:
    """Failures with what they printed, errors before and after, skips with their reason; all are counted."""
    (tmp_path / "conftest.py").write_text(CONFTEST)
    (tmp_path / "test_all.py").write_text(TESTS)
    checkout = Path(__file__).parents[2]
    command = [sys.executable, "-m", "pytest", "-n", "2", "-ra", "-p", "no:cacheprovider", "--rootdir", str(tmp_path)]
    done = subprocess.run(
        [*command, str(tmp_path)], cwd=checkout, env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(checkout)},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 1
    for told in ("what it said", "cannot be set up", "cannot be tidied up", "no reason", "never"):
        assert told in done.stdout
    assert "1 failed, 2 passed, 2 skipped, 1 xfailed, 2 errors" in done.stdout.splitlines()[-1]
