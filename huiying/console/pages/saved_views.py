"""视图 of the queue: kept, renamed, moved and removed; the tabs with how much is in each."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.saved_view import SavedView
from core.domain.views import QueueFilter
from huiying.console.access import Anyone, Looking, RowId
from huiying.console.pages.queue import STATES, Wanted
from huiying.console.queue_views import filter_values, tabs_of
from huiying.console.site import Viewer, asks_for_fragment, site_of
from huiying.flows.keep_view import filter_for, remove_view, rename_view, save_view, shift_view

router = APIRouter(include_in_schema=False, prefix="/queue/views")
Text = Annotated[str, Form(max_length=200)]
Short = Annotated[str, Form(max_length=64)]


@router.get("")
def tabs(request: Request, viewer: Looking, which: Wanted) -> HTMLResponse:
    site = site_of(request)
    views = tabs_of(site, viewer, which, counted=True)
    return site.page(request, "parts/views.html", viewer, which=which, views=views)


@router.post("")
def save(
    request: Request,
    viewer: Anyone,
    name: Text = "",
    team: Short = "",
    state: Short = "",
    type: Short = "",
    urgency: Short = "",
    text: Text = "",
    assignee: Short = "",
) -> Response:
    """The filter as its form says it: an empty state is any."""
    if state not in STATES:
        raise BadInput(state)
    which = QueueFilter(state=state, type=type, urgency=urgency, text=text.strip(), assignee=assignee)
    view = save_view(site_of(request).context, viewer.user, name, which, team=bool(team))
    return _told(request, viewer, "saved", view)


@router.post("/{view_id}")
def change(request: Request, viewer: Anyone, view_id: RowId, what: Short = "", name: Text = "") -> Response:
    """Renamed, moved one place ``back`` or ``on``, or removed; what was removed can be saved again."""
    context = site_of(request).context
    if what == "remove":
        return _told(request, viewer, "removed", remove_view(context, viewer.user, view_id))
    if what == "rename":
        return _told(request, viewer, "renamed", rename_view(context, viewer.user, view_id, name))
    if what not in ("back", "on"):
        raise BadInput(what)
    shift_view(context, viewer.user, view_id, 1 if what == "on" else -1)
    return _told(request, viewer, "moved", None)


def _told(request: Request, viewer: Viewer, key: str, view: SavedView | None) -> Response:
    if not asks_for_fragment(request):
        shown = "?" + urlencode(filter_values(filter_for(view, viewer.user))) if view else ""
        return RedirectResponse(f"/queue{shown}", status_code=303)
    if view is None:
        return Response(status_code=204, headers={"HX-Trigger": json.dumps({"views-changed": {}})})
    page = site_of(request).page(
        request, "parts/toast_view.html", viewer, key=key, view=view, values=filter_values(view.which)
    )
    page.headers["HX-Trigger"] = json.dumps({"views-changed": {}})
    return page
