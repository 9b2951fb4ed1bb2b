"""The condition ``body``: everything visible in the body, quotes included."""

from __future__ import annotations

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Condition, Making
from rules.looking import BODY
from rules.operators.text import read_text_condition


def read(reader: Reader, node: Node, making: Making) -> Condition | None:
    return read_text_condition(reader, node, making, "body", (BODY,))
