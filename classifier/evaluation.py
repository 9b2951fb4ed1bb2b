"""Decides how good a model is on labelled texts."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import numpy as np

from classifier.calibration import calibration_error, calibration_noise
from classifier.rows import LabelledText
from classifier.serving import ArrayModel

_TIMED = 500


def evaluate_model(model: ArrayModel, rows: Sequence[LabelledText], targets: Sequence[str]) -> dict[str, Any]:
    """One object by target, as the command line's contract has it (DESIGN 4); the model's own word is scored.

    ``messages_per_second`` is measured by asking one message at a time.
    """
    suggestions = model.suggest([row.message for row in rows])
    speed = _speed(model, rows)
    answers = [model.probabilities(row.message) for row in rows]
    result: dict[str, Any] = {}
    for entry in model.arrays.targets:
        if entry.name not in targets:
            continue
        where = [i for i, row in enumerate(rows) if entry.name in row.labels]
        right = [rows[i].labels[entry.name] for i in where]
        tops = [answers[i][entry.name] for i in where]
        said = [entry.classes[int(top.argmax())] for top in tops]
        fields = [suggestions[i].fields.get(entry.name) for i in where]
        accepted = np.array([field is not None and field.accepted for field in fields], dtype=bool)
        result[entry.name] = _figures(right, said, np.array([top.max() for top in tops]), accepted)
        result[entry.name]["messages_per_second"] = speed
    return result


def _figures(
    right: Sequence[str], said: Sequence[str], confidence: np.ndarray[Any, Any], accepted: np.ndarray[Any, Any]
) -> dict[str, Any]:
    correct = np.array([a == b for a, b in zip(right, said, strict=True)], dtype=bool)
    per_class = {value: _class_figures(value, right, said) for value in sorted({*right, *said})}
    count = len(right)
    return {
        "n": count,
        "accuracy": _rounded(correct.mean()) if count else None,
        "macro_f1": _rounded(np.mean([figures["f1"] for figures in per_class.values()])) if count else None,
        "ece": _rounded(calibration_error(confidence, correct)),
        "ece_noise": _rounded(calibration_noise(confidence)),
        "coverage_at_95": _rounded(accepted.mean()) if count else 0.0,
        "accepted_accuracy": _rounded(correct[accepted].mean()) if accepted.any() else None,
        "per_class": per_class,
    }


def _class_figures(value: str, right: Sequence[str], said: Sequence[str]) -> dict[str, Any]:
    both = sum(a == b == value for a, b in zip(right, said, strict=True))
    precision = both / said.count(value) if value in said else 0.0
    recall = both / right.count(value) if value in right else 0.0
    f1 = 2 * precision * recall / (precision + recall) if both else 0.0
    return {
        "n": right.count(value),
        "precision": _rounded(precision),
        "recall": _rounded(recall),
        "f1": _rounded(f1),
    }


def _speed(model: ArrayModel, rows: Sequence[LabelledText]) -> float:
    """Messages a second of one core's time: what else the machine does must not count."""
    sample = [row.message for row in rows[:_TIMED]]
    begun = time.process_time()
    for message in sample:
        model.suggest((message,))
    spent = time.process_time() - begun
    return round(len(sample) / spent, 1) if sample else 0.0


def _rounded(value: float | np.floating[Any]) -> float:
    return round(float(value), 4)
