"""Runs a fit in a process of its own, so that no mail waits for it and nothing it does harms the service."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from classifier.lesson import MODEL, NOTHING, Lesson, lesson_bytes
from core.domain.errors import BadInput, Unavailable

LONGEST_S = 1200.0
_HANDED_ON = ("PATH", "SYSTEMROOT", "TZ", "LD_LIBRARY_PATH")
# The solver's vectors are short for many threads; the cores belong to the mails.
_ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
COMMAND = (sys.executable, "-m", "classifier.child")


def fit_apart(lesson: Lesson, command: Sequence[str] = COMMAND, seconds: float = LONGEST_S) -> bytes:
    """A ``Fit`` in a child process with limits on memory and time."""
    environment = {name: os.environ[name] for name in _HANDED_ON if name in os.environ}
    path = os.pathsep.join(entry or os.getcwd() for entry in sys.path)
    try:
        done = subprocess.run(
            list(command),
            input=lesson_bytes(lesson),
            stdout=subprocess.PIPE,
            env={**environment, **_ONE_THREAD, "PYTHONPATH": path},
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Unavailable(f"the fit took longer than {seconds:g} s and was ended") from None
    except OSError as error:
        raise Unavailable(f"the fit could not be started: {error.strerror}") from error
    kind, answer = done.stdout[:1], done.stdout[1:]
    if done.returncode == 0 and kind == MODEL:
        return answer
    if done.returncode == 0 and kind == NOTHING:
        raise BadInput(answer.decode("utf-8", "replace"))
    raise Unavailable(f"the fit ended with code {done.returncode}")
