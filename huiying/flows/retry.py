"""How often a flow tries again when somebody changed the same rows meanwhile (DESIGN 3.8)."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from core.domain.errors import Conflict

TRIES = 3
Done = TypeVar("Done")


def retried(act: Callable[[], Done]) -> Done:
    """Runs one whole transaction; a conflict is met by doing it again on top of what the other wrote."""
    for _ in range(TRIES - 1):
        try:
            return act()
        except Conflict:
            continue
    return act()
