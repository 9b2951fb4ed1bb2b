"""The condition ``cc``: an address or domain in Cc."""

from __future__ import annotations

from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making
from rules.conditions.recipients import RecipientsInclude, read_recipients


def read(reader: Reader, node: Node, _: Making) -> RecipientsInclude | None:
    return read_recipients(reader, node, "cc")
