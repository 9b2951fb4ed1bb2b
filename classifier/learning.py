"""Decides what one lesson makes of the model, and whether the result may serve (LEARNING)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from classifier.blend import BlendedModel
from classifier.features import Cutter
from classifier.gate import Answers, GateVerdict, InTodaysTerms, judge
from classifier.lesson import Lesson, learnable
from classifier.model import ModelArrays
from classifier.rows import LabelledText
from classifier.serving import ArrayModel
from core.domain.errors import BadInput

GATE_FOLDS_BELOW = 500
ENOUGH = 10
"""With so many labels a value needs the taxonomy's own examples no more."""

Train = Callable[[Sequence[LabelledText], Sequence[str]], ModelArrays]
"""Fits on the first of a lesson's rows."""


def learn(lesson: Lesson, words: Cutter, seed: ArrayModel) -> ModelArrays:
    """Fits a challenger, judges one that lacks the newest labels on them, and writes the verdict on the card.

    Raises ``BadInput`` when nothing can be learnt: too few labels, or all of them equal.
    """
    from classifier.reading import Aids, read_texts
    from classifier.seed.rows import aids
    from classifier.training import Recipe, train_model

    targets = learnable(lesson.rows, lesson.targets)
    if not targets:
        raise BadInput(f"{len(lesson.rows)} labels, and each target has one value only: two values are needed")
    lesson = replace(lesson, rows=(*unheard(lesson, seed), *lesson.rows))
    reading, ours = read_texts(lesson.rows, words, seed), Aids.of([_today(row, lesson) for row in aids()], words)

    def train(rows: Sequence[LabelledText], targets: Sequence[str]) -> ModelArrays:
        part, all_of_them = reading.first(len(rows)), len(rows) == len(lesson.rows)
        # Nobody sees the figures of the gate's challenger: its temperature may come from one part of its rows.
        recipe = Recipe() if all_of_them else Recipe(folds_below=GATE_FOLDS_BELOW)
        return train_model(
            rows,
            targets,
            words,
            coarse=lesson.coarse,
            recipe=recipe,
            seed=seed,
            reading=part,
            aids=ours,
            renamed=lesson.renamed,
        )

    verdict = _judged(lesson, words, seed, train)
    arrays = train(lesson.rows, targets)
    card: dict[str, Any] = {**arrays.card, "seed": seed.version, "gate": verdict.as_card()}
    return replace(arrays, card=card)


def unheard(lesson: Lesson, seed: ArrayModel) -> tuple[LabelledText, ...]:
    """The examples of values that the seed never heard of and that have too few labels to stand for themselves."""
    counts = Counter((target, value) for row in lesson.rows for target, value in row.labels.items())
    heard = InTodaysTerms(seed, lesson.renamed).classes

    def is_new(target: str, value: str) -> bool:
        return value not in heard.get(target, (value,)) and counts[target, value] < ENOUGH

    return tuple(row for row in lesson.examples if any(is_new(*label) for label in row.labels.items()))


def _judged(lesson: Lesson, words: Cutter, seed: ArrayModel, train: Train) -> GateVerdict:
    """The newer half of what the serving model has not seen is the test; the challenger learns from the rest."""
    tested = min(max(1, -(-lesson.unseen // 2)), len(lesson.rows) - 1)
    older, test = lesson.rows[:-tested], lesson.rows[-tested:]
    champion = InTodaysTerms(_champion(lesson, words, seed), lesson.renamed)
    targets = learnable(older, lesson.targets)
    if not targets:
        return GateVerdict(passed=True, because=(), targets={})
    return judge(champion, BlendedModel(ArrayModel(train(older, targets), words), seed), test)


def _champion(lesson: Lesson, words: Cutter, seed: ArrayModel) -> Answers:
    """What serves; the seed where its row cannot be read: a desk must not stop learning because of that."""
    if lesson.serving is None:
        return seed
    try:
        return BlendedModel(ArrayModel.from_bytes(lesson.serving, words), seed)
    except BadInput:
        return seed


def _today(row: LabelledText, lesson: Lesson) -> LabelledText:
    """The row under the keys that its values have today."""
    return replace(row, labels={t: lesson.renamed.get(t, {}).get(value, value) for t, value in row.labels.items()})
