"""What the text of a ticket says: its one line is written anew, and what looked like a copy is told to be none."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from huiying.console.access import Working
from huiying.console.site import asks_for_fragment, site_of
from huiying.flows.distil import distil, not_a_copy

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")


@router.post("/distil")
def distil_ticket(request: Request, viewer: Working, number: str, line: Annotated[str, Form()] = "") -> Response:
    """提炼; an empty line takes the proposal again."""
    distil(site_of(request).context, number, viewer.user, line)
    return _changed(request, number)


@router.post("/not-a-copy")
def tell_apart(request: Request, viewer: Working, number: str) -> Response:
    """不是重复."""
    not_a_copy(site_of(request).context, number, viewer.user)
    return _changed(request, number)


def _changed(request: Request, number: str) -> Response:
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tickets/{quote(number, safe='')}", status_code=303)
    return Response(status_code=204, headers={"HX-Trigger": json.dumps({"ticket-changed": {"number": number}})})
