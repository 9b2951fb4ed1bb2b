"""四象限: what is important and what is urgent of the open tickets, on one page."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.views import NOBODY
from huiying.console.access import Looking
from huiying.console.site import site_of
from huiying.flows.quadrants import quadrants

SHOWN = 6
"""Tickets of a quadrant beside the others; alone it shows all that were looked at."""

router = APIRouter(include_in_schema=False)


@router.get("/quadrants")
def quadrants_page(
    request: Request,
    viewer: Looking,
    assignee: Annotated[str, Query(max_length=64)] = "",
    only: Annotated[int, Query(ge=0, le=4)] = 0,
) -> HTMLResponse:
    """Whoever sees tickets sees it; ``only`` is one quadrant, with all its tickets."""
    site = site_of(request)
    return site.page(
        request, "quadrants.html", viewer,
        found=quadrants(site.context, assignee), only=only, shown=None if only else SHOWN, assignee=assignee,
        nobody=NOBODY, order=(only,) if only else (2, 1, 4, 3),
    )  # fmt: skip
