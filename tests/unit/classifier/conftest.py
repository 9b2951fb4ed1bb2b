"""Small models and the one segmenter that these tests share."""

from __future__ import annotations

import re

import pytest

from classifier.rows import LabelledText
from classifier.seed import load_seed
from classifier.serving import ArrayModel
from classifier.training import Recipe, train_model
from core.domain.suggestion import MessageText

_ASKS = ("how much is {}", "where can i find {}", "do you sell {}", "what does {} cost", "when will {} be open")
_FAULTS = ("{} does not work", "{} is broken again", "cannot open {} since monday", "{} fails with an error", "no {}")
_WISHES = ("please add {}", "it would be nice to have {}", "could you support {}", "i suggest {}", "we would love {}")
_THINGS = ("the report", "the printer", "the login page", "dark mode", "the lift", "an invoice")


class SplitWords:
    """Cuts English at spaces and signs, for tests that need no dictionary; a phrase of the desk stays whole."""

    def __init__(self, extra=(), word=r"\w+|[^\w\s]"):
        self.extra = tuple(extra)
        self._parts = re.compile("|".join([*map(re.escape, self.extra), word]))

    def words(self, text):
        return self._parts.findall(text)

    def special(self, text):
        return any(word in text for word in self.extra)

    def with_words(self, extra):
        return SplitWords(extra)


split_words = SplitWords()


def labelled(text: str, subject: str = "", weight: float = 1.0, **labels: str) -> LabelledText:
    return LabelledText(message=MessageText(subject=subject, body=text), labels=labels, weight=weight)


def some_rows() -> list[LabelledText]:
    """90 English rows of three types, half of them loud and therefore 紧急; subjects on every second."""
    rows = []
    for kind, patterns in (("咨询", _ASKS), ("问题反馈", _FAULTS), ("功能需求", _WISHES)):
        for i, pattern in enumerate(patterns):
            for j, thing in enumerate(_THINGS):
                loud = (i + j) % 2
                text = pattern.format(thing) + (", urgent, at once!!!" if loud else ".")
                subject = thing if j % 2 else ""
                rows.append(labelled(text, subject, type=kind, urgency="紧急" if loud else "常规"))
    return rows


@pytest.fixture(scope="session")
def words():
    return split_words


@pytest.fixture(scope="session")
def rows():
    return some_rows()


@pytest.fixture(scope="session")
def arrays(rows):
    return train_model(rows, ("type", "urgency"), split_words, recipe=Recipe(precision="float32"))


@pytest.fixture(scope="session")
def model(arrays):
    return ArrayModel(arrays, split_words)


@pytest.fixture(scope="session")
def segmenter():
    from tests.factories.pipeline import SEGMENTER  # one dictionary for all tests of a process

    return SEGMENTER


@pytest.fixture(scope="session")
def seed(segmenter):
    return load_seed(segmenter)
