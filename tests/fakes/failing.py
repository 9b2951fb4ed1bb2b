"""Parts that fail on a marked mail, wrapped around the real ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from core.domain.mail import ParsedOrNot
from core.domain.suggestion import MessageText, Suggestion
from huiying.flows.ports import Parser, Suggester
from ingest.scan import unparsable

MARK = "MARKED-MAIL"


@dataclass
class FailingParser:
    """Answers for marked mails as the parse workers do when one died on them; ``healed`` mends it."""

    parser: Parser
    healed: bool = False

    def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]:
        return tuple(self._one(data) for data in batch)

    def part(self, data: bytes, path: str) -> bytes | None:
        return self.parser.part(data, path)

    def _one(self, data: bytes) -> ParsedOrNot:
        if MARK.encode() in data and not self.healed:
            return ParsedOrNot(failure=unparsable(data, "parse worker died (signal 11)"))
        return self.parser.parse([data])[0]


@dataclass
class FailingSuggester:
    """Raises for a batch that holds a marked mail; ``healed`` mends it."""

    suggester: Suggester
    healed: bool = False

    @property
    def version(self) -> str:
        return self.suggester.version

    @property
    def classes(self) -> Mapping[str, tuple[str, ...]]:
        return self.suggester.classes

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        if not self.healed and any(MARK in message.body for message in messages):
            raise RuntimeError("a bug of the model")
        return self.suggester.suggest(messages)
