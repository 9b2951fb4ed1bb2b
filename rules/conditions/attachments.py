"""The condition ``attachments``: how many there are, and their names and types."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.domain.mail import Attachment
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.lexicon import fold_for_matching
from rules.looking import Look
from rules.operators.amount import Amount, read_amount
from rules.operators.folded import read_folded


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentsAre(Plain):
    """As many attachments as asked for have one of the words in their name and one of the types.

    Pictures shown inside the text do not count. ``count`` is one or more unless it is written."""

    count: Amount
    names: tuple[str, ...]
    types: tuple[str, ...]

    def holds(self, look: Look) -> bool:
        return self.count.fits(sum(1 for one in look.message.attachments if self._fits(one)))

    def quotes(self, look: Look) -> tuple[Words, ...]:
        names = (one.name for one in look.message.attachments if self._fits(one))
        return tuple(Words(where="attachments", text=name) for name in names)

    def _fits(self, attachment: Attachment) -> bool:
        if attachment.inline:
            return False
        name, kind = fold_for_matching(attachment.name), attachment.type.lower()
        return (not self.names or any(word in name for word in self.names)) and (
            not self.types or any(kind == wanted or kind.startswith(f"{wanted}/") for wanted in self.types)
        )


def read(reader: Reader, node: Node, _: Making) -> AttachmentsAre | None:
    entries = reader.mapping(node, ("attachments", "attachments"), optional=("count", "name", "type"))
    if not entries:
        return None
    types = reader.texts(entries["type"], ("type", "type")) if "type" in entries else ()
    count = read_amount(reader, entries["count"], "count") if "count" in entries else Amount(at_least=1)
    return AttachmentsAre(
        word="attachments",
        line=node.line,
        count=count or Amount(at_least=1),
        names=read_folded(reader, entries.get("name"), "name"),
        types=tuple(kind.lower() for kind in types),
    )
