"""The condition ``attachments``: how many there are, their names, types and sizes."""

from __future__ import annotations

import re
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

_MAIN_TYPES = frozenset(
    ("application", "audio", "chemical", "font", "image", "message", "model", "multipart", "text", "video")
)
"""Of MIME types (RFC 6838); another word alone is how a file's name ends."""
_UNITS = {"kb": 1024, "mb": 1024 * 1024}
_SIZE = ("大小，如 10 MB", "a size such as 10 MB")


@dataclass(frozen=True, slots=True, kw_only=True)
class AttachmentsAre(Plain):
    """As many attachments as asked for have one of the words in their name, one of the types and the size.

    Pictures shown inside the text do not count. ``count`` is one or more unless it is written."""

    count: Amount
    names: tuple[str, ...]
    types: tuple[str, ...]
    larger: int = 0

    def holds(self, look: Look) -> bool:
        return self.count.fits(sum(1 for one in look.message.attachments if self._fits(one)))

    def quotes(self, look: Look) -> tuple[Words, ...]:
        names = (one.name for one in look.message.attachments if self._fits(one))
        return tuple(Words(where="attachments", text=name) for name in names)

    def _fits(self, attachment: Attachment) -> bool:
        if attachment.inline or attachment.size < self.larger:
            return False
        name, kind = fold_for_matching(attachment.name), attachment.type.lower()
        return (not self.names or any(word in name for word in self.names)) and (
            not self.types or any(_is_of_type(name, kind, wanted) for wanted in self.types)
        )


def _is_of_type(name: str, kind: str, wanted: str) -> bool:
    """``image`` and ``image/png`` ask about the declared type, ``pdf`` about the name's ending too."""
    if "/" in wanted or wanted in _MAIN_TYPES:
        return kind == wanted or kind.startswith(f"{wanted}/")
    return name.endswith(f".{wanted}") or kind.endswith(f"/{wanted}")


def read(reader: Reader, node: Node, _: Making) -> AttachmentsAre | None:
    entries = reader.mapping(node, ("attachments", "attachments"), optional=("count", "name", "type", "size_at_least"))
    if not entries:
        return None
    types = reader.texts(entries["type"], ("type", "type")) if "type" in entries else ()
    count = read_amount(reader, entries["count"], "count") if "count" in entries else Amount(at_least=1)
    return AttachmentsAre(
        word="attachments",
        line=node.line,
        count=count or Amount(at_least=1),
        names=read_folded(reader, entries.get("name"), "name"),
        types=tuple(kind.lower().removeprefix(".") for kind in types),
        larger=(reader.parsed(entries["size_at_least"], ("size_at_least",) * 2, _octets, _SIZE) or 0)
        if "size_at_least" in entries
        else 0,
    )


def _octets(word: str) -> int:
    found = re.fullmatch(r"(\d{1,6}) ?(kb|mb)", word.lower())
    if found is None:
        raise ValueError(word)
    return int(found[1]) * _UNITS[found[2]]
