"""Reads the list of words that letters are checked for: the shipped one, and ``wording.yaml`` on top."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.settings.nodes import Node
from core.settings.reader import Reader
from core.text.fold import fold

FILE = "wording.yaml"
TIME = "{time}"
"""Stands in ``instead`` for the time that the letter could name."""
_TEXTS = ("why", "why_en", "better", "better_en")


class Level(StrEnum):
    """What a finding does: ``hint`` is only said, ``warn`` wants a confirmation, ``stop`` keeps the letter, ``second``
    wants a second person."""

    HINT = "hint"
    WARN = "warn"
    STOP = "stop"
    SECOND = "second"


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """Words that are better not said, why, and what to say instead. ``pattern`` finds the folded words in a folded
    text; ``instead`` has what takes a folded word's place."""

    id: str
    words: tuple[str, ...]
    pattern: re.Pattern[str]
    instead: Mapping[str, str] = field(default_factory=dict)
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
            known |= _listed(reader, found["phrases"]) if "phrases" in found else {}
            for node in reader.items(found["off"], ("off", "off")) if "off" in found else ():
                name = reader.one_of(node, ("off", "off"), {each: each for each in known})
                known.pop(name or "", None)
        problems.extend(reader.problems)
    return tuple(known.values()), tuple(problems)


def _listed(reader: Reader, node: Node) -> dict[str, Phrase]:
    """The phrases of one file; a name that stands there twice is a problem."""
    known: dict[str, Phrase] = {}
    for item in reader.items(node, ("phrases", "phrases")):
        phrase = _phrase(reader, item)
        if phrase is not None and phrase.id in known:
            reader.problem(item, f"{phrase.id!r} 写了两次", f"{phrase.id!r} stands there twice")
        elif phrase is not None:
            known[phrase.id] = phrase
    return known


def _phrase(reader: Reader, node: Node) -> Phrase | None:
    optional = ("level", "instead", *_TEXTS)
    found = reader.mapping(node, ("一条措辞", "a phrase"), required=("id", "words"), optional=optional)
    if found is None or "id" not in found or "words" not in found:
        return None
    level = Level.WARN
    if "level" in found:
        level = reader.one_of(found["level"], ("level", "level"), {each.value: each for each in Level}) or level
    texts = {name: reader.text(found[name], (name, name), empty=True) or "" for name in _TEXTS if name in found}
    name = reader.text(found["id"], ("id", "id"))
    words = tuple(word for word in reader.texts(found["words"], ("words", "words")) if fold(word))
    instead = _instead(reader, found["instead"], words) if "instead" in found else {}
    if name and not words:
        reader.problem(found["words"], f"{name}：words 里没有词", f"{name}: no word in words")
    if not name or not words:
        return None
    return Phrase(id=name, words=words, pattern=_pattern(words), instead=instead, level=level, **texts)


def _instead(reader: Reader, node: Node, words: tuple[str, ...]) -> dict[str, str]:
    """What takes a word's place; the word must be one of the phrase's."""
    better: dict[str, str] = {}
    for key, text in reader.entries(node, ("instead", "instead")):
        if key.text not in words:
            reader.unknown(key, ("词", "word"), words)
            continue
        better[fold(key.text)] = reader.text(text, (key.text, key.text), empty=True) or ""
    return better


def _pattern(words: Iterable[str]) -> re.Pattern[str]:
    """Longest first. An English word counts as a whole word, Chinese ones anywhere; 不可能 is not vague."""
    return re.compile("|".join(_bounded(word) for word in sorted({fold(each) for each in words}, key=_longest)))


def _longest(word: str) -> tuple[int, str]:
    return -len(word), word


def _bounded(word: str) -> str:
    if word.isascii():
        return rf"(?<![a-z0-9]){re.escape(word)}(?![a-z0-9])"
    return rf"(?<!不){re.escape(word)}" if word == "可能" else re.escape(word)
