"""延期审批: every extension that waits for a lead's word, on one page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.extension import Extension
from core.domain.promise import Promise
from core.domain.ticket import Ticket
from core.domain.views import Page
from huiying.console.access import Looking, RowId, Working
from huiying.console.site import Site, site_of
from huiying.flows.extend import DECIDING, Verdict, decide_extension
from huiying.flows.extension_words import look_at
from huiying.flows.serve import desk_for
from responder.wording_check import Finding

PAGE = 50
VERDICTS = ("approve", "refuse", "by-call")
Text = Annotated[str, Form(max_length=2_000)]

router = APIRouter(include_in_schema=False, prefix="/extensions")


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """One request with what a lead looks at: the ticket, the promise as it stands now, and what the wording check says
    of the reason."""

    extension: Extension
    ticket: Ticket
    promise: Promise | None
    words: tuple[Finding, ...]


@router.get("")
def waiting(request: Request, viewer: Looking, key: str = "") -> HTMLResponse:
    """Whoever sees tickets sees them; leads decide."""
    site = site_of(request)
    page = _waiting(site, key)
    decides = viewer.user.role in DECIDING
    return site.page(request, "extensions.html", viewer, page=page, key=key, decides=decides, now=site.context.now())


@router.post("/{number}/{extension_id}")
def decide(
    request: Request,
    viewer: Working,
    number: str,
    extension_id: RowId,
    decision: Text,
    because: Text = "",
    key: Text = "",
) -> Response:
    """The lead's word, and back to what else waits; the toast's undo is on the ticket's page."""
    if decision not in VERDICTS:
        raise BadInput(f"{quote(decision[:20])}: {', '.join(VERDICTS)}")
    verdict = Verdict(approved=decision != "refuse", because=because, by_call=decision == "by-call")
    decide_extension(site_of(request).context, number, viewer.user, extension_id, verdict)
    return RedirectResponse("/extensions" + (f"?key={quote(key)}" if key else ""), status_code=303)


def _waiting(site: Site, key: str) -> Page[Waiting]:
    """Oldest first. A ticket that ended meanwhile needs no word."""
    found = []
    with site.context.store.read() as tx:
        asked = tx.extensions.asked(key, PAGE)
        for one in asked.rows:
            ticket = tx.tickets.get(one.ticket_id)
            if ticket is not None:
                promise = next((p for p in tx.promises.of_ticket(one.ticket_id) if p.id == one.promise_id), None)
                words = look_at(desk_for(site.context, tx, ticket), ticket.number, one.reason, one.wanted)
                found.append(Waiting(extension=one, ticket=ticket, promise=promise, words=words))
    return Page(rows=tuple(found), next_key=asked.next_key)
