"""Of each test that runs beside others only what is worth the way is told: its call, and whatever did not pass."""

from __future__ import annotations

import pytest
from _pytest.runner import runtestprotocol


class ShortReports:
    """For a worker of pytest-xdist. A passed set-up and tear-down, a beginning and an end tell the process that prints
    nothing that it needs, yet each is a message: four of five, a millisecond a test."""

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_protocol(self, item: pytest.Item, nextitem: pytest.Item | None) -> bool:
        for report in runtestprotocol(item, log=False, nextitem=nextitem):
            if report.when == "call" or not report.passed:
                item.ihook.pytest_runtest_logreport(report=report)
        return True
