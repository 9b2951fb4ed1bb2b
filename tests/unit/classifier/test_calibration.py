"""Calibration: probabilities that mean what they say, and a threshold that holds its promise."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.calibration import (
    accept_threshold,
    calibration_error,
    calibration_noise,
    fit_temperature,
    softmax,
    wilson_lower,
)


def _drawn(count, temperature, seed=0):
    """Scores whose true probabilities are their softmax at that temperature."""
    random = np.random.default_rng(seed)
    scores = random.normal(size=(count, 3)) * 4
    chances = softmax(scores / temperature).cumsum(axis=1)
    return scores, (random.random(count)[:, None] > chances).sum(axis=1).clip(max=2)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_the_temperature_that_made_the_labels_is_found(temperature):
    """Over- and under-confident scores are put right to within a tenth."""
    scores, right = _drawn(4000, temperature)
    assert fit_temperature(scores, right, np.ones(4000)) == pytest.approx(temperature, rel=0.1)


def test_without_held_out_rows_scores_stay():
    """Nothing to calibrate on: temperature one."""
    assert fit_temperature(np.empty((0, 3)), np.empty(0, dtype=np.intp), np.empty(0)) == 1.0


def test_calibrated_confidence_shows_an_error_within_the_noise():
    """ECE of a perfect model lies below its own noise figure, that of an overconfident one above."""
    scores, right = _drawn(2000, 2.0)
    for temperature, below in ((2.0, True), (0.7, False)):
        probabilities = softmax(scores / temperature)
        confidence, correct = probabilities.max(axis=1), probabilities.argmax(axis=1) == right
        assert (calibration_error(confidence, correct) < calibration_noise(confidence, draws=200)) is below


def test_calibration_error_is_the_weighted_gap():
    """Two rows at 0.9, one right: a gap of 0.4; with two right rows at 1.0 it halves."""
    assert calibration_error(np.array([0.9, 0.9]), np.array([True, False])) == pytest.approx(0.4)
    both = calibration_error(np.array([0.9, 0.9, 1.0, 1.0]), np.array([True, False, True, True]))
    assert both == pytest.approx(0.2)
    assert calibration_error(np.empty(0), np.empty(0, dtype=bool)) == 0.0


def test_the_threshold_is_the_least_that_promises_95_percent():
    """100 sure rows are right, the doubtful ones are not: the sure ones are accepted."""
    confidence = np.concatenate([np.linspace(0.9, 1.0, 100), np.linspace(0.4, 0.6, 50)])
    correct = np.concatenate([np.ones(100, dtype=bool), np.zeros(50, dtype=bool)])
    threshold = accept_threshold(confidence, correct)
    assert threshold == pytest.approx(0.9)


def test_a_text_of_unknown_words_sets_no_threshold():
    """Of a hundred right ones one was empty: the next text that nobody understands is not accepted because of it."""
    confidence = np.append(np.linspace(0.4, 1.0, 99), 0.0)
    assert accept_threshold(confidence, np.ones(100, dtype=bool)) == 0.4


def test_few_or_doubtful_rows_give_no_threshold():
    """49 right rows are too few, and 100 of which 95 are right too doubtful: then the model only suggests."""
    assert accept_threshold(np.linspace(0.9, 1.0, 49), np.ones(49, dtype=bool)) is None
    correct = np.ones(100, dtype=bool)
    correct[::20] = False
    assert accept_threshold(np.linspace(0.9, 1.0, 100), correct) is None


def test_equal_probabilities_are_accepted_together():
    """A threshold never cuts between rows of one probability."""
    confidence = np.concatenate([np.full(90, 0.99), np.full(30, 0.8)])
    correct = np.concatenate([np.ones(90, dtype=bool), np.arange(30) < 5])
    assert accept_threshold(confidence, correct) == 0.99


def test_wilson_lower_bound():
    """73 of 73 right is the least that bounds at 0.95."""
    assert wilson_lower(np.array([73]), np.array([73]))[0] == pytest.approx(0.95, abs=0.001)
    assert wilson_lower(np.array([50]), np.array([50]))[0] < 0.95
