"""The condition ``mailbox``: which mailbox a message came through."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look
from rules.spellings import read_words_among


@dataclass(frozen=True, slots=True, kw_only=True)
class MailboxIs(Plain):
    """The mailbox is one of these."""

    names: frozenset[str]

    def holds(self, look: Look) -> bool:
        return look.facts.mailbox.casefold() in self.names


def read(reader: Reader, node: Node, making: Making) -> MailboxIs | None:
    """One of the desk's mailboxes, where it has any."""
    known = {name: name for name in making.mailboxes}
    names = read_words_among(reader, node, "mailbox", known) if known else reader.texts(node, ("mailbox", "mailbox"))
    return MailboxIs(word="mailbox", line=node.line, names=frozenset(map(str.casefold, names))) if names else None
