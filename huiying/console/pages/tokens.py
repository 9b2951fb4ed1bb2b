"""Which programs may ask the REST API: every token without its secret; an admin makes and removes them."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.api_token import SECRET_OCTETS, ApiScope
from core.domain.errors import BadInput
from huiying.console.access import Admitting, SeeingUsers
from huiying.console.problems import in_language
from huiying.console.site import Viewer, asks_for_fragment, site_of
from huiying.flows.admit_program import add_token, remove_token, tokens_with_makers

router = APIRouter(include_in_schema=False, prefix="/tokens")


@router.get("")
def show(request: Request, viewer: SeeingUsers) -> HTMLResponse:
    return _page(request, viewer)


@router.post("")
def add(
    request: Request,
    viewer: Admitting,
    name: Annotated[str, Form()] = "",
    may: Annotated[str, Form()] = "",
    until: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """The page with the new token, this once; or the form again, with what is wrong."""
    if may not in set(ApiScope):
        raise BadInput(may)
    random = secrets.token_bytes(SECRET_OCTETS)
    try:
        _, secret = add_token(site_of(request).context, name.strip(), ApiScope(may), until, viewer.user.name, random)
    except BadInput as error:
        problem = in_language(error.message, viewer.language) or error.message
        return _page(request, viewer, name=name, may=may, until=until, problem=problem)
    return _page(request, viewer, secret=secret, made=name.strip())


@router.post("/remove")
def remove(request: Request, viewer: Admitting, name: Annotated[str, Form()]) -> Response:
    remove_token(site_of(request).context, name, viewer.user.name)
    if asks_for_fragment(request):
        return Response(headers={"HX-Redirect": "/tokens"})
    return RedirectResponse("/tokens", status_code=303)


def _page(request: Request, viewer: Viewer, **given: str) -> HTMLResponse:
    """``given`` is what was filled in with its ``problem``, or the ``secret`` of the token that was ``made``."""
    site = site_of(request)
    tokens = tokens_with_makers(site.context)
    status = 422 if "problem" in given else 200
    return site.page(request, "tokens.html", viewer, status=status, tokens=tokens, given=given, scopes=tuple(ApiScope))
