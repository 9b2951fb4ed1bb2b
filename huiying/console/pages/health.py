"""How the service is: the strip on every page, the health page, and an answer for machines."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from core.domain.errors import HuiyingError
from huiying.console.access import Looking
from huiying.console.site import site_of
from huiying.flows.surge import find_surges

router = APIRouter(include_in_schema=False)


@router.get("/health")
def health_page(request: Request, viewer: Looking) -> HTMLResponse:
    site = site_of(request)
    with site.context.store.read() as transaction:
        facts = transaction.views.health()
        surges = find_surges(transaction, site.context.now())
    desk = site.context.desk()
    known = {box.name for box in desk.mailboxes}
    readers = [one for one in facts.readers if one.mailbox in known]
    return site.page(request, "health.html", viewer, facts=facts, readers=readers, surges=surges, bundle=desk.bundle)


@router.get("/health/strip")
def health_strip(request: Request, viewer: Looking) -> HTMLResponse:
    return site_of(request).page(request, "parts/strip.html", viewer)


@router.get("/healthz")
def healthz(request: Request) -> Response:
    """200 while mail flows, 503 when it does not; no details, for it needs no sign-in."""
    try:
        level = site_of(request).health().level
    except HuiyingError:
        level = "error"
    return JSONResponse({"level": level}, status_code=503 if level == "error" else 200)
