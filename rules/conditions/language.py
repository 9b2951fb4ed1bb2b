"""The condition ``language``: what the message is written in."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.spellings import LANGUAGES, read_words_among


@dataclass(frozen=True, slots=True, kw_only=True)
class LanguageIs(Plain):
    """The message's language is one of these or a variety of one (``zh`` takes in zh-Hans and zh-Hant)."""

    languages: tuple[str, ...]

    def holds(self, look: Look) -> bool:
        language = look.message.language.lower()
        return any(language == wanted or language.startswith(f"{wanted}-") for wanted in self.languages)


def read(reader: Reader, node: Node, _: Making) -> LanguageIs | None:
    languages = read_words_among(reader, node, "language", LANGUAGES)
    if not languages:
        return None
    return LanguageIs(word="language", line=node.line, languages=tuple(word.lower() for word in languages))
