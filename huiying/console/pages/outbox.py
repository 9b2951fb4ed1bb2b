"""The outbox: every letter, how far it came, the server's answer, and what a person may do with it."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.address_mark import Mark
from core.domain.errors import BadInput, Conflict, NotFound
from core.domain.letter import LetterState
from core.domain.people import Actor
from huiying.console.access import Looking, RowId, Working
from huiying.console.letter_text import read_letter
from huiying.console.site import asks_for_fragment, site_of
from huiying.flows.bounce import clear_mark
from huiying.flows.held import change_all, may_go_on
from huiying.flows.outbox import ACTIONS
from huiying.flows.outbox import change_letter as change

PAGE = 50
STATES = ("", *LetterState)

router = APIRouter(include_in_schema=False, prefix="/outbox")


@router.get("")
def outbox(request: Request, viewer: Looking, state: str = "", key: str = "") -> HTMLResponse:
    site = site_of(request)
    state = state if state in STATES else ""
    with site.context.store.read() as transaction:
        page = transaction.views.letters(state, key, PAGE)
    return site.page(
        request,
        "outbox.html",
        viewer,
        page=page,
        state=state,
        states=STATES,
        actions=ACTIONS,
        key=key,
        may_go_on=any(may_go_on(site.context, row) for row in page.rows),
    )


@router.get("/addresses")
def addresses(request: Request, viewer: Looking, key: str = "") -> HTMLResponse:
    """Addresses that bounced, with the way to clear them."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        page = transaction.addresses.list(Mark.BOUNCED, key, PAGE)
    return site.page(request, "addresses.html", viewer, page=page, states=STATES, key=key)


@router.post("/addresses/clear")
def clear_address(
    request: Request, viewer: Working, key: Annotated[str, Form()], back: Annotated[str, Form()] = ""
) -> Response:
    """The address is good again; ``back`` is the number of the ticket on whose page that was said."""
    if not clear_mark(site_of(request).context, key, Mark.BOUNCED, viewer.user.name):
        raise Conflict
    return RedirectResponse(f"/tickets/{quote(back)}" if back else "/outbox/addresses", status_code=303)


@router.post("/all")
def change_held(request: Request, viewer: Working, action: Annotated[str, Form()]) -> Response:
    """What a switch kept back that is live again: released or cancelled in one act."""
    if action not in ("release", "cancel"):
        raise BadInput(action)
    change_all(site_of(request).context, action, Actor.person(viewer.user))
    there = "/outbox?state=held"
    if asks_for_fragment(request):
        return Response(headers={"HX-Redirect": there})
    return RedirectResponse(there, status_code=303)


@router.get("/{letter_id}")
def letter(request: Request, viewer: Looking, letter_id: RowId) -> HTMLResponse:
    """One letter: its text as composed (masked), and what the server said."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        row = transaction.views.letter(letter_id)
        data = transaction.outbox.bytes_of(letter_id) if row else None
        gone = None if data else transaction.retention.removed(letter_id)
    if row is None:
        raise NotFound
    shown = read_letter(data) if data else None
    return site.page(request, "letter.html", viewer, row=row, letter=shown, gone=gone, actions=ACTIONS)


@router.post("/{letter_id}")
def change_letter(request: Request, viewer: Working, letter_id: RowId, action: Annotated[str, Form()]) -> Response:
    """Hold, release, retry or cancel; ``Conflict`` when the letter went on meanwhile."""
    if action not in ACTIONS:
        raise BadInput(action)
    site = site_of(request)
    if not change(site.context, letter_id, action, Actor.person(viewer.user)):
        raise Conflict
    if not asks_for_fragment(request):
        return RedirectResponse(f"/outbox/{letter_id}", status_code=303)
    with site.context.store.read() as transaction:
        row = transaction.views.letter(letter_id)
    return site.page(request, "parts/letter_row.html", viewer, row=row, actions=ACTIONS)
