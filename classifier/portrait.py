"""Decides what a model's card tells of its answers on rows that it had not seen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.calibration import calibration_error, calibration_noise, wilson_interval
from classifier.model import Floats

BINS = 10
MOST_MISTAKES = 12
WORST, MOST_EXAMPLES = 3, 3
_STEPS = 20


def portrait(
    probabilities: Floats, right: NDArray[np.intp], classes: Sequence[str], keys: Sequence[str], known: Floats
) -> dict[str, Any]:
    """Accuracy with its interval, calibration, confusion, what could be accepted, and the surest mistakes.

    ``keys`` name the rows; a card holds no text of any. ``known`` is the share of each text that the model knows:
    acceptance is by probability times that.
    """
    count = len(right)
    if not count:
        return {"rows": 0, "accuracy": None}
    said, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    correct = said == right
    low, high = wilson_interval(int(correct.sum()), count)
    present = sorted({*right.tolist(), *said.tolist()})
    return {
        "rows": count,
        "accuracy": _rounded(correct.mean()),
        "interval": [_rounded(low), _rounded(high)],
        "macro_f1": _rounded(np.mean([_f1(right, said, value) for value in present])),
        "ece": _rounded(calibration_error(sure, correct)),
        "ece_noise": _rounded(calibration_noise(sure, draws=200)),
        "reliability": _reliability(sure, correct),
        "confusion": _confusion(right, said, classes),
        "acceptance": _acceptance(sure * known, correct),
        "per_class": {classes[value]: _class_figures(right, said, value) for value in present},
        "mistakes": _mistakes(probabilities, right, classes, keys),
        "worst": _worst(probabilities, right, classes, keys),
    }


def _reliability(sure: Floats, correct: NDArray[np.bool_]) -> list[list[float]]:
    """[mean confidence, accuracy, rows] of each bin of equal width that has rows."""
    bins = np.minimum((sure * BINS).astype(int), BINS - 1)
    return [
        [_rounded(sure[bins == i].mean()), _rounded(correct[bins == i].mean()), int((bins == i).sum())]
        for i in range(BINS)
        if (bins == i).any()
    ]


def _acceptance(sure: Floats, correct: NDArray[np.bool_]) -> list[list[float]]:
    """[threshold, share accepted, accuracy then], from nearly nothing to everything."""
    order = np.argsort(-sure, kind="stable")
    right = np.cumsum(correct[order])
    last = sorted({max(1, round(len(sure) * step / _STEPS)) for step in range(1, _STEPS + 1)})
    return [[_rounded(sure[order[n - 1]]), _rounded(n / len(sure)), _rounded(right[n - 1] / n)] for n in last]


def _confusion(right: NDArray[np.intp], said: NDArray[np.intp], classes: Sequence[str]) -> dict[str, dict[str, int]]:
    """How often each right value was called what; only pairs that happened."""
    table: dict[str, dict[str, int]] = {}
    for a, b in zip(right.tolist(), said.tolist(), strict=True):
        row = table.setdefault(classes[a], {})
        row[classes[b]] = row.get(classes[b], 0) + 1
    return {value: table[value] for value in classes if value in table}


def _class_figures(right: NDArray[np.intp], said: NDArray[np.intp], value: int) -> dict[str, float | int]:
    both = int(((right == value) & (said == value)).sum())
    rows, called = int((right == value).sum()), int((said == value).sum())
    return {
        "n": rows,
        "precision": _rounded(both / called) if called else 0.0,
        "recall": _rounded(both / rows) if rows else 0.0,
        "f1": _rounded(_f1(right, said, value)),
    }


def _f1(right: NDArray[np.intp], said: NDArray[np.intp], value: int) -> float:
    both = int(((right == value) & (said == value)).sum())
    return 2 * both / (int((right == value).sum()) + int((said == value).sum())) if both else 0.0


def _mistakes(
    probabilities: Floats, right: NDArray[np.intp], classes: Sequence[str], keys: Sequence[str]
) -> list[list[object]]:
    """[key, right value, said value, confidence] of the surest wrong answers about rows that have a key."""
    said, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    wrong = [i for i in np.argsort(-sure, kind="stable").tolist() if said[i] != right[i] and keys[i]]
    return [[keys[i], classes[right[i]], classes[said[i]], _rounded(sure[i])] for i in wrong[:MOST_MISTAKES]]


def _worst(
    probabilities: Floats, right: NDArray[np.intp], classes: Sequence[str], keys: Sequence[str]
) -> list[dict[str, Any]]:
    """The values with the least F1, each with its rows and [key, said value, confidence] of its surest mistakes."""
    said, sure = probabilities.argmax(axis=1), probabilities.max(axis=1)
    present = sorted(set(right.tolist()), key=lambda value: (_f1(right, said, value), value))
    order = np.argsort(-sure, kind="stable").tolist()
    found = []
    for value in present[:WORST]:
        wrong = [i for i in order if right[i] == value != said[i] and keys[i]][:MOST_EXAMPLES]
        examples = [[keys[i], classes[said[i]], _rounded(sure[i])] for i in wrong]
        found.append({"value": classes[value], **_class_figures(right, said, value), "examples": examples})
    return found


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
