"""The gate: a new model serves only when it is no worse beyond noise."""

from __future__ import annotations

import numpy as np
import pytest

from classifier.gate import judge, sign_test
from tests.unit.classifier.conftest import labelled

ROWS = [labelled(f"text {i}", type="咨询", urgency="紧急" if i % 10 == 0 else "常规") for i in range(40)]


class Saying:
    """A model that is right about the rows that ``knows`` says, with one confidence."""

    def __init__(self, knows, confidence=0.9):
        self.classes = {"type": ("咨询", "投诉"), "urgency": ("紧急", "常规")}
        self._knows = knows
        self._confidence = confidence
        self._right = {row.message.body: (place, row.labels) for place, row in enumerate(ROWS)}

    def probabilities(self, message):
        place, labels = self._right[message.body]
        answers = {}
        for target, classes in self.classes.items():
            right = labels[target] == classes[0]
            first = right == self._knows(place, target)
            sure = self._confidence
            answers[target] = np.array([sure, 1 - sure] if first else [1 - sure, sure])
        return answers


def most(place, target):
    return place % 10 != 3


def test_an_equal_model_passes():
    """Nothing lost is nothing worse."""
    verdict = judge(Saying(most), Saying(most), ROWS)
    assert verdict.passed
    assert verdict.targets["type"]["lost"] == verdict.targets["type"]["won"] == 0


def test_a_little_bad_luck_passes():
    """Two rows lost of forty may be chance."""
    assert judge(Saying(most), Saying(lambda place, target: most(place, target) and place not in (1, 2)), ROWS).passed


@pytest.mark.parametrize("target", ["type", "urgency"])
def test_a_model_that_lost_much_is_kept_aside(target):
    """Twelve rows lost and none won is no chance; the verdict names the target."""
    worse = Saying(lambda place, name: most(place, name) and (name != target or place % 3 != 1))
    verdict = judge(Saying(most), worse, ROWS)
    assert not verdict.passed
    assert f"accuracy:{target}" in verdict.because
    assert verdict.as_card()["targets"][target]["lost"] > 8


def test_missing_urgent_messages_weighs_more():
    """Two 紧急 missed that the old model found are enough, though two of forty rows are nothing."""
    verdict = judge(Saying(most), Saying(lambda place, name: most(place, name) and place not in (0, 10)), ROWS)
    assert verdict.because == ("urgent",)


def test_a_model_that_boasts_is_kept_aside():
    """As often right, but sure of everything: its confidence is no longer true."""
    verdict = judge(Saying(lambda p, t: p % 2 == 0, 0.55), Saying(lambda p, t: p % 2 == 0, 0.99), ROWS)
    assert set(verdict.because) == {"calibration:type", "calibration:urgency"}


def test_the_sign_test_is_that_of_a_fair_coin():
    """Five losses in a row come once in thirty-two times."""
    assert sign_test(5, 0) == pytest.approx(1 / 32)
    assert sign_test(0, 5) == 1.0
    assert sign_test(0, 0) == 1.0
