"""What an agent does to a ticket with one key: confirm, correct, undo, and a look at contact data."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.correction import Correction
from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from huiying.console.access import Revealing, Working
from huiying.console.contact import contact_choices
from huiying.console.site import Site, Viewer, asks_for_fragment, site_of
from huiying.flows.correct import CORRECTABLE, confirm, correct, undo

REASONS = ("call-back", "identity", "hand-over", "complaint", "audit")
"""Why somebody looks at contact data; stored as a code."""

Value = Annotated[str, Form(max_length=100)]

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")


@router.post("/confirm")
def confirm_suggestion(request: Request, viewer: Working, number: str) -> Response:
    """确认预判."""
    return _answer(request, viewer, number, lambda site: confirm(site.context, number, viewer.user.name))


@router.post("/correct")
def correct_fields(
    request: Request, viewer: Working, number: str, field: Annotated[str, Form()], value: Annotated[str, Form()]
) -> Response:
    """修正分类: one field at a time."""
    if field not in CORRECTABLE:
        raise BadInput(field)
    return _answer(
        request, viewer, number, lambda site: correct(site.context, number, {field: value}, viewer.user.name)
    )


@router.post("/fields")
def correct_others(
    request: Request,
    viewer: Working,
    number: str,
    emotion: Value = "",
    topic: Value = "",
    impact: Value = "",
    gravity: Value = "",
    priority: Value = "",
    team: Value = "",
) -> Response:
    """修正分类 of those that no key corrects, several at once; only what differs is changed."""
    given = {
        "emotion": emotion, "topic": topic, "impact": impact, "gravity": gravity, "priority": priority, "team": team
    }  # fmt: skip
    with site_of(request).context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    if detail is None:
        raise NotFound
    now = detail.ticket.fields
    changes = {name: value for name, value in given.items() if value.strip() and value != now.get(name)}
    if not changes:
        raise BadInput("没有改动 (nothing was changed)")
    return _answer(request, viewer, number, lambda site: correct(site.context, number, changes, viewer.user.name))


@router.post("/undo")
def undo_last(request: Request, viewer: Working, number: str) -> Response:
    """Takes the last confirmation or correction back."""
    return _answer(request, viewer, number, lambda site: undo(site.context, number, viewer.user.name))


def _answer(request: Request, viewer: Viewer, number: str, act: Callable[[Site], Correction | None]) -> Response:
    """A toast that offers to undo, and the news that the ticket changed; a redirect without scripts."""
    site = site_of(request)
    done = act(site)
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tickets/{quote(number, safe='')}", status_code=303)
    answer = site.page(request, "parts/toast_done.html", viewer, done=done, number=number)
    answer.headers["HX-Trigger"] = json.dumps({"ticket-changed": {"number": number}})
    return answer


@router.post("/reveal")
def reveal_contact(request: Request, viewer: Revealing, number: str, reason: Annotated[str, Form()]) -> HTMLResponse:
    """The customer's contact data, unmasked; who looked and why is in the audit trail before it is shown."""
    if reason not in REASONS:
        raise BadInput(reason)
    site = site_of(request)
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    if detail is None:
        raise NotFound
    entry = AuditEntry(
        id=site.context.ids(),
        at=site.context.now(),
        actor=viewer.user.name,
        action="contact.reveal",
        subject=f"ticket:{detail.ticket.id}",
        details=(("reason", reason),),
    )
    with site.context.store.write() as transaction:
        transaction.audit.add([entry])
    return site.page(
        request, "parts/contact.html", viewer, detail=detail, ticket=detail.ticket, revealed=True, bounced=None,
        **contact_choices(site),
    )  # fmt: skip
