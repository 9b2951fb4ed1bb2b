"""What people ask of mail servers from a page: the whole of a large mail, and whether any mail was missed."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.errors import NotFound
from core.domain.filing import AuditEntry
from core.domain.settings import MailboxSettings
from huiying.console.access import Configuring, Looking, RowId, Working
from huiying.console.context import MailServers
from huiying.console.jobs import Job
from huiying.console.site import Site, Viewer, site_of
from huiying.flows.fetch_whole import mailbox_of_begun
from huiying.flows.reconcile import Reconciled

FETCH, RECONCILE = "fetch", "reconcile"

router = APIRouter(include_in_schema=False)


@router.post("/mails/{ledger_id}/fetch")
def fetch_mail(request: Request, viewer: Working, ledger_id: RowId) -> HTMLResponse:
    """Begins to fetch the whole; the mail goes back into the queue and is filed on the ticket it has."""
    site = site_of(request)
    servers = _servers(site)
    mailbox_of_begun(site.context, ledger_id)  # refused now, in words, if it is no such mail
    name = viewer.user.name
    return _page(request, viewer, site.jobs.start(FETCH, lambda _: servers.fetch(ledger_id, name)))


@router.post("/mailboxes/reconcile")
def reconcile_all(request: Request, viewer: Configuring) -> HTMLResponse:
    """Begins to compare every mailbox with its server; what was missed is kept."""
    site = site_of(request)
    context, servers = site.context, _servers(site)
    boxes = [box for box in context.desk().mailboxes if box.is_polled]
    entries = [
        AuditEntry(
            id=context.ids(),
            at=context.now(),
            actor=viewer.user.name,
            action="mailbox.reconcile-asked",
            subject=f"mailbox:{box.name}",
        )
        for box in boxes
    ]
    with context.store.write() as transaction:
        transaction.audit.add(entries)
    return _page(request, viewer, site.jobs.start(RECONCILE, lambda job: _compared(servers, boxes, job)))


@router.get("/mailboxes/jobs/{job_id}")
def job_state(request: Request, viewer: Looking, job_id: int) -> HTMLResponse:
    job = site_of(request).jobs.find(job_id)
    if job is None or job.kind not in (FETCH, RECONCILE):
        raise NotFound
    return _page(request, viewer, job)


def _compared(servers: MailServers, boxes: list[MailboxSettings], job: Job) -> list[Reconciled]:
    """Mailbox by mailbox; one that cannot be reached ends it with its reason, after what was found before."""
    found: list[Reconciled] = []
    for number, box in enumerate(boxes):
        job.tell(number, len(boxes))
        found += servers.reconcile(box, repair=True)
    return found


def _servers(site: Site) -> MailServers:
    if site.console.servers is None:
        raise NotFound
    return site.console.servers


def _page(request: Request, viewer: Viewer, job: Job) -> HTMLResponse:
    return site_of(request).page(request, "parts/mail_job.html", viewer, job=job)
