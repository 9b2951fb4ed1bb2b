"""The question of the first run, and its answer in the file."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.settings.coverage import COVERAGES, FILE, OPEN, is_open, with_coverage

SHIPPED = (Path(__file__).parents[3] / "config" / FILE).read_text(encoding="utf-8")


@pytest.mark.parametrize(("coverage", "policy"), list(COVERAGES.items()))
def test_an_answer_is_one_line_of_the_file(coverage: str, policy: str) -> None:
    """All else stays, and nobody is asked again."""
    assert is_open({FILE: SHIPPED})
    answered = with_coverage(SHIPPED, coverage)
    assert not is_open({FILE: answered})
    gone, come = set(SHIPPED.splitlines()) - set(answered.splitlines()), set(answered.splitlines())
    assert f"policy: {policy}" in come and gone <= {OPEN.strip(), "policy: standard"}


def test_a_file_without_a_policy_gets_one() -> None:
    """One of the desk's own counts as answered; asked nevertheless, it is completed."""
    assert not is_open({FILE: "calendar: cn\n"}) and not is_open({})
    assert with_coverage("calendar: cn\n", "always") == "policy: rapid-7x24\ncalendar: cn\n"
