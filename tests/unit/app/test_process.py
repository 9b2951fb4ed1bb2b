"""Who is taken for dead: by its process on this host, by its silence elsewhere, whatever clocks say."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.people import Worker
from huiying.app.process import SILENT_S, SURE_S, Watch, is_dead, start_time
from tests.unit.store.values import NOW

OTHER = Worker(id=1, node=1, host="elsewhere", pid=4, started=1.0, seen=NOW)


class Seconds:
    """A monotonic clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_on_this_host_the_process_itself_is_asked() -> None:
    """At once, and a pid that went to another process is not taken for the old one."""
    started = start_time(os.getpid())
    assert started is not None
    me = replace(OTHER, host="here", pid=os.getpid(), started=started)
    for dead in (is_dead, Watch().is_dead):
        assert not dead(me, "here")
        assert dead(replace(me, started=started - 1), "here")


def test_who_gives_no_beat_for_half_a_minute_is_dead() -> None:
    """By our own watch, though the database's clock stands still."""
    clock = Seconds()
    watch = Watch(clock)
    assert not watch.is_dead(OTHER, "here")
    clock.now += SILENT_S
    assert not watch.is_dead(OTHER, "here")
    clock.now += 1
    assert watch.is_dead(OTHER, "here")


@pytest.mark.parametrize("jump", [3600.0, 86400.0])
def test_a_clock_that_jumps_makes_nobody_dead(jump: float) -> None:
    """A living one seems silent for an hour until its next beat, five seconds later."""
    clock = Seconds()
    watch = Watch(clock)
    watch.is_dead(OTHER, "here")
    clock.now += 5
    assert not watch.is_dead(replace(OTHER, seconds_silent=jump), "here")
    clock.now += 5
    beaten = replace(OTHER, seen=NOW + timedelta(seconds=jump), seconds_silent=0.1)
    assert not watch.is_dead(beaten, "here")
    clock.now += SURE_S + 1
    assert not watch.is_dead(beaten, "here")


def test_a_clock_that_jumps_back_keeps_nobody_alive() -> None:
    """The last beat of a dead one lies an hour ahead: it is taken over after two beats of ours, not after an hour."""
    clock = Seconds()
    watch = Watch(clock)
    ahead = replace(OTHER, seconds_silent=3600.0)
    assert not watch.is_dead(ahead, "here")
    clock.now += SURE_S
    assert not watch.is_dead(ahead, "here")
    clock.now += 1
    assert watch.is_dead(ahead, "here")


def test_whoever_was_silent_before_we_began_is_soon_found() -> None:
    """After a crash of the whole house the first machine that comes back takes over within two beats."""
    clock = Seconds()
    watch = Watch(clock)
    silent = replace(OTHER, seconds_silent=SILENT_S + 1)
    assert not watch.is_dead(silent, "here")
    clock.now += SURE_S + 1
    assert watch.is_dead(silent, "here")
