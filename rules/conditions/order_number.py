"""The condition ``order_number``: whether the customer named an order."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.looking import OWN, SUBJECT, Look
from rules.operators.matches import Matches, compile_pattern

_BEFORE = r"(?:订单|单号|order|po|so)(?:编号|号码|号|\s*(?:number|no\.?|id))?"
_NUMBER = r"[a-z]{0,4}-?[0-9][0-9-]{3,30}"
PATTERN = rf"\b{_BEFORE}\s*(?:[:#是为]|is)*\s*{_NUMBER}|{_BEFORE}\s*[:#是为]*\s*{_NUMBER}"
"""A word for an order, then its number: four digits or more, with up to four letters before them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNumber(Plain):
    """An order with its number stands in the subject or in the customer's own words, or does not."""

    wanted: bool
    number: Matches

    def holds(self, look: Look) -> bool:
        return self.number.holds((look.field(SUBJECT), look.field(OWN))) == self.wanted

    def quotes(self, look: Look) -> tuple[Words, ...]:
        return self.number.quotes((look.field(SUBJECT), look.field(OWN))) if self.wanted else ()


def read(reader: Reader, node: Node, _: Making) -> OrderNumber | None:
    wanted = reader.flag(node, ("order_number", "order_number"))
    if wanted is None:
        return None
    number = Matches((compile_pattern(PATTERN),))
    return OrderNumber(word="order_number", line=node.line, wanted=wanted, number=number)
