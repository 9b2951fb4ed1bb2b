"""Decides how good a desk's model is along the way: labelled rows replayed as if agents corrected them one by one."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

from classifier.blend import BlendedModel
from classifier.features import Cutter
from classifier.gate import Answers
from classifier.lesson import learnable, next_fit
from classifier.model import ModelArrays
from classifier.reading import Aids, read_texts
from classifier.rows import LabelledText
from classifier.seed.rows import aids
from classifier.serving import ArrayModel
from classifier.training import Progress, train_model

WINDOW = 100


@dataclass(slots=True)
class _Tally:
    """Right answers by target and speaker in one window."""

    targets: Sequence[str]
    rows: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    right: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))

    def count(self, row: LabelledText, speakers: dict[str, Answers | None]) -> None:
        labels = {target: row.labels[target] for target in self.targets if target in row.labels}
        for target in labels:
            self.rows[target] += 1
        for name, model in speakers.items():
            if model is None:
                continue
            answers = model.probabilities(row.message)
            for target, label in labels.items():
                if target in answers and model.classes[target][int(answers[target].argmax())] == label:
                    self.right[target, name] += 1

    def lines(self, first: int, last: int, fits: int) -> Iterator[dict[str, Any]]:
        for target, count in self.rows.items():
            shares = {name: round(self.right[target, name] / count, 4) for name in ("seed", "own", "blend")}
            yield {"target": target, "from": first, "to": last, "n": count, **shares, "fits": fits}


def replay(
    rows: Sequence[LabelledText],
    targets: Sequence[str],
    words: Cutter,
    seed: ArrayModel,
    progress: Progress = lambda line: None,
) -> Iterator[dict[str, Any] | ModelArrays]:
    """One object a target and hundred rows: how often seed, own model and blend were right *before* each row was
    learnt. The last item is the model fitted on all rows. Refits come as in the service."""
    own: ArrayModel | None = None
    tally, first, fits, due = _Tally(targets), 0, 0, next_fit(0)
    progress(f"reading {len(rows)} texts")
    reading, ours = read_texts(rows, words, seed), Aids.of(aids(), words)
    for place, row in enumerate(rows):
        if place == due:
            found = learnable(rows[:place], targets)
            progress(f"{place} rows: {'fitting' if found else 'nothing to learn yet'}")
            if found:
                part = reading.first(place)
                own = ArrayModel(train_model(rows[:place], found, words, seed=seed, reading=part, aids=ours), words)
            fits, due = fits + 1, next_fit(place)
        blend: Answers = BlendedModel(own, seed) if own else seed
        tally.count(row, {"seed": seed, "own": own, "blend": blend})
        if place + 1 - first == WINDOW or place + 1 == len(rows):
            yield from tally.lines(first, place + 1, fits)
            tally, first = _Tally(targets), place + 1
    some = learnable(rows, targets) or targets
    yield train_model(rows, some, words, seed=seed, reading=reading, aids=ours, progress=progress)
