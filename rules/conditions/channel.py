"""The condition ``channel``: which channel a message came through."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.spellings import CHANNELS, read_words_among


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelIs(Plain):
    """The channel is one of these."""

    names: frozenset[str]

    def holds(self, look: Look) -> bool:
        return look.facts.channel in self.names


def read(reader: Reader, node: Node, _: Making) -> ChannelIs | None:
    names = read_words_among(reader, node, "channel", CHANNELS)
    return ChannelIs(word="channel", line=node.line, names=frozenset(names)) if names else None
