"""A view of the queue 视图: a filter that somebody keeps under a name, for himself or for the team."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.views import QueueFilter

ME = "@"
"""As ``QueueFilter.assignee`` of a view: whoever opens it."""
MOST_VIEWS = 20
"""Of one person, and of the team."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedView:
    """``owner`` is the user whose it is, '' for the team's; ``place`` is where it stands among the others. The filter
    holds no contact data: its words are compared with masked text alone."""

    id: int
    owner: str
    name: str
    place: int
    which: QueueFilter
