"""The stream that tells an open page which tickets changed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import StreamingResponse

from huiying.console.access import Looking
from huiying.console.site import site_of

router = APIRouter(include_in_schema=False)


@router.get("/events")
def events(request: Request, viewer: Looking) -> StreamingResponse:
    """Server-sent events: ``changed`` with ticket ids. Ends with the browser, the session or the service."""
    return StreamingResponse(
        site_of(request).live.stream(viewer.session.token_hash),
        media_type="text/event-stream",
        headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
    )
