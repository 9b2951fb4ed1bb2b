"""The demo's page of letters that customers received: what really went over the wire."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.errors import NotFound
from huiying.console.access import SIGNED_IN, Looking
from huiying.console.context import CustomerLetter
from huiying.console.headers import MAIL_POLICY
from huiying.console.site import site_of

MOST = 200

router = APIRouter(include_in_schema=False, prefix="/demo/inbox")


@router.get("")
def inbox(request: Request, viewer: Looking) -> HTMLResponse:
    letters = _letters(request)[:MOST]
    chosen = letters[0] if letters else None
    return site_of(request).page(request, "demo_inbox.html", viewer, letters=letters, chosen=chosen, opened=False)


@router.get("/{number}")
def letter(request: Request, viewer: Looking, number: int) -> HTMLResponse:
    letters = _letters(request)[:MOST]
    return site_of(request).page(
        request, "demo_inbox.html", viewer, letters=letters, chosen=_find(letters, number), opened=True
    )


@router.get("/{number}/html", dependencies=[SIGNED_IN])
def letter_html(request: Request, number: int) -> HTMLResponse:
    """The letter's HTML as the customer's mail program shows it, in its sandboxed frame."""
    return HTMLResponse(
        _find(_letters(request), number).html,
        headers={"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"},
    )


def _letters(request: Request) -> list[CustomerLetter]:
    read = site_of(request).console.inbox
    if read is None:
        raise NotFound
    return list(read())


def _find(letters: list[CustomerLetter], number: int) -> CustomerLetter:
    found = next((letter for letter in letters if letter.number == number), None)
    if found is None:
        raise NotFound
    return found
