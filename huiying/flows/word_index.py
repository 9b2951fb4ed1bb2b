"""What is wanted of the index by which messages are found by their words."""

from __future__ import annotations

from typing import Protocol


class WordIndex(Protocol):
    """Messages enter it when they are filed. What lacks is put in newest first, some at a time."""

    def is_behind(self) -> bool:
        """Whether a step has something to do."""
        ...

    def begin_again(self) -> None:
        """From now on steps write everything anew; until they are done, all that was found is found."""
        ...

    def step(self, limit: int) -> int:
        """Puts in so many messages, or tidies up after an erasure; how much was done, 0 when nothing is left."""
        ...
