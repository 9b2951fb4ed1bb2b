"""Tells one process from another: host, pid and start time, and whether it still lives (DESIGN 3, last paragraph)."""

from __future__ import annotations

import os
import shutil
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from core.domain.people import Worker

SILENT_S = 30.0
"""A worker on another host that was silent so long is taken over."""
SURE_S = 10.0
"""So long, two beats, it is watched itself: the database's clock may have been set."""


def host_name() -> str:
    """This host, boot and process namespace: a pid means the same to everybody with the same name."""
    parts = [socket.gethostname()]
    with suppress(OSError):
        parts.append(Path("/proc/sys/kernel/random/boot_id").read_text().strip()[:8])
    with suppress(OSError):
        parts.append(os.readlink("/proc/self/ns/pid").strip("pid:[]"))
    return "/".join(parts)


def start_time(pid: int) -> float | None:
    """A number that two processes with the same pid never share; None when there is no such process."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return None if Path("/proc/self").exists() else _without_proc(pid)
    except OSError:
        return None
    state, *fields = stat.rpartition(")")[2].split()
    return None if state in "ZX" else float(fields[18])


def is_dead(other: Worker, host: str) -> bool:
    """Whether a worker's claims may be taken over: dead on this host, or silent for long on another."""
    if other.host == host:
        started = start_time(other.pid)
        return started is None or started != other.started
    return other.seconds_silent > SILENT_S


class Watch:
    """Who is silent, as this process sees it: a clock that jumps makes nobody dead and keeps nobody alive."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._last: dict[int, tuple[datetime | None, float]] = {}

    def is_dead(self, other: Worker, host: str) -> bool:
        """As ``is_dead``, once the other gave no beat for two of ours."""
        if other.host == host:
            return is_dead(other, host)
        now = self._clock()
        seen, since = self._last.get(other.id, (None, now))
        if seen != other.seen:
            self._last[other.id] = (other.seen, now)
            return False
        return now - since > SILENT_S or (now - since > SURE_S and is_dead(other, host))


def _without_proc(pid: int) -> float | None:
    """On systems without /proc only the pid can be asked for."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return None
    except PermissionError:
        return 0.0
    return 0.0


def free_disk(folder: Path) -> int | None:
    """Bytes that are free on the disk of that folder, None when the system does not say."""
    try:
        return shutil.disk_usage(folder).free
    except OSError:
        return None
