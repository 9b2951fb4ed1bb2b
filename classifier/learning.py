"""Decides when a desk's own model is fitted anew, on what, and whether the result may serve (LEARNING)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from classifier.blend import BlendedModel
from classifier.features import Words
from classifier.gate import Answers, GateVerdict, judge
from classifier.model import ModelArrays
from classifier.rows import LabelledText
from classifier.serving import ArrayModel
from core.domain.errors import BadInput

STEPS = (10, 20, 30, 50, 75, 100)
EVERY = 50
NIGHT_S = 20 * 3600.0
FRESH_DAYS = 90
OLD_WEIGHT = 0.5
"""What labels older than ``FRESH_DAYS`` are worth."""

Train = Callable[[Sequence[LabelledText], Sequence[str]], ModelArrays]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lesson:
    """What one fit is given: rows in the order in which agents labelled them, how many of the last the gate may look
    at (the serving model saw none of them), the stored arrays of that model (None: the seed serves), and the coarse
    values."""

    rows: tuple[LabelledText, ...]
    unseen: int
    serving: bytes | None
    targets: tuple[str, ...]
    coarse: Mapping[str, Mapping[str, str]]


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


def learn(lesson: Lesson, words: Words, seed: ArrayModel) -> ModelArrays:
    """Fits a challenger, judges one that lacks the newest labels on them, and writes the verdict on the card.

    Raises ``BadInput`` when nothing can be learnt: too few labels, or all of them equal.
    """
    from classifier.training import train_model

    def train(rows: Sequence[LabelledText], targets: Sequence[str]) -> ModelArrays:
        return train_model(rows, targets, words, coarse=lesson.coarse, seed=seed)

    targets = learnable(lesson.rows, lesson.targets)
    if not targets:
        raise BadInput(f"{len(lesson.rows)} labels, and each target has one value only: two values are needed")
    verdict = _judged(lesson, words, seed, train)
    arrays = train(lesson.rows, targets)
    card: dict[str, Any] = {**arrays.card, "seed": seed.version, "gate": verdict.as_card()}
    return replace(arrays, card=card)


def _judged(lesson: Lesson, words: Words, seed: ArrayModel, train: Train) -> GateVerdict:
    """The newer half of what the serving model has not seen is the test; the challenger learns from the rest."""
    tested = min(max(1, -(-lesson.unseen // 2)), len(lesson.rows) - 1)
    older, test = lesson.rows[:-tested], lesson.rows[-tested:]
    champion: Answers = seed
    if lesson.serving is not None:
        champion = BlendedModel(ArrayModel.from_bytes(lesson.serving, words), seed)
    targets = learnable(older, lesson.targets)
    if not targets:
        return GateVerdict(passed=True, because=(), targets={})
    return judge(champion, BlendedModel(ArrayModel(train(older, targets), words), seed), test)
