"""Decides when a desk's own model is fitted anew and what a fit is given; imports nothing heavy."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifier.rows import LabelledText
from core.domain.suggestion import MessageText

MODEL, NOTHING = b"M", b"N"
"""How the answer of a fitting process begins: arrays follow, or the reason for none."""
STEPS = (10, 20, 30, 50, 75, 100)
EVERY = 50
NIGHT_S = 20 * 3600.0
FRESH_DAYS = 90
OLD_WEIGHT = 0.5
"""What labels older than ``FRESH_DAYS`` are worth."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one fit is given: rows in the order in which agents labelled them, how many of the last the gate may look
    at (the serving model saw none of them), the stored arrays of that model (None: the seed serves), the coarse
    values, the words of the desk that stay whole, rows made of the taxonomy's own words: what a value is called and
    how it is described, for those that nobody has labelled yet; and by target, which keys of before mean which of
    today: the rows have today's, the shipped model and the serving one may not."""

    rows: tuple[LabelledText, ...]
    unseen: int
    serving: bytes | None
    targets: tuple[str, ...]
    coarse: Mapping[str, Mapping[str, str]]
    words: tuple[str, ...] = ()
    examples: tuple[LabelledText, ...] = ()
    renamed: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


def is_due(labels: int, learnt: int, seconds: float) -> bool:
    """Whether ``labels`` labelled messages ask for a fit, when ``learnt`` were there at the last one, so long ago."""
    if labels < STEPS[0] or labels <= learnt:
        return False
    stepped = any(learnt < step <= labels for step in STEPS)
    return stepped or (labels > STEPS[-1] and labels // EVERY > learnt // EVERY) or seconds >= NIGHT_S


def next_fit(learnt: int) -> int:
    """With how many labels the next fit comes, when ``learnt`` were there at the last one."""
    return next((step for step in STEPS if step > learnt), (learnt // EVERY + 1) * EVERY)


def learnable(rows: Sequence[LabelledText], targets: Sequence[str]) -> tuple[str, ...]:
    """The targets for which agents gave two values or more."""
    return tuple(t for t in targets if len({row.labels[t] for row in rows if t in row.labels}) > 1)


Fit = Callable[[Lesson], bytes]
"""Fits and judges; the arrays with their card. Raises ``BadInput`` when nothing can be learnt, ``Unavailable`` when
it could not be tried."""


def lesson_bytes(lesson: Lesson) -> bytes:
    """The lesson as it goes through the pipe."""
    serving = base64.b64encode(lesson.serving).decode() if lesson.serving is not None else None
    rows, examples = _told(lesson.rows), _told(lesson.examples)
    coarse = {target: dict(values) for target, values in lesson.coarse.items()}
    renamed = {target: dict(keys) for target, keys in lesson.renamed.items()}
    told = {
        "unseen": lesson.unseen,
        "serving": serving,
        "targets": lesson.targets,
        "coarse": coarse,
        "renamed": renamed,
    }
    return json.dumps({**told, "words": lesson.words, "rows": rows, "examples": examples}).encode()


def lesson_of(data: bytes) -> Lesson:
    told: Mapping[str, Any] = json.loads(data)
    return Lesson(
        rows=tuple(_row(*row) for row in told["rows"]),
        unseen=told["unseen"],
        serving=base64.b64decode(told["serving"]) if told["serving"] is not None else None,
        targets=tuple(told["targets"]),
        coarse=told["coarse"],
        words=tuple(told["words"]),
        examples=tuple(_row(*row) for row in told["examples"]),
        renamed=told["renamed"],
    )


def _told(rows: Sequence[LabelledText]) -> list[list[object]]:
    return [[*_message(row.message), dict(row.labels), row.weight, row.writer, row.key] for row in rows]


def _message(message: MessageText) -> tuple[object, ...]:
    return message.subject, message.body, message.language, message.hits


def _row(
    subject: str, body: str, language: str, hits: list[str], labels: dict[str, str], weight: float, *names: str
) -> LabelledText:
    writer, key = names
    message = MessageText(subject=subject, body=body, language=language, hits=tuple(hits))
    return LabelledText(message=message, labels=labels, weight=weight, writer=writer, key=key)
