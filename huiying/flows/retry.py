"""How often a flow tries again when somebody changed the same rows meanwhile (DESIGN 3.8), and what fails alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import TypeVar

from core.domain.errors import Conflict, Unavailable

TRIES = 3
Done = TypeVar("Done")
One = TypeVar("One")


def retried(act: Callable[[], Done]) -> Done:
    """Runs one whole transaction; a conflict is met by doing it again on top of what the other wrote."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except Conflict:
            continue
    return act()


def each_alone(every: Sequence[One], act: Callable[[One], None], set_aside: Callable[[One], None]) -> int:
    """``act`` for each, one transaction each; how many. One on which our code fails is set aside and stops no other;
    ``set_aside`` is called where the exception is still at hand."""
    for one in every:
        try:
            retried(partial(act, one))
        except (Unavailable, Conflict):
            raise
        except Exception:  # noqa: BLE001  a bug that one ticket brings out must not stop what is due for all others
            set_aside(one)
    return len(every)
