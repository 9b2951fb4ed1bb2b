"""Which roles must sign in with a second factor."""

from __future__ import annotations

import pytest

from core.domain.people import PeopleSettings, Role
from core.settings.people import read_people
from tests.factories.pipeline import CONFIG


def test_as_shipped_nobody_must():
    """Neither with the shipped file nor without one."""
    assert read_people((CONFIG / "people.yaml").read_text("utf-8")) == read_people("") == (PeopleSettings(), ())


def test_roles_are_listed():
    """By their names."""
    expected = PeopleSettings(second_factor_of=frozenset({Role.ADMIN, Role.LEAD}))
    assert read_people("second_factor_of: [admin, lead]\n") == (expected, ())


@pytest.mark.parametrize("content", ["second_factor_of: admin\n", "second_factor_of: [amdin]\n", "second_factor: []\n"])
def test_what_is_wrong_is_told(content: str):
    """With its place; nobody must then."""
    read, problems = read_people(content)
    assert read == PeopleSettings() and [one.line for one in problems] == [1]
