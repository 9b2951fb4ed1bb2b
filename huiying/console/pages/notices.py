"""What a user was told, in the inbox behind the bell; and for those who configure, what left by other channels."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import Conflict, NotFound
from core.domain.filing import AuditEntry
from core.domain.notice import CopyState
from huiying.console.access import Anyone, Configuring, Looking, Managing, RowId
from huiying.console.site import asks_for_fragment, site_of
from responder.notice_words import notice_facts, notice_path, notice_title

PAGE = 50
STATES = ("", *(state.value for state in CopyState))

router = APIRouter(include_in_schema=False, prefix="/notices")


@router.get("")
def inbox(request: Request, viewer: Looking, which: str = "", key: str = "") -> HTMLResponse:
    """The user's own notices: what is unseen, or all."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        page = transaction.notices.inbox(viewer.user.name, key, PAGE, unseen=which != "all")
    return site.page(
        request, "notices.html", viewer, page=page, which=which, key=key, title=notice_title, facts=notice_facts,
        calendar=site.context.desk().calendar,
    )  # fmt: skip


@router.get("/bell")
def bell(request: Request, viewer: Looking) -> HTMLResponse:
    return site_of(request).page(request, "parts/bell.html", viewer)


@router.post("/seen")
def see(request: Request, viewer: Anyone, one: Annotated[int, Form(ge=0, lt=2**63)] = 0) -> Response:
    """One of them, or all, was seen."""
    site = site_of(request)
    with site.context.store.write() as transaction:
        transaction.notices.see(viewer.user.name, (one,) if one else (), site.context.now())
    if asks_for_fragment(request):
        return HTMLResponse("")
    return RedirectResponse("/notices", status_code=303)


@router.get("/{copy_id}/open")
def open_one(request: Request, viewer: Looking, copy_id: RowId) -> Response:
    """Leads to what it is about; from then on it counts as seen."""
    site = site_of(request)
    with site.context.store.write() as transaction:
        row = transaction.notices.mine(viewer.user.name, copy_id)
        if row is None:
            raise NotFound
        transaction.notices.see(viewer.user.name, (copy_id,), site.context.now())
    return RedirectResponse(notice_path(row.subject, row.number), status_code=303)


@router.get("/sent")
def sent(request: Request, viewer: Managing, state: str = "", key: str = "") -> HTMLResponse:
    """What left, or is to leave, by mail, webhook and chat, with the other side's answer."""
    site, state = site_of(request), state if state in STATES else ""
    with site.context.store.read() as transaction:
        page = transaction.notices.sent(state, key, PAGE)
    return site.page(
        request, "notices_sent.html", viewer, page=page, state=state, states=STATES, key=key, title=notice_title
    )


@router.post("/{copy_id}/again")
def again(request: Request, viewer: Configuring, copy_id: RowId) -> Response:
    """Tries a copy that was given up once more."""
    site = site_of(request)
    context = site.context
    entry = AuditEntry(
        id=context.ids(),
        at=context.now(),
        actor=viewer.user.name,
        action="notice.again",
        subject=f"notice:{copy_id}",
    )
    with context.store.write() as transaction:
        if not transaction.notices.again(copy_id, context.now()):
            raise Conflict
        transaction.audit.add([entry])
    context.wake.ring("notices")
    return RedirectResponse("/notices/sent", status_code=303)
