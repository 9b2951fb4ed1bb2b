"""The condition ``hours``: whether the message arrived in working time."""

from __future__ import annotations

from dataclasses import dataclass

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import Look

_CHOICES = {"working": True, "outside": False}


@dataclass(frozen=True, slots=True, kw_only=True)
class HoursAre(Plain):
    """The calendar counted the arrival as working time, or did not."""

    working: bool

    def holds(self, look: Look) -> bool:
        return look.facts.working == self.working


def read(reader: Reader, node: Node, _: Making) -> HoursAre | None:
    working = reader.one_of(node, ("hours", "hours"), _CHOICES)
    return HoursAre(word="hours", line=node.line, working=working) if working is not None else None
