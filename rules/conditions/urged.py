"""The condition ``urged``: whether the customer has asked where the answer is (催单)."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look


@dataclass(frozen=True, slots=True, kw_only=True)
class Urged(Plain):
    wanted: bool

    def holds(self, look: Look) -> bool:
        return look.facts.urged == self.wanted


def read(reader: Reader, node: Node, _: Making) -> Urged | None:
    wanted = reader.flag(node, ("urged", "urged"))
    return Urged(word="urged", line=node.line, wanted=wanted) if wanted is not None else None
