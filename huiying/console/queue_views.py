"""The views of the queue as tabs: where each leads, how much is in it, which one is open."""

from __future__ import annotations

from dataclasses import dataclass, replace
from urllib.parse import urlencode

from core.domain.saved_view import SavedView
from core.domain.ticket import OPEN_STATES
from core.domain.views import QueueFilter
from huiying.console.site import Site, Viewer
from huiying.flows.keep_view import KEEPING_FOR_ALL, filter_for, may_keep

MOST_IN_TAB = 100
"""More is "99+"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tab:
    """``count`` is '' where it was not counted; ``may_keep`` whether the viewer may change the view."""

    view: SavedView
    address: str
    count: str
    is_open: bool
    may_keep: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabs:
    """``may_save`` says that the filter is none of theirs and not the plain queue; ``leads`` that the team's may be
    changed."""

    tabs: tuple[Tab, ...]
    may_save: bool
    leads: bool

    @property
    def open(self) -> Tab | None:
        return next((tab for tab in self.tabs if tab.is_open), None)


def tabs_of(site: Site, viewer: Viewer, which: QueueFilter, *, counted: bool) -> Tabs:
    """The viewer's own, then the team's."""
    wanted = filter_values(which)
    with site.context.store.read() as transaction:
        views = (*transaction.saved_views.of(viewer.user.name), *transaction.saved_views.of(""))
        found = []
        for view in views:
            its = replace(filter_for(view, viewer.user), person=viewer.user.name, now=site.context.now())
            count = transaction.views.queue_count(with_former(site, its), MOST_IN_TAB) if counted and _few(its) else -1
            found.append(
                Tab(
                    view=view,
                    address="/queue?" + urlencode(filter_values(its)),
                    count="" if count < 0 else "99+" if count >= MOST_IN_TAB else str(count),
                    is_open=filter_values(its) == wanted,
                    may_keep=may_keep(viewer.user, view),
                )
            )
    is_known = wanted == filter_values(QueueFilter()) or any(tab.is_open for tab in found)
    return Tabs(tabs=tuple(found), may_save=not is_known, leads=viewer.user.role in KEEPING_FOR_ALL)


def _few(which: QueueFilter) -> bool:
    """Whether counting costs little: what is worked on, or was found by words. All that ever ended is no number to work
    by."""
    return which.state in ("open", "snoozed", *OPEN_STATES) or bool(which.text)


def with_former(site: Site, which: QueueFilter) -> QueueFilter:
    """The filter that finds a renamed type under its keys of before, too."""
    keys = site.context.desk().taxonomy.keys("type", which.type) if which.type else ()
    return replace(which, type_was=tuple(key for key in keys if key != which.type))


def filter_values(which: QueueFilter) -> dict[str, str]:
    """As the address has them."""
    told = ("state", "type", "urgency", "text", "assignee")
    return {name: getattr(which, name) for name in told}
