"""The customers' page behind List-Unsubscribe: mail programs post to it at once (RFC 8058), people press a button."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.errors import NotFound
from huiying.console.access import from_here
from huiying.console.customer_words import CUSTOMER_WORDS
from huiying.console.site import site_of
from huiying.console.words import language_for
from huiying.flows.stop_care import PATH, Wish, stop_care, wish_of
from responder.letters import letter_language

router = APIRouter(include_in_schema=False, prefix=f"{PATH}/{{token}}")


@router.get("")
def ask(request: Request, token: str) -> HTMLResponse:
    """The button; mail scanners that open every link change nothing."""
    return _page(request, token)


@router.post("")
def take(request: Request, token: str, _here: Annotated[None, Depends(from_here)]) -> HTMLResponse:
    """Done, whatever the body says: the link is the customer's own."""
    try:
        stop_care(site_of(request).context, token)
    except NotFound:
        return _page(request, token)
    return _page(request, token, done=True)


def _page(request: Request, token: str, *, done: bool = False) -> HTMLResponse:
    site, wish, status = site_of(request), None, 200
    try:
        wish = wish_of(site.context, token)
    except NotFound:
        status = 404
    language = _language(request, wish)
    return site.page(
        request, "stop.html", None, status=status, language="en" if language == "en" else "zh-CN", tongue=language,
        say=CUSTOMER_WORDS[language], wish=wish, done=done, token_of=token,
    )  # fmt: skip


def _language(request: Request, wish: Wish | None) -> str:
    return letter_language(wish.language) if wish else language_for(request.headers.get("accept-language", ""))
