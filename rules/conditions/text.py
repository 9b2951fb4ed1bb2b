"""The condition ``text``: the subject and what the customer wrote himself, taken together."""

from __future__ import annotations

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Condition, Making
from rules.looking import OWN, SUBJECT
from rules.operators.text import read_text_condition


def read(reader: Reader, node: Node, making: Making) -> Condition | None:
    return read_text_condition(reader, node, making, "text", (SUBJECT, OWN))
