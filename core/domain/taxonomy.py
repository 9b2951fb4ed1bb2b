"""The values a demand can have: type, urgency, emotion, topic and the rest (DOMAIN 3 and 4)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

TARGETS = ("type", "urgency", "emotion", "topic")
"""The fields that the model suggests."""

URGENCIES = ("紧急", "重要", "常规")
PRIORITIES = ("高", "中", "低")
"""Highest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """One value of a field. ``key`` is what is stored and written to JSON; ``english`` is accepted as input.

    ``formerly`` are keys that stood for it, or for what is merged into it; a ``retired`` one is chosen no more and only
    shown where it stands already."""

    key: str
    english: str
    zh: str = ""
    en: str = ""
    zh_tw: str = ""
    coarse: str = ""
    team: str = ""
    description: str = ""
    examples: tuple[str, ...] = ()
    formerly: tuple[str, ...] = ()
    retired: bool = False

    @property
    def texts(self) -> tuple[str, ...]:
        """What its own words are: examples, the description in each language."""
        said = (part.strip() for part in self.description.split("/"))
        return tuple(text for text in (*self.examples, *said) if text)

    def label(self, language: str) -> str:
        """How the value is shown in ``zh-CN``, ``zh-TW`` or ``en``."""
        if language.startswith("en"):
            return self.en or self.english
        if language == "zh-TW":
            return self.zh_tw or self.zh or self.key
        return self.zh or self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Taxonomy:
    """All fields with their values, in the file's order; ``fields`` maps type, urgency, emotion, topic,
    impact, gravity, priority and level to them. ``defaults`` names the value taken when nothing decides."""

    fields: Mapping[str, tuple[Value, ...]]
    defaults: Mapping[str, str]

    def values(self, field: str) -> tuple[Value, ...]:
        """Those that can be chosen."""
        return tuple(value for value in self.fields.get(field, ()) if not value.retired)

    def find(self, field: str, word: str) -> Value | None:
        """The value that ``word`` names: its key, English name, label or a former key, case folded."""
        return next((value for value in self.values(field) if word.strip().casefold() in names_of(value)), None)

    def stored(self, field: str, key: str) -> Value | None:
        """The value that a stored key means today, even a retired one."""
        return next((v for v in self.fields.get(field, ()) if key == v.key or key in v.formerly), None)

    def renamed(self, field: str) -> dict[str, str]:
        """Which key of before means which of today."""
        return {before: value.key for value in self.fields.get(field, ()) for before in value.formerly}

    def keys(self, field: str, key: str) -> tuple[str, ...]:
        """All keys under which that value may be stored."""
        found = self.stored(field, key)
        return (found.key, *found.formerly) if found else (key,)

    def means(self, field: str, key: str, *names: str) -> bool:
        """Whether a value, stored under whatever key, is one of those that our own code knows by its first name."""
        return not set(self.keys(field, key)).isdisjoint(names)

    def today(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Stored fields with the keys that their values have today; what is no value of ours stays."""
        known = {name: self.stored(name, key) for name, key in fields.items() if name in self.fields}
        return {**fields, **{name: value.key for name, value in known.items() if value}}

    def label(self, field: str, key: str, language: str) -> str:
        found = self.stored(field, key)
        return found.label(language) if found else key

    def team_of(self, type_key: str) -> str:
        found = self.stored("type", type_key)
        return found.team if found else ""


NO_VALUES = Taxonomy(fields={}, defaults={})


def names_of(value: Value) -> frozenset[str]:
    """Every name that a person or a file may use for it, case folded."""
    names = (value.key, value.english, value.zh, value.en, value.zh_tw, *value.formerly)
    return frozenset(name.casefold() for name in names if name)
