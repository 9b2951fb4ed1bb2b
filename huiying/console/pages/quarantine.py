"""隔离邮件, 处理异常 and 垃圾邮件: mails of which no good ticket was made, shown safely, tried again, or downloaded."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import NotFound, ReasonNeeded
from core.domain.filing import AuditEntry
from core.domain.views import LedgerRow
from huiying.console.access import Looking, Revealing, RowId, Working
from huiying.console.letter_text import safe_source
from huiying.console.pages.actions import REASONS
from huiying.console.site import Site, Viewer, asks_for_fragment, site_of
from huiying.flows.not_spam import not_spam
from huiying.flows.replay import replay, replay_all

PAGE = 50
RAW_REASONS = ("broken", *REASONS)
"""Why somebody takes a mail as it came: its bytes hold the sender's address and whatever is masked elsewhere."""

router = APIRouter(include_in_schema=False)


@router.get("/quarantine")
def quarantine(request: Request, viewer: Looking, key: str = "") -> HTMLResponse:
    site = site_of(request)
    with site.context.store.read() as transaction:
        page = transaction.views.quarantine(key, PAGE)
    return site.page(request, "quarantine.html", viewer, page=page, key=key)


@router.get("/silent")
def silent(request: Request, viewer: Looking, key: str = "") -> HTMLResponse:
    """Mails that got no letter, each with the reason."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        page = transaction.views.silent(key, PAGE)
    return site.page(request, "silent.html", viewer, page=page, key=key)


@router.get("/spam")
def spam(request: Request, viewer: Looking, key: str = "", tickets: str = "") -> HTMLResponse:
    """Mails taken for spam, of which nothing was made, and tickets that a person called spam. Each list has its own
    pages, ``key`` of the mails and ``tickets`` of the tickets; the later pages of one stand alone."""
    site = site_of(request)
    with site.context.store.read() as transaction:
        page = None if tickets else transaction.views.spam(key, PAGE)
        called = None if key else transaction.views.spam_tickets(tickets, PAGE)
    return site.page(request, "spam.html", viewer, page=page, key=key, called=called, of_tickets=tickets)


@router.post("/mails/{ledger_id}/not-spam")
def clear_spam(request: Request, viewer: Working, ledger_id: RowId) -> Response:
    """A ticket is made of it and acknowledged, as of any mail."""
    site = site_of(request)
    not_spam(site.context, ledger_id, viewer.user.name)
    if not asks_for_fragment(request):
        return RedirectResponse(f"/mails/{ledger_id}", status_code=303)
    return site.page(request, "parts/toast_not_spam.html", viewer)


@router.get("/mails/{ledger_id}")
def mail(request: Request, viewer: Looking, ledger_id: RowId) -> HTMLResponse:
    """A kept mail as plain, masked text: nothing of it is interpreted."""
    site = site_of(request)
    row = _row(site, ledger_id)
    with site.context.store.read() as transaction:
        head, body = ("", "") if row.original_gone else safe_source(transaction.ledger.raw(ledger_id))
    return site.page(request, "mail.html", viewer, row=row, head=head, body=body, reasons=RAW_REASONS)


@router.post("/mails/{ledger_id}/replay")
def replay_mail(request: Request, viewer: Working, ledger_id: RowId) -> Response:
    """Back into the line: same ticket, same number, no second letter."""
    site = site_of(request)
    _row(site, ledger_id)
    replay(site.context, ledger_id, viewer.user.name)
    site.context.wake.ring("kept")
    if not asks_for_fragment(request):
        return RedirectResponse(f"/mails/{ledger_id}", status_code=303)
    return site.page(request, "parts/toast_replayed.html", viewer, count=1)


@router.post("/quarantine/replay")
def replay_quarantine(request: Request, viewer: Working) -> Response:
    """The same for every mail of the quarantine; each has its line in the audit trail."""
    site = site_of(request)
    count = replay_all(site.context, viewer.user.name)
    if not asks_for_fragment(request):
        return RedirectResponse("/quarantine", status_code=303)
    return site.page(request, "parts/toast_replayed.html", viewer, count=count)


@router.post("/mails/{ledger_id}/download")
def download_mail(
    request: Request, viewer: Revealing, ledger_id: RowId, reason: Annotated[str, Form()] = ""
) -> Response:
    """The exact bytes as .eml, contact data and all; who took them and why is in the audit trail before."""
    if reason not in RAW_REASONS:
        raise ReasonNeeded
    site = site_of(request)
    _row(site, ledger_id)
    with site.context.store.write() as transaction:
        transaction.audit.add([_audit(site, viewer, "mail.download", f"mail:{ledger_id}", reason)])
    with site.context.store.read() as transaction:
        data = transaction.ledger.raw(ledger_id)
    headers = {"Content-Disposition": f'attachment; filename="{ledger_id}.eml"'}
    return Response(data, media_type="application/octet-stream", headers=headers)


def _row(site: Site, ledger_id: int) -> LedgerRow:
    with site.context.store.read() as transaction:
        row = transaction.views.ledger_row(ledger_id)
    if row is None:
        raise NotFound
    return row


def _audit(site: Site, viewer: Viewer, action: str, subject: str, reason: str) -> AuditEntry:
    context = site.context
    return AuditEntry(
        id=context.ids(), at=context.now(), actor=viewer.user.name, action=action, subject=subject,
        details=(("reason", reason),),
    )  # fmt: skip
