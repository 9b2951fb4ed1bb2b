"""The editor of rules: what the checker says at its lines, a backtest of the edit, and its publication."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.seen import seen
from huiying.console.access import Configuring, Managing
from huiying.console.rule_edit import ReasonNeeded, begin_backtest, checked_path, is_tried, make_edit, what_was_checked
from huiying.console.rule_life import go_live, job_page, to_list
from huiying.console.site import site_of

_NEW = """rules:
  - id: my-rule
    title: 
    why: 
    status: trial
    when:
      text:
        contains_any: []
    then: {}
    examples:
      - text: 
        expect: nothing
"""  # noqa: W291  the places to fill in

router = APIRouter(include_in_schema=False, prefix="/rules")


@router.get("/edit")
def edit(request: Request, viewer: Managing, file: str) -> HTMLResponse:
    """The editor of one file; a file that is not there yet begins with the frame of a rule."""
    site = site_of(request)
    path = checked_path(file)
    desk = site.context.desk()
    content = desk.files.files.get(path, _NEW if path.startswith("rules/") else "")
    return site.page(request, "rules_edit.html", viewer, file=path, content=content, base=desk.bundle)


@router.post("/check")
def check(
    request: Request,
    viewer: Configuring,
    file: Annotated[str, Form()],
    base: Annotated[str, Form()],
    content: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """What the checker and the examples say, each at its line, and the difference; nothing is stored."""
    site = site_of(request)
    return site.page(request, "parts/rule_check.html", viewer, edit=make_edit(site, file, base, content))


@router.post("/try")
def try_on_past_mail(
    request: Request,
    viewer: Configuring,
    file: Annotated[str, Form()],
    base: Annotated[str, Form()],
    content: Annotated[str, Form()] = "",
) -> HTMLResponse:
    """Begins a backtest of the edit; the answer asks by itself how far it is."""
    site = site_of(request)
    found = make_edit(site, file, base, content)
    if found.desk is None or found.problems:
        return site.page(request, "parts/rule_check.html", viewer, edit=found)
    return job_page(request, viewer, begin_backtest(site, found.desk))


@router.post("/publish")
def publish_edit(
    request: Request,
    viewer: Configuring,
    file: Annotated[str, Form()],
    base: Annotated[str, Form()],
    content: Annotated[str, Form()] = "",
    reason: Annotated[str, Form()] = "",
) -> Response:
    """Makes the edit live if its examples pass and nobody published meanwhile; the folder follows."""
    if not seen(reason):
        raise ReasonNeeded
    site = site_of(request)
    found = make_edit(site, file, base, content)
    if found.problems:
        return site.page(request, "parts/rule_check.html", viewer, edit=found, status=200)
    if found.desk is not None and not is_tried(site, found):
        return job_page(request, viewer, begin_backtest(site, found.desk, asked=False))
    go_live(site, viewer, found.files, reason.strip(), base, what_was_checked(site, found))
    return to_list(request)
