"""``understanding.yaml``: order numbers, products, how tickets are numbered."""

from __future__ import annotations

import re

import pytest

from core.domain.numbering import SHIPPED
from core.settings.understanding import read_understanding


def test_tickets_are_numbered_as_the_file_says() -> None:
    """As shipped where it is silent."""
    settings, problems = read_understanding("ticket_number: '需-{year}-{serial:4}'\n", re.compile)
    assert not problems and (settings.numbering.before, settings.numbering.digits) == ("需-{year}-", 4)
    assert read_understanding("order_numbers: []\n", re.compile)[0].numbering == SHIPPED


@pytest.mark.parametrize("pattern", ["'{year}'", "'H{serial:6}'", "'{year}{day}{serial}'"])
def test_a_pattern_that_numbers_nothing_is_told_with_its_place(pattern: str) -> None:
    """And an example of one that does; beside whatever else is wrong."""
    content = f"products: [x]\nticket_number: {pattern}\n"
    settings, problems = read_understanding(content, re.compile)
    assert settings.numbering == SHIPPED and len(problems) == 2
    [told] = [one for one in problems if (one.line, one.column) == (2, 16)]
    assert "{serial" in told.hint_zh and "{serial" in told.hint_en
