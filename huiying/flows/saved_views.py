"""What flows need of the views of the queue; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from typing import Protocol

from core.domain.saved_view import SavedView


class SavedViews(Protocol):
    """A few rows a person."""

    def of(self, owner: str) -> tuple[SavedView, ...]:
        """Of that user, or of the team (''), in their order."""
        ...

    def get(self, view_id: int) -> SavedView | None: ...

    def save(self, view: SavedView) -> None:
        """A new one, or that one changed."""
        ...

    def remove(self, view_id: int) -> None: ...

    def forget(self, words: str) -> int:
        """Removes those that have the words in their name or filter; how many."""
        ...
