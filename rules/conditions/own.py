"""The condition ``own``: what the customer wrote himself, without quote and signature."""

from __future__ import annotations

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Condition, Making
from rules.looking import OWN
from rules.operators.text import read_text_condition


def read(reader: Reader, node: Node, making: Making) -> Condition | None:
    return read_text_condition(reader, node, making, "own", (OWN,))
