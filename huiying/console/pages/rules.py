"""Rules: the list with live figures, what agents' corrections suggest, and the way back to earlier rules."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.bundle import BundleRecord
from core.domain.errors import NotFound
from core.text.segment import Segmenter
from huiying.console.access import Configuring, Looking, Managing
from huiying.console.jobs import Job
from huiying.console.rule_life import (
    DAYS,
    check_folder,
    follow_folder,
    go_live,
    is_editable,
    job_page,
    to_list,
    try_desk,
)
from huiying.console.rule_list import SHOWS, SPANS, rule_rows
from huiying.console.site import Site, site_of
from huiying.flows.desk import Desk
from huiying.flows.publish import rollback_rules
from huiying.flows.review_rules import DAYS as REVIEWED_DAYS
from huiying.flows.review_rules import known_before, review_rules
from huiying.flows.rule_figures import rule_figures
from huiying.flows.suggest_rules import accept, as_json, suggest_rules

SEARCHED_DAYS = 180
HISTORY = 12
router = APIRouter(include_in_schema=False, prefix="/rules")


@router.get("")
def rules(request: Request, viewer: Looking, show: str = "local") -> HTMLResponse:
    """Every rule that is in force, on trial or retired, with its figures of the last days when they were counted."""
    site = site_of(request)
    context = site.context
    with context.store.read() as tx:
        history = tx.bundles.history(HISTORY)
    desk, show = _published(site, history), show if show in SHOWS else "local"
    figures = site.jobs.latest("figures")
    known = figures.result if figures is not None and figures.result["live"] == desk.bundle else None
    today = context.now().astimezone(desk.calendar.tz).date()
    return site.page(
        request,
        "rules.html",
        viewer,
        rows=rule_rows(desk, rule_figures(context, desk, *SPANS), known, show, today, known_before(context, SPANS[-1])),
        figures=known,
        show=show,
        shows=SHOWS,
        files=sorted(path for path in desk.files.files if is_editable(path)),
        history=history,
        days=DAYS,
    )


@router.get("/review")
def review(request: Request, viewer: Looking) -> HTMLResponse:
    """The weekly look: what of the book wants a decision, with its place and what to do."""
    site = site_of(request)
    found = review_rules(site.context, site.context.desk())
    return site.page(request, "parts/rule_review.html", viewer, remarks=found, days=REVIEWED_DAYS)


@router.post("/figures")
def count_figures(request: Request, viewer: Configuring) -> HTMLResponse:
    """Begins to count how the live rules did in the last days."""
    site = site_of(request)
    desk = site.context.desk()
    return job_page(request, viewer, site.jobs.start("figures", lambda job: _figures(site, desk, job)))


@router.post("/suggest")
def suggest(request: Request, viewer: Configuring) -> HTMLResponse:
    """Begins to look for rules in what agents have decided."""
    site = site_of(request)
    context = site.context
    desk, until = context.desk(), context.now()

    def work(job: Job) -> object:
        since = until - timedelta(days=SEARCHED_DAYS)
        drafts = suggest_rules(context.store, desk, since, until, Segmenter(), on_progress=job.tell)
        return [(one, as_json(one)) for one in drafts]

    return job_page(request, viewer, site.jobs.start("suggest", work))


@router.get("/jobs/{job_id}")
def job_state(request: Request, viewer: Managing, job_id: int) -> HTMLResponse:
    job = site_of(request).jobs.find(job_id)
    if job is None:
        raise NotFound
    return job_page(request, viewer, job)


@router.post("/accept")
def accept_suggestion(
    request: Request, viewer: Configuring, job: Annotated[int, Form()], suggestion: Annotated[str, Form()]
) -> Response:
    """Puts a suggested rule on trial."""
    site = site_of(request)
    found = site.jobs.find(job)
    drafts = found.result if found is not None and found.kind == "suggest" and found.result else ()
    chosen = next((one for one, _ in drafts if one.id == suggestion), None)
    if chosen is None:
        raise NotFound
    desk = site.context.desk()
    files = accept(desk.files, chosen)
    go_live(site, viewer, files, site.words(viewer.language)("rules.accepted", rule=chosen.id), desk.bundle, "ok")
    return to_list(request)


@router.post("/rollback")
def roll_back(request: Request, viewer: Configuring, bundle: Annotated[str, Form()]) -> Response:
    """Takes the rules and word lists of an earlier publication."""
    site = site_of(request)
    context = site.context
    check_folder(site, context.desk().files)
    reason = site.words(viewer.language)("rules.taken-back", bundle=bundle)
    _, desk = rollback_rules(context, bundle, author=viewer.user.name, reason=reason)
    follow_folder(site, desk.files)
    return to_list(request)


def _published(site: Site, history: tuple[BundleRecord, ...]) -> Desk:
    """The desk of what the history calls active: this process takes a publication up a moment later, and until then the
    list would show the rules of before beside it."""
    desk = site.context.desk()
    active = next((one.id for one in history if one.active), desk.bundle)
    return desk if active == desk.bundle else site.context.desk_of(active)


def _figures(site: Site, desk: Desk, job: Job) -> dict[str, object]:
    return {"live": desk.bundle, "at": site.context.now(), **try_desk(site, desk, job).as_json(desk.book)}
