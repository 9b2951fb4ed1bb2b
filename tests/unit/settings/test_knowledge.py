"""How often articles are looked at again, and who publishes."""

from __future__ import annotations

import pytest

from core.domain.article import KnowledgeSettings, serial_of
from core.settings.knowledge import read_knowledge


def test_without_a_word_it_is_a_month_and_a_lead():
    """An empty file, or none."""
    assert read_knowledge("") == (KnowledgeSettings(review_days=30, agents_publish=False), ())


def test_both_are_read():
    """Days, and yes or no."""
    expected = KnowledgeSettings(review_days=90, agents_publish=True)
    assert read_knowledge("review_days: 90\nagents_publish: 是\n") == (expected, ())


@pytest.mark.parametrize("content", ["review_days: 0\n", "review_days: often\n", "agents_publish: x\n", "reviews: 3\n"])
def test_what_is_wrong_is_told_and_is_as_usual(content: str):
    """With its place."""
    read, problems = read_knowledge(content)
    assert read == KnowledgeSettings() and [one.line for one in problems] == [1]


@pytest.mark.parametrize(("number", "serial"), [("K12", 12), ("k7", 7), (" 7 ", 7), ("K", 0), ("K1x", 0), ("²", 0)])
def test_a_number_is_read_with_and_without_its_letter(number: str, serial: int):
    """Anything else names no article."""
    assert serial_of(number) == serial
