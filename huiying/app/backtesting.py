"""Runs a backtest on every core: children of this process try chunks of stored mail and send back what they found."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from core.domain.bundle import BundleFiles
from core.domain.errors import HuiyingError, Unavailable
from huiying.app.bootstrap import App, open_app
from huiying.app.home import Home
from huiying.flows.backtest import Backtest, OnProgress, backtest, chunks_of, count_mails, try_chunk
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk

WORTH_A_CHILD = 2_000
"""So many mails for each child; a child takes a second to start."""


def run_backtest(
    app: App,
    other: Desk,
    since: datetime,
    until: datetime,
    on_progress: OnProgress,
    *,
    worth_a_child: int = WORTH_A_CHILD,
) -> Backtest:
    """The active desk beside another over stored mail; in this process when it is little work."""
    live = app.desks.active()
    mails = count_mails(app.store, since, until)
    children = min(os.cpu_count() or 1, mails // worth_a_child)
    if children < 2:
        return backtest(app.store, live, other, since, until, on_progress=on_progress)
    job = {
        "home": str(app.home.path),
        "live": dict(live.files.files),
        "other": dict(other.files.files),
        "until": until.isoformat(),
    }
    return _Spread(job, chunks_of(app.store, since, until), mails, on_progress).run(children)


class _Spread:
    """Hands chunks to children, one at a time each, until none is left."""

    def __init__(
        self, job: Mapping[str, object], chunks: Iterator[Sequence[int]], total: int, on_progress: OnProgress
    ) -> None:
        self._job = json.dumps(job)
        self._total = total
        self._chunks = chunks
        self._done = Backtest()
        self._lock = threading.Lock()
        self._on_progress = on_progress
        self._failures: list[str] = []

    def run(self, children: int) -> Backtest:
        threads = [threading.Thread(target=self._serve, daemon=True) for _ in range(children)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if self._failures:
            raise Unavailable(f"历史试跑中断 (the backtest broke off): {self._failures[0]}")
        return self._done

    def _serve(self) -> None:
        """Feeds one child."""
        command = [sys.executable, "-m", "huiying.app.backtesting"]
        child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, encoding="utf-8")
        assert child.stdin is not None and child.stdout is not None
        try:
            child.stdin.write(self._job + "\n")
            while not self._failures:
                with self._lock:
                    chunk = next(self._chunks, None)
                if chunk is None:
                    return
                child.stdin.write(json.dumps(list(chunk)) + "\n")
                child.stdin.flush()
                self._take(child.stdout.readline())
        except (OSError, ValueError, HuiyingError) as error:
            self._failures.append(str(error))
            child.kill()
        finally:
            # A child that died has closed the pipe already.
            with suppress(OSError):
                child.stdin.close()
            child.stdout.close()
            child.wait()

    def _take(self, line: str) -> None:
        if not line:
            raise OSError("a child ended before it answered")
        part = Backtest.from_plain(json.loads(line))
        with self._lock:
            self._done.add(part)
            self._on_progress(self._done.mails, max(self._total, self._done.mails))


def serve_chunks() -> None:
    """A child's whole life: the job on the first line, then a chunk a line; an answer a line."""
    job = json.loads(sys.stdin.readline())
    until = datetime.fromisoformat(job["until"])
    desks = [compile_desk(BundleFiles(files=job[name]))[0] for name in ("live", "other")]
    live, other = desks
    if live is None or other is None:
        raise SystemExit("the configuration cannot be compiled")
    app = open_app(Home(Path(job["home"])), os.environ, works=False)
    try:
        for line in sys.stdin:
            part = try_chunk(app.store, live, other, json.loads(line), until)
            sys.stdout.write(json.dumps(part.to_plain(), ensure_ascii=False) + "\n")
            sys.stdout.flush()
    finally:
        app.close()


if __name__ == "__main__":
    sys.stdin.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # a child's standard streams are files
    sys.stdout.reconfigure(encoding="utf-8")  # type: ignore[union-attr]  # likewise
    serve_chunks()
