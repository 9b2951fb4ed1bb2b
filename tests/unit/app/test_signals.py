"""Signals are heard whatever the main thread is doing."""

from __future__ import annotations

import os
import signal

import pytest

from huiying.app.signals import ENDING, Signals


@pytest.fixture(autouse=True)
def _as_before():
    before = {number: signal.getsignal(number) for number in ENDING}
    yield
    for number, handler in before.items():
        signal.signal(number, handler)


@pytest.mark.slow
@pytest.mark.parametrize("number", ENDING)
def test_a_signal_is_heard_however_often_it_comes(number):
    """Also more often than the pipe takes, and none that did not come."""
    with Signals() as signals:
        assert not signals.wait(0.01)
        for _ in range(100_000):
            signal.raise_signal(number)
        assert signals.wait(0.0)


@pytest.mark.parametrize("number", ENDING)
def test_afterwards_they_disturb_nothing(number):
    """Neither the ending nor whatever comes after it, and nobody writes into a pipe that is closed."""
    with Signals():
        pass
    os.kill(os.getpid(), number)
    assert signal.getsignal(number) is signal.SIG_IGN  # which Python leaves as it is when it ends
    assert signal.set_wakeup_fd(-1) == -1
