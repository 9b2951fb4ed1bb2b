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
    """One value of a field. ``key`` is what is stored and written to JSON; ``english`` is accepted as input."""

    key: str
    english: str
    zh: str = ""
    en: str = ""
    zh_tw: str = ""
    coarse: str = ""
    team: str = ""
    description: str = ""
    examples: tuple[str, ...] = ()

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
        return self.fields.get(field, ())

    def find(self, field: str, word: str) -> Value | None:
        """The value that ``word`` names: its key, English name or label, case folded."""
        wanted = word.strip().casefold()
        for value in self.values(field):
            if wanted in {n.casefold() for n in (value.key, value.english, value.zh, value.en, value.zh_tw) if n}:
                return value
        return None

    def label(self, field: str, key: str, language: str) -> str:
        found = next((v for v in self.values(field) if v.key == key), None)
        return found.label(language) if found else key

    def team_of(self, type_key: str) -> str:
        found = next((v for v in self.values("type") if v.key == type_key), None)
        return found.team if found else ""
