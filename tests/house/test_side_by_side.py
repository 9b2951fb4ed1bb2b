"""Tests that run side by side."""

from __future__ import annotations

import os
import re
import subprocess
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.slow
def test_the_tests_of_a_file_run_in_one_process() -> None:
    """What a file prepares is prepared once, and processes are handed files, not thousands of single tests."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        [ROOT / "run", "test", "tests/unit/domain", "-v"], env=plain, capture_output=True, text=True, check=True
    )
    processes = defaultdict(set)
    for process, file in re.findall(r"^\[(gw\d+)\].* PASSED (tests/[^:]+)::", done.stdout, re.MULTILINE):
        processes[file].add(process)
    assert len(processes) > 5
    assert {file for file, used in processes.items() if len(used) > 1} == set()
