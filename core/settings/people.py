"""Reads ``people.yaml``: which roles must sign in with a second factor."""

from __future__ import annotations

from core.domain.bundle import Problem
from core.domain.people import PeopleSettings, Role
from core.settings.reader import Reader

FILE = "people.yaml"
_KEY = ("second_factor_of", "second_factor_of")
_ROLES = {role.value: role for role in Role}


def read_people(content: str | bytes, file: str = FILE) -> tuple[PeopleSettings, tuple[Problem, ...]]:
    """What could be read, and everything that is wrong."""
    reader = Reader(file)
    root = reader.document(content)
    if root is None:
        return PeopleSettings(), tuple(reader.problems)
    entries = reader.mapping(root, ("用户设置", "the settings of people"), optional=_KEY[:1]) or {}
    listed = reader.items(entries[_KEY[0]], _KEY) if _KEY[0] in entries else ()
    roles = (reader.one_of(node, ("角色", "role"), _ROLES) for node in listed)
    return PeopleSettings(second_factor_of=frozenset(role for role in roles if role)), tuple(reader.problems)
