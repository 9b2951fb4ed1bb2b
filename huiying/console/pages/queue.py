"""待办工单: what waits for an agent, ordered by the next due time, with a look inside the selected ticket."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import NotFound
from core.domain.people import Permission
from core.domain.ticket import State
from core.domain.views import MOST_COUNTED, MOST_ROWS, NOBODY, Page, QueueFilter, QueueRow
from core.settings.coverage import is_open
from huiying.console.access import Looking, Working
from huiying.console.marks import marked_text
from huiying.console.queue_views import filter_values, tabs_of, with_former
from huiying.console.reasons import reasons, terms
from huiying.console.site import Site, Viewer, asks_for_fragment, site_of
from huiying.flows.link_many import Linked, link_many, make_outage, unlink_many
from huiying.flows.many import STATES as MANY_STATES
from huiying.flows.send_care import MOST_CHOSEN

PAGE = 50
STATES = ("open", "snoozed", "", State.NEW, State.WAITING_CUSTOMER, State.ON_HOLD, State.RESOLVED, State.CLOSED)
"""The choices of the state filter; "open" is everything that somebody still works on, "snoozed" what the viewer has put
off, '' all."""

router = APIRouter(include_in_schema=False)


def wanted(
    request: Request,
    viewer: Looking,
    state: str = "open",
    type: str = "",
    urgency: str = "",
    text: Annotated[str, Query(max_length=200)] = "",
    assignee: Annotated[str, Query(max_length=64)] = "",
) -> QueueFilter:
    """The filter in the address; what is no state means the open ones."""
    known = state if state in {*STATES, *State} else "open"
    which = QueueFilter(
        state=known, type=type, urgency=urgency, text=text.strip(), assignee=assignee,
        person=viewer.user.name, now=site_of(request).context.now(),
    )  # fmt: skip
    return with_former(site_of(request), which)


Wanted = Annotated[QueueFilter, Depends(wanted)]


@router.get("/queue")
def queue(request: Request, viewer: Looking, which: Wanted) -> HTMLResponse:
    site = site_of(request)
    taxonomy = site.context.desk().taxonomy
    with site.context.store.read() as transaction:
        people = tuple(one for one in transaction.people.users() if one.may(Permission.WORK_TICKETS))
    return site.page(
        request,
        "queue.html",
        viewer,
        which=which,
        people=people,
        nobody=NOBODY,
        states=dict.fromkeys((*STATES, which.state)),
        offered=STATES,
        types=taxonomy.values("type"),
        urgencies=taxonomy.values("urgency"),
        views=tabs_of(site, viewer, which, counted=False),
        teams=tuple(dict.fromkeys(value.team for value in taxonomy.values("type") if value.team)),
        many_states=MANY_STATES,
        hold_reasons=tuple(site.context.desk().reasons.hold.values()),
        asks_coverage=viewer.user.may(Permission.CONFIGURE) and is_open(site.context.desk().files.files),
        **_read(site, which, PAGE),
    )


@router.get("/queue/list")
def queue_list(
    request: Request, viewer: Looking, which: Wanted, shown: Annotated[int, Query(ge=1, le=MOST_ROWS)] = PAGE
) -> HTMLResponse:
    """The first rows again, as many as the page shows; the browser morphs what differs."""
    site = site_of(request)
    return site.page(request, "parts/queue_list.html", viewer, which=which, **_read(site, which, max(PAGE, shown)))


@router.get("/queue/more")
def queue_more(request: Request, viewer: Looking, which: Wanted, key: str) -> HTMLResponse:
    """The rows after a page's end."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        page = transaction.views.queue(which, key, PAGE)
    return site.page(request, "parts/queue_rows.html", viewer, which=which, page=page, more=_more(which, page))


@router.post("/queue/link")
def link_chosen(
    request: Request,
    viewer: Working,
    chosen: Annotated[list[str] | None, Form()] = None,
    main: Annotated[str, Form()] = "",
    undo: Annotated[str, Form()] = "",
    care: Annotated[str, Form()] = "",
) -> Response:
    """The chosen tickets become one outage under ``main``, or under the earliest of them; ``undo`` parts them again.
    ``care`` leads to the page of letters of care instead."""
    if care:
        return _to_care(request, (chosen or ())[:MOST_CHOSEN])
    context, leader = site_of(request).context, main.strip().lstrip("#＃")
    act = unlink_many if undo else link_many
    return _linked(request, viewer, act(context, chosen or (), leader, viewer.user), undone=bool(undo))


def _to_care(request: Request, chosen: Sequence[str]) -> Response:
    address = "/care?" + urlencode({"who": tuple(chosen)}, doseq=True)
    if not asks_for_fragment(request):
        return RedirectResponse(address, status_code=303)
    return Response(status_code=204, headers={"HX-Redirect": address})


@router.post("/queue/outage")
def outage(request: Request, viewer: Working, type: Annotated[str, Form()] = "") -> Response:
    """The tickets of a surge become one outage."""
    return _linked(request, viewer, make_outage(site_of(request).context, type, viewer.user))


def _linked(request: Request, viewer: Viewer, linked: Linked, *, undone: bool = False) -> Response:
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tickets/{quote(linked.main, safe='')}", status_code=303)
    page = site_of(request).page(request, "parts/toast_linked.html", viewer, linked=linked, undone=undone)
    page.headers["HX-Trigger"] = json.dumps({"ticket-changed": {"number": linked.main}})
    return page


@router.get("/queue/look/{number}")
def look(request: Request, viewer: Looking, number: str) -> HTMLResponse:
    """The selected ticket beside the list: the customer's words, the suggestion and the keys that correct it."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    if detail is None:
        raise NotFound
    current = next((row for row in detail.decisions if row.current), None)
    said = next((m for m in detail.messages if current and m.id == current.message_id), None)
    said = said or next((m for m in detail.messages if m.direction == "in"), None)
    taxonomy = site.context.desk().taxonomy
    return site.page(
        request,
        "parts/look.html",
        viewer,
        detail=detail,
        ticket=detail.ticket,
        decision=current.decision if current else None,
        reasons=reasons(detail, current.decision if current else None),
        terms=terms,
        said=said,
        marked=marked_text(said, current.decision if current else None) if said else (),
        types=taxonomy.values("type"),
        urgencies=taxonomy.values("urgency"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Elsewhere:
    """How many tickets have the words whatever else the filter says, and the address that lists them."""

    count: str
    address: str


def _read(site: Site, which: QueueFilter, limit: int) -> dict[str, Any]:
    """What the list shows."""
    everywhere = QueueFilter(state="", text=which.text, person=which.person, now=which.now)
    with site.context.store.read() as transaction:
        page = transaction.views.queue(which, "", min(limit, MOST_ROWS))
        count = transaction.views.queue_count(which) if page.next_key else len(page.rows)
        more = transaction.views.queue_count(everywhere) if which.text and which != everywhere else count
    address = "/queue?" + urlencode(filter_values(everywhere))
    elsewhere = Elsewhere(count=_counted(more), address=address) if more > count else None
    return {"page": page, "count": _counted(count), "more": _more(which, page), "elsewhere": elsewhere}


def _counted(count: int) -> str:
    return f"{MOST_COUNTED}+" if count >= MOST_COUNTED else str(count)


def _more(which: QueueFilter, page: Page[QueueRow]) -> str:
    """The address of the rows after these, '' at the end."""
    if not page.next_key:
        return ""
    return "/queue/more?" + urlencode({**filter_values(which), "key": page.next_key})
