"""Shows on stderr how far a long command is: a bar for a person, a line each tenth for a log."""

from __future__ import annotations

import sys
import time

_WIDTH = 30


class Progress:
    """Told (done, of); says the rest of the time from the speed so far."""

    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._said = -1
        self._tty = sys.stderr.isatty()

    def __call__(self, done: int, of: int) -> None:
        percent = 100 * done // of if of else 100
        step = percent if self._tty else percent // 10
        if step == self._said:
            return
        self._said = step
        seconds = time.monotonic() - self._began
        speed = done / seconds if seconds > 0 else 0.0
        words = f"{self._what} {percent:3d} %  {done:,}/{of:,}  {speed:,.0f}/s"
        if self._tty:
            bar = "█" * (_WIDTH * percent // 100)
            sys.stderr.write(f"\r{bar:░<{_WIDTH}} {words} " + ("\n" if done >= of else ""))
        else:
            sys.stderr.write(words + "\n")
        sys.stderr.flush()
