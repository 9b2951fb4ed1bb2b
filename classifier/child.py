"""The fitting process: one lesson as JSON on stdin, the model's arrays or the reason for none on stdout.

Started by ``classifier.workers`` through exec, with an environment that holds no secret; it writes no file and ends
with its parent.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import sys
from contextlib import suppress

from classifier.learning import learn
from classifier.lesson import MODEL, NOTHING, lesson_of
from classifier.model import to_bytes
from classifier.seed import load_seed
from core.domain.errors import BadInput
from core.text.segment import Segmenter

_PR_SET_PDEATHSIG = 1
_NICE = 5
_MEMORY = 4 << 30
_CPU_SECONDS = 900


def main() -> None:
    _limit()
    out = os.fdopen(os.dup(1), "wb")
    # What a library prints must not get into the answer.
    os.dup2(2, 1)
    data = sys.stdin.buffer.read()
    try:
        segmenter = Segmenter()
        lesson = lesson_of(data)
        answer = MODEL + to_bytes(learn(lesson, segmenter.with_words(lesson.words), load_seed(segmenter)))
    except BadInput as error:
        answer = NOTHING + error.message.encode()
    out.write(answer)
    out.close()


def _limit() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            sys.exit(0)
    _give_way()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))


def _give_way() -> None:
    """As work that can wait: what wakes up, as a mail does, comes first. Where programs want all cores a fit still gets
    its part of them; with less, seconds of work took a minute and a half, and nobody was served the sooner."""
    if sys.platform == "linux":
        # Where a container forbids it, the fit is one program among others.
        with suppress(PermissionError):
            os.sched_setscheduler(0, os.SCHED_BATCH, os.sched_param(0))
    else:
        os.nice(_NICE)


if __name__ == "__main__":
    main()
