"""The condition ``headers``: what one of the mail's headers says."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.lexicon import fold_for_matching
from rules.looking import Look
from rules.operators.folded import read_folded

HEADERS = {
    name: name
    for name in (
        "auto-submitted", "content-language", "importance", "list-id", "precedence", "priority", "user-agent",
        "x-mailer", "x-priority", "x-spam-flag", "x-spam-status",
    )
}  # fmt: skip
"""Headers that a rule may ask about: kept by the parser, and none of them holds an address."""
LONGEST_HEADER = 200
"""Characters of a header that a decision keeps among its facts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderSays(Plain):
    """The header is there and, when words are written, holds one of them."""

    name: str
    words: tuple[str, ...]

    def holds(self, look: Look) -> bool:
        return any(self._fits(value) for value in self._values(look))

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return tuple(Words(where=self.name, text=value) for value in self._values(look) if self._fits(value))

    def _values(self, look: Look) -> tuple[str, ...]:
        return tuple(value for name, value in look.facts.headers if name == self.name)

    def _fits(self, value: str) -> bool:
        folded = fold_for_matching(value)
        return not self.words or any(word in folded for word in self.words)


def read(reader: Reader, node: Node, making: Making) -> HeaderSays | None:
    entries = reader.mapping(node, ("headers", "headers"), required=("name",), optional=("contains_any",))
    if not entries or "name" not in entries:
        return None
    name = reader.one_of(entries["name"], ("name", "name"), HEADERS)
    words = read_folded(reader, entries.get("contains_any"), "contains_any")
    if name is None:
        return None
    making.headers.add(name)
    return HeaderSays(word="headers", line=node.line, name=name, words=words)
