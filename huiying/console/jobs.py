"""Runs what takes longer than a page may: a backtest, a search for rules; pages ask how far it is."""

from __future__ import annotations

import logging
import threading
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from core.domain.errors import Conflict, HuiyingError

KEPT = 8
MOST_AT_ONCE = 2
_log = logging.getLogger("huiying.console")


class JobsBusy(Conflict):
    """Two long tasks are running already; wait until one has ended."""

    code = "jobs-busy"


@dataclass(slots=True, kw_only=True)
class Job:
    """``result`` is there when it is finished, ``error`` (a code) when it failed."""

    id: int
    kind: str
    done: int = 0
    of: int = 0
    result: Any = None
    error: str = ""
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def percent(self) -> int:
        return 100 * self.done // self.of if self.of else 0

    def tell(self, done: int, of: int) -> None:
        """Progress, as flows tell it."""
        self.done, self.of = done, of


class Jobs:
    """The console's jobs, the last few of them; they end with the process."""

    def __init__(self) -> None:
        self._jobs: OrderedDict[int, Job] = OrderedDict()
        self._lock = threading.Lock()
        self._last = 0

    def start(self, kind: str, work: Callable[[Job], Any]) -> Job:
        """Begins a job in a thread. Raises ``JobsBusy`` when enough are running."""
        with self._lock:
            if sum(not job.ended.is_set() for job in self._jobs.values()) >= MOST_AT_ONCE:
                raise JobsBusy
            self._last += 1
            job = self._jobs[self._last] = Job(id=self._last, kind=kind)
            for old in [one.id for one in self._jobs.values() if one.ended.is_set()][: max(0, len(self._jobs) - KEPT)]:
                del self._jobs[old]
        threading.Thread(target=_run, args=(job, work), name=f"job-{kind}", daemon=True).start()
        return job

    def find(self, job_id: int) -> Job | None:
        with self._lock:
            return self._jobs.get(job_id)

    def latest(self, kind: str) -> Job | None:
        """The last finished job of a kind."""
        with self._lock:
            done = [job for job in self._jobs.values() if job.kind == kind and job.ended.is_set() and not job.error]
        return done[-1] if done else None


def _run(job: Job, work: Callable[[Job], Any]) -> None:
    try:
        job.result = work(job)
    except HuiyingError as error:
        job.error = error.code
    except Exception as error:  # noqa: BLE001  a bug of ours is told on the page and logged
        job.error = "error"
        _log.error("A job failed.", extra={"action": "console.job", "kind": job.kind}, exc_info=error)
    finally:
        job.ended.set()
