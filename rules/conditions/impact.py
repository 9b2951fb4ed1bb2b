"""The condition ``impact``: how far the matter reaches, by an agent, a rule, the ticket or the model."""

from __future__ import annotations

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making
from rules.operators.field import FieldIs, read_field


def read(reader: Reader, node: Node, making: Making) -> FieldIs | None:
    return read_field(reader, node, making, "impact")
