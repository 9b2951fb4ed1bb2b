"""What is tried again, and what fails alone."""

from __future__ import annotations

import sys

import pytest

from core.domain.errors import Conflict, StoreUnavailable
from huiying.flows.retry import TRIES, each_alone, retried


def test_a_conflict_is_met_by_doing_it_again():
    """A bounded number of times; whoever goes on losing says so."""
    tries: list[int] = []

    def lose(times: int) -> str:
        tries.append(times)
        if len(tries) <= times:
            raise Conflict
        return "won"

    assert retried(lambda: lose(TRIES - 1)) == "won"
    tries.clear()
    with pytest.raises(Conflict):
        retried(lambda: lose(TRIES))
    assert len(tries) == TRIES


def test_a_bug_that_one_brings_out_stops_no_other():
    """It is set aside, with its exception at hand; the others are done."""
    done: list[int] = []
    aside: list[tuple[int, type[BaseException] | None]] = []

    def act(one: int) -> None:
        done.append(one // (one - 2))

    count = each_alone((1, 2, 3), act, lambda one: aside.append((one, sys.exc_info()[0])))
    assert (count, done, aside) == (3, [-1, 3], [(2, ZeroDivisionError)])


@pytest.mark.parametrize("error", [StoreUnavailable, Conflict])
def test_trouble_outside_is_nobodys_bug(error):
    """What nobody can help now is tried later as a whole, and nothing is set aside."""
    aside: list[int] = []

    def act(one: int) -> None:
        raise error

    with pytest.raises(error):
        each_alone((1, 2), act, aside.append)
    assert aside == []
