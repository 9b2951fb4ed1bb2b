"""The fitting process: one lesson as JSON on stdin, the model's arrays or the reason for none on stdout.

Started by ``classifier.workers`` through exec, with an environment that holds no secret; it writes no file and ends
with its parent.
"""

from __future__ import annotations

import base64
import ctypes
import json
import os
import resource
import signal
import sys
from collections.abc import Mapping
from typing import Any

from classifier.learning import Lesson, learn
from classifier.model import to_bytes
from classifier.rows import LabelledText
from classifier.seed import load_seed
from core.domain.errors import BadInput
from core.domain.suggestion import MessageText
from core.text.segment import Segmenter

MODEL, NOTHING = b"M", b"N"
_PR_SET_PDEATHSIG = 1
_NICE = 10
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
        answer = MODEL + to_bytes(learn(lesson_of(data), segmenter.words, load_seed(segmenter.words)))
    except BadInput as error:
        answer = NOTHING + error.message.encode()
    out.write(answer)
    out.close()


def lesson_bytes(lesson: Lesson) -> bytes:
    """The lesson as it goes through the pipe."""
    serving = base64.b64encode(lesson.serving).decode() if lesson.serving is not None else None
    rows = [[*_message(row.message), dict(row.labels), row.weight, row.writer, row.key] for row in lesson.rows]
    coarse = {target: dict(values) for target, values in lesson.coarse.items()}
    told = {"unseen": lesson.unseen, "serving": serving, "targets": lesson.targets, "coarse": coarse, "rows": rows}
    return json.dumps(told).encode()


def lesson_of(data: bytes) -> Lesson:
    told: Mapping[str, Any] = json.loads(data)
    return Lesson(
        rows=tuple(_row(*row) for row in told["rows"]),
        unseen=told["unseen"],
        serving=base64.b64decode(told["serving"]) if told["serving"] is not None else None,
        targets=tuple(told["targets"]),
        coarse=told["coarse"],
    )


def _message(message: MessageText) -> tuple[object, ...]:
    return message.subject, message.body, message.language, message.hits


def _row(
    subject: str, body: str, language: str, hits: list[str], labels: dict[str, str], weight: float, *names: str
) -> LabelledText:
    writer, key = names
    message = MessageText(subject=subject, body=body, language=language, hits=tuple(hits))
    return LabelledText(message=message, labels=labels, weight=weight, writer=writer, key=key)


def _limit() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() == 1:
            sys.exit(0)
    os.nice(_NICE)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))


if __name__ == "__main__":
    main()
