"""Whether somebody has said when the desk is on duty: asked at the first run, answered in ``sla/policy.yaml``."""

from __future__ import annotations

import re
from collections.abc import Mapping

FILE = "sla/policy.yaml"
COVERAGES: Mapping[str, str] = {"office": "standard", "always": "rapid-7x24"}
"""Office hours, or day and night: the policy that each means."""
OPEN = "# 首次运行请选择值班方式 · coverage: choose at the first run\n"
"""The line of the shipped file that says that nobody has chosen."""
_POLICY = re.compile(r"^policy:.*$", re.MULTILINE)


def is_open(files: Mapping[str, str]) -> bool:
    """Whether the question waits; a desk that wrote its own file, or began before there was one, is not asked."""
    return OPEN in files.get(FILE, "")


def with_coverage(content: str, coverage: str) -> str:
    """The file with that answer; every other line and comment stays. Raises ``KeyError`` for another word."""
    line = f"policy: {COVERAGES[coverage]}"
    answered = content.replace(OPEN, "")
    if _POLICY.search(answered):
        return _POLICY.sub(line, answered, count=1)
    return f"{line}\n{answered}"
