"""What every request handler reaches through the application: the context, the templates and the live view."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.people import Permission, Session, User
from core.domain.task import TaskFilter
from core.text.mask import mask_address, mask_phone
from huiying.console.assets import Asset
from huiying.console.caller import ProxyNote
from huiying.console.context import ConsoleContext
from huiying.console.drawing import bar, icons, tokens
from huiying.console.health_cache import HealthCache
from huiying.console.jobs import Jobs
from huiying.console.live import Live
from huiying.console.pace import Pace
from huiying.console.words import Catalogue, Words
from huiying.flows.context import Context
from huiying.flows.task_list import within

TEMPLATES = Path(__file__).parent / "templates"
MOST_HASHES_AT_ONCE = 2
"""Password checks that run at the same time: each takes 64 MB and a core."""
MOST_SIGNING_IN = 16
"""Sign-ins that wait for such a check, of the forty threads that serve pages: strangers never hold them all."""
MOST_REQUESTS, REQUEST_WINDOW = 600, timedelta(minutes=1)
"""Of one token."""
MOST_WRONG_TOKENS, WRONG_WINDOW = 40, timedelta(minutes=15)
"""From one network. A right token beside them is let in: nobody shuts out a program whose address he shares."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is signed in on this request."""

    user: User
    session: Session

    @property
    def language(self) -> str:
        return self.user.language

    def may(self, permission: str) -> bool:
        return self.user.may(Permission(permission))


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Built once by ``create_app``; ``decoy`` is a hash that no password has, checked for names nobody has."""

    console: ConsoleContext
    catalogues: Mapping[str, Catalogue]
    assets: Mapping[str, Asset]
    templates: Environment
    live: Live
    health: HealthCache
    decoy: str
    proxy: ProxyNote = field(default_factory=ProxyNote)
    jobs: Jobs = field(default_factory=Jobs)
    requests: Pace = field(default_factory=lambda: Pace(MOST_REQUESTS, REQUEST_WINDOW))
    wrong_tokens: Pace = field(default_factory=lambda: Pace(MOST_WRONG_TOKENS, WRONG_WINDOW))
    hashing: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_HASHES_AT_ONCE))
    waiting: threading.BoundedSemaphore = field(default_factory=lambda: threading.BoundedSemaphore(MOST_SIGNING_IN))

    @property
    def context(self) -> Context:
        return self.console.context

    def unseen(self, viewer: Viewer) -> int:
        """How many notices the user has not seen."""
        with self.context.store.read() as transaction:
            return transaction.notices.unseen(viewer.user.name)

    def due_tasks(self, viewer: Viewer) -> int:
        """How many of the user's own tasks are overdue, or due today."""
        tonight = replace(within(self.context, TaskFilter(owner=viewer.user.name), "today"), since=None)
        with self.context.store.read() as transaction:
            return transaction.tasks.count(tonight)

    def words(self, language: str) -> Words:
        desk = self.context.desk()
        return Words(
            language=language,
            catalogue=self.catalogues[language],
            taxonomy=desk.taxonomy,
            zone=desk.calendar.tz,
            now=self.context.now(),
        )

    def page(
        self,
        request: Request,
        name: str,
        viewer: Viewer | None,
        /,
        *,
        language: str = "",
        status: int = 200,
        **values: Any,  # noqa: ANN401 (a template takes what it names)
    ) -> HTMLResponse:
        """A rendered template; ``values`` are what only that template needs."""
        words = values.pop("words", None) or self.words(language or (viewer.language if viewer else "zh-CN"))
        text = self.templates.get_template(name).render(
            t=words,
            viewer=viewer,
            site=self,
            path=request.url.path,
            asset=self._address,
            mask_address=mask_address,
            mask_phone=mask_phone,
            icon=icons(self._address("icons.svg")),
            bar=bar,
            token=tokens(viewer.session.csrf if viewer else ""),
            status=status,
            **values,
        )
        return HTMLResponse(text, status_code=status)

    def _address(self, name: str) -> str:
        return self.assets[name].address


def site_of(request: Request) -> Site:
    site: Site = request.app.state.site
    return site


@cache
def environment() -> Environment:
    """Templates escape everything, fail on unknown names and are compiled once a process."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )


def asks_for_fragment(request: Request) -> bool:
    """Whether htmx asks: it swaps the answer into the page."""
    return request.headers.get("hx-request") == "true"
