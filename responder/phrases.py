"""Reads the list of words that letters are checked for: the shipped one, and ``wording.yaml`` on top."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.settings.nodes import Node
from core.settings.reader import Reader

FILE = "wording.yaml"
_TEXTS = ("why", "why_en", "better", "better_en")


class Level(StrEnum):
    """What a finding does: ``warn`` is said, ``stop`` keeps the letter, ``second`` wants a second person."""

    WARN = "warn"
    STOP = "stop"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that are better not said, why, and what to say instead."""

    id: str
    words: tuple[str, ...]
    level: Level = Level.WARN
    why: str = ""
    why_en: str = ""
    better: str = ""
    better_en: str = ""


def read_phrases(content: str = "") -> tuple[tuple[Phrase, ...], tuple[Problem, ...]]:
    """All phrases that are checked, a local one taking the place of the shipped one of its name; and every problem."""
    shipped = (package_files("responder") / "builtin" / "phrases.yaml").read_text("utf-8")
    known: dict[str, Phrase] = {}
    problems: list[Problem] = []
    for file, text in ((f"builtin:{FILE}", shipped), (FILE, content)):
        reader = Reader(file)
        root = reader.document(text)
        if root is not None:
            found = reader.mapping(root, ("措辞检查", "the wording check"), optional=("phrases", "off")) or {}
            for node in reader.items(found["phrases"], ("phrases", "phrases")) if "phrases" in found else ():
                phrase = _phrase(reader, node)
                if phrase is not None:
                    known[phrase.id] = phrase
            for node in reader.items(found["off"], ("off", "off")) if "off" in found else ():
                name = reader.one_of(node, ("off", "off"), {each: each for each in known})
                known.pop(name or "", None)
        problems.extend(reader.problems)
    return tuple(known.values()), tuple(problems)


def _phrase(reader: Reader, node: Node) -> Phrase | None:
    found = reader.mapping(node, ("一条措辞", "a phrase"), required=("id", "words"), optional=("level", *_TEXTS))
    if found is None or "id" not in found or "words" not in found:
        return None
    level = Level.WARN
    if "level" in found:
        level = reader.one_of(found["level"], ("level", "level"), {each.value: each for each in Level}) or level
    texts = {name: reader.text(found[name], (name, name), empty=True) or "" for name in _TEXTS if name in found}
    name = reader.text(found["id"], ("id", "id"))
    words = reader.texts(found["words"], ("words", "words"))
    return Phrase(id=name, words=words, level=level, **texts) if name and words else None
