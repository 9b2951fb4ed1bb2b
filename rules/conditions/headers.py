"""The condition ``headers``: what one of the mail's headers says."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from core.domain.decision import Words
from core.domain.mail_headers import ELSEWHERE, NAMED, may_be_asked
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.lexicon import fold_for_matching
from rules.looking import Look
from rules.operators.folded import read_folded

LONGEST_HEADER = 200
"""Characters of a header that a decision keeps among its facts."""
_SLIP = 0.9
_KEPT = (
    "只保留没有地址的：x- 开头的（服务商自用的除外）和 " + "、".join(NAMED),
    "kept are those without addresses: any x- header (but those of providers for themselves) and " + ", ".join(NAMED),
)


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
    name = read_header_name(reader, entries["name"])
    words = read_folded(reader, entries.get("contains_any"), "contains_any")
    if name is None:
        return None
    making.headers.add(name)
    return HeaderSays(word="headers", line=node.line, name=name, words=words)


def read_header_name(reader: Reader, node: Node) -> str | None:
    """The name in lower case of a header that the parser keeps; what is near one of those with a meaning is a slip."""
    word = reader.text(node, ("邮件头", "header"))
    if word is None or not isinstance(node, Scalar):
        return None
    name = word.lower().removesuffix(":").strip()
    if name in NAMED:
        return name
    if name in ELSEWHERE:
        place = ELSEWHERE[name]
        reader.problem(
            node,
            f"headers 里不问 {word}",
            f"{word} is not asked about here",
            f"用条件 {place}",
            f"write the condition {place}",
        )
        return None
    slip = difflib.get_close_matches(name, NAMED, n=1, cutoff=_SLIP)
    if may_be_asked(name) and not slip:
        return name
    hint = (f"是不是 {slip[0]!r}？", f"did you mean {slip[0]!r}?") if slip else _KEPT
    reader.problem(node, f"不保留邮件头 {word!r}", f"the header {word!r} is not kept", *hint)
    return None
