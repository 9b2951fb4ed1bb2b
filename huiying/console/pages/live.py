"""The stream that tells an open page which tickets changed and who has one open, and what a page says."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from huiying.console.access import Looking, Working
from huiying.console.site import site_of
from huiying.flows.attend import attend, leave

router = APIRouter(include_in_schema=False)


@router.get("/events")
def events(request: Request, viewer: Looking) -> StreamingResponse:
    """Server-sent events: ``changed`` with ticket ids; ``everybody`` with who is on which ticket, ``present`` with what
    of that is different. Ends with the browser, the session or the service."""
    return StreamingResponse(
        site_of(request).live.stream(viewer.session.token_hash),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )


@router.post("/tickets/{number}/present")
def present(
    request: Request,
    viewer: Working,
    number: str,
    page: Annotated[int, Form(ge=0, lt=2**53)],
    writing: Annotated[str, Form()] = "",
    closed: Annotated[str, Form()] = "",
) -> Response:
    """A page has the ticket open, an answer is being written on it, or it was closed."""
    context = site_of(request).context
    if closed:
        leave(context, viewer.user, page)
    else:
        attend(context, number, viewer.user, page, writing=bool(writing))
    return Response(status_code=204)
