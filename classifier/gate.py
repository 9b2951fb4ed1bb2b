"""Decides whether a new model may take the place of the one that serves: no worse beyond noise on what neither saw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import comb
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from classifier.blend import over_classes, union
from classifier.calibration import calibration_error, calibration_noise
from classifier.model import Floats
from classifier.rows import LabelledText
from core.domain.suggestion import MessageText
from core.domain.taxonomy import URGENCIES

WORSE = 0.05
"""A challenger that lost so improbably often to be only unlucky is worse."""
WORSE_ON_URGENT = 0.25
"""A missed 紧急 costs more, so less proof is asked for."""


class Answers(Protocol):
    """What the gate asks of a model."""

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]: ...

    def probabilities(self, message: MessageText) -> Mapping[str, Floats]: ...


class InTodaysTerms:
    """Answers under the keys that values have today, those of merged ones added up."""

    def __init__(self, model: Answers, renamed: Mapping[str, Mapping[str, str]]) -> None:
        self._model = model
        self._words = {
            target: tuple(renamed.get(target, {}).get(value, value) for value in values)
            for target, values in model.classes.items()
        }
        self.classes: Mapping[str, tuple[str, ...]] = {t: union(words, ()) for t, words in self._words.items()}

    def probabilities(self, message: MessageText) -> dict[str, Floats]:
        said = self._model.probabilities(message)
        return {t: over_classes(said[t], self._words[t], values) for t, values in self.classes.items()}


@dataclass(frozen=True, slots=True, kw_only=True)
class GateVerdict:
    """Whether the challenger may serve, with a code and the figures for each thing that was looked at."""

    passed: bool
    because: tuple[str, ...]
    targets: Mapping[str, Mapping[str, Any]]

    def as_card(self) -> dict[str, Any]:
        return {"passed": self.passed, "because": list(self.because), "targets": dict(self.targets)}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scores:
    correct: NDArray[np.bool_]
    sure: Floats


def judge(champion: Answers, challenger: Answers, rows: Sequence[LabelledText]) -> GateVerdict:
    """Compares both on ``rows``, which neither was fitted on.

    It fails by ``accuracy:TARGET``, ``calibration:TARGET`` or ``urgent`` (it misses 紧急 that the other found).
    """
    because: list[str] = []
    figures: dict[str, dict[str, Any]] = {}
    ours, theirs = _answers(challenger, rows), _answers(champion, rows)
    for target in sorted(set(challenger.classes) & set(champion.classes)):
        where = [i for i, row in enumerate(rows) if target in row.labels]
        if not where:
            continue
        right = [rows[i].labels[target] for i in where]
        new = _scores(challenger.classes[target], [ours[i][target] for i in where], right)
        old = _scores(champion.classes[target], [theirs[i][target] for i in where], right)
        failed, figures[target] = _compare(target, new, old, np.array([value == URGENCIES[0] for value in right]))
        because += failed
    return GateVerdict(passed=not because, because=tuple(because), targets=figures)


def sign_test(lost: int, won: int) -> float:
    """How probable so many losses, or more, are when either side is as likely to win a row that they disagree on."""
    total = lost + won
    return float(sum(comb(total, k) for k in range(lost, total + 1)) / 2**total)


def _compare(target: str, new: _Scores, old: _Scores, urgent: NDArray[np.bool_]) -> tuple[list[str], dict[str, Any]]:
    failed: list[str] = []
    lost, won = _disagreements(new, old, np.ones(len(urgent), dtype=bool))
    odds = sign_test(lost, won)
    if lost > won and odds < WORSE:
        failed.append(f"accuracy:{target}")
    new_error, old_error = (calibration_error(each.sure, each.correct) for each in (new, old))
    noise = calibration_noise(new.sure, draws=200)
    if new_error > max(noise, old_error):
        failed.append(f"calibration:{target}")
    if target == "urgency":
        missed, found = _disagreements(new, old, urgent)
        if missed > found and sign_test(missed, found) <= WORSE_ON_URGENT:
            failed.append("urgent")
    return failed, {
        "n": len(urgent),
        "accuracy": round(float(new.correct.mean()), 4),
        "before": round(float(old.correct.mean()), 4),
        "lost": lost,
        "won": won,
        "odds": round(odds, 4),
        "ece": round(new_error, 4),
        "ece_before": round(old_error, 4),
        "ece_noise": round(noise, 4),
    }


def _disagreements(new: _Scores, old: _Scores, which: NDArray[np.bool_]) -> tuple[int, int]:
    """Rows that only the old one had right, and rows that only the new one had right."""
    lost = int((which & old.correct & ~new.correct).sum())
    return lost, int((which & new.correct & ~old.correct).sum())


def _answers(model: Answers, rows: Sequence[LabelledText]) -> list[Mapping[str, Floats]]:
    return [model.probabilities(row.message) for row in rows]


def _scores(classes: Sequence[str], answers: Sequence[Floats], right: Sequence[str]) -> _Scores:
    said = [classes[int(answer.argmax())] for answer in answers]
    return _Scores(
        correct=np.array([a == b for a, b in zip(said, right, strict=True)], dtype=bool),
        sure=np.array([float(answer.max()) for answer in answers]),
    )
