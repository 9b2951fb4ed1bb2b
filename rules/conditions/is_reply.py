"""The condition ``is_reply``: whether the message joined a ticket that was there already."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class IsReply(Plain):
    wanted: bool

    def holds(self, look: Look) -> bool:
        return look.facts.is_reply == self.wanted


def read(reader: Reader, node: Node, _: Making) -> IsReply | None:
    wanted = reader.flag(node, ("is_reply", "is_reply"))
    return IsReply(word="is_reply", line=node.line, wanted=wanted) if wanted is not None else None
