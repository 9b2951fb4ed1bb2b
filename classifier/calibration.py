"""Decides how sure a probability really is, and from which probability on a suggestion needs no agent."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from classifier.model import Floats

WANTED_ACCURACY = 0.95
FEWEST_ACCEPTED = 50
_Z = 1.959963984540054
_BINS = 15
_TRUSTED_FROM = 30
_TEMPERATURES = (0.05, 20.0)
_CLOSE = 1e-6

Booleans = NDArray[np.bool_]


def softmax(scores: Floats) -> Floats:
    """Row by row."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def fit_temperature(scores: Floats, right: NDArray[np.intp], weights: Floats) -> float:
    """The temperature with the least weighted log loss on held-out scores; 1 when there are none.

    A few rows move it little: the logarithm is scaled by n / (n + 30).
    """
    if not len(right):
        return 1.0
    rows = np.arange(len(right))

    def loss(temperature: float) -> float:
        scaled = scores / temperature
        top = scaled.max(axis=1)
        total = np.log(np.exp(scaled - top[:, None]).sum(axis=1)) + top
        return float(np.average(total - scaled[rows, right], weights=weights))

    best = _least(loss, *_TEMPERATURES)
    return round(float(best ** (len(right) / (len(right) + _TRUSTED_FROM))), 6)


def _least(loss: Callable[[float], float], low: float, high: float) -> float:
    """Where ``loss`` is least, by golden sections: the log loss is convex in 1 / temperature, so it has one valley."""
    ratio = (5**0.5 - 1) / 2
    low, high = np.log(low), np.log(high)
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = loss(np.exp(left)), loss(np.exp(right))
    while high - low > _CLOSE:
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = loss(np.exp(left))
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = loss(np.exp(right))
    return float(np.exp((low + high) / 2))


def accept_threshold(confidence: Floats, correct: Booleans) -> float | None:
    """The least probability above which held-out rows were right with a lower Wilson bound of 0.95 or more.

    None when fewer than fifty rows would be accepted: then the model only suggests. What it knows no word of never sets
    the threshold, however right the guess was: nothing would be below.
    """
    order = np.argsort(-confidence, kind="stable")
    sure, right = confidence[order], np.cumsum(correct[order].astype(np.int_))
    count = np.arange(1, len(order) + 1)
    # Rows with the same probability are accepted together or not at all.
    last = np.append(sure[:-1] > sure[1:], True) if len(sure) else np.empty(0, dtype=bool)
    good = last & (sure > 0) & (count >= FEWEST_ACCEPTED) & (wilson_lower(right, count) >= WANTED_ACCURACY)
    return float(sure[np.flatnonzero(good)[-1]]) if good.any() else None


def wilson_lower(right: NDArray[np.int_], count: NDArray[np.int_]) -> Floats:
    """The lower end of the 95 % Wilson interval of a share."""
    share = right / count
    spread = _Z * np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2))
    return np.asarray((share + _Z**2 / (2 * count) - spread) / (1 + _Z**2 / count))


def wilson_interval(right: int, count: int) -> tuple[float, float]:
    """Both ends of the 95 % Wilson interval of ``right`` of ``count``; (0, 1) of nothing."""
    if not count:
        return 0.0, 1.0
    share = right / count
    middle = share + _Z**2 / (2 * count)
    spread = _Z * float(np.sqrt(share * (1 - share) / count + _Z**2 / (4 * count**2)))
    scale = 1 + _Z**2 / count
    return max(0.0, (middle - spread) / scale), min(1.0, (middle + spread) / scale)


def calibration_error(confidence: Floats, correct: Booleans) -> float:
    """ECE: the mean gap between confidence and accuracy over 15 bins of equal width, weighted by their rows."""
    if not len(confidence):
        return 0.0
    bins = np.minimum((confidence * _BINS).astype(int), _BINS - 1)
    gaps = np.bincount(bins, weights=confidence, minlength=_BINS) - np.bincount(bins, weights=correct, minlength=_BINS)
    return float(np.abs(gaps).sum() / len(confidence))


def calibration_noise(confidence: Floats, *, draws: int = 1000, seed: int = 0) -> float:
    """The 95th percentile of the ECE that a perfectly calibrated model with these confidences would show."""
    if not len(confidence):
        return 0.0
    random = np.random.default_rng(seed)
    errors = [calibration_error(confidence, random.random(len(confidence)) < confidence) for _ in range(draws)]
    return float(np.percentile(errors, 95))
