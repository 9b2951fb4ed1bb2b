"""The editor of rules: what the checker says at its lines, a backtest of the edit, and its publication."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.bundle import BundleFiles, Problem
from core.domain.errors import BadInput
from huiying.console.access import Configuring, Managing
from huiying.console.jobs import Job
from huiying.console.rule_life import DAYS, go_live, is_editable, job_page, to_list, try_desk
from huiying.console.site import Site, site_of
from huiying.flows.backtest import grouped
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.difference import FileDifference, differences
from huiying.flows.publish import find_bundle
from rules.testing import ExamplesResult, test_local_rules

MOST_CHARACTERS = 400_000
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


class ReasonNeeded(BadInput):
    """A reason is needed: it stays in the history."""

    code = "reason-needed"


class BadFileName(BadInput):
    """No page edits a file of that name."""

    code = "bad-file-name"


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """One file as somebody wants it, in the bundle that he began from, and what the check says about it."""

    file: str
    base: BundleFiles
    files: BundleFiles
    desk: Desk | None
    problems: tuple[Problem, ...]

    @property
    def changes(self) -> tuple[FileDifference, ...]:
        return differences(self.base, self.files)

    @property
    def tested(self) -> ExamplesResult | None:
        return test_local_rules(self.desk.book) if self.desk is not None else None


@router.get("/edit")
def edit(request: Request, viewer: Managing, file: str) -> HTMLResponse:
    """The editor of one file; a file that is not there yet begins with the frame of a rule."""
    site = site_of(request)
    path = _path(file)
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
    return site.page(request, "parts/rule_check.html", viewer, edit=_edit(site, file, base, content))


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
    found = _edit(site, file, base, content)
    if found.desk is None or found.problems:
        return site.page(request, "parts/rule_check.html", viewer, edit=found)
    desk = found.desk
    job = site.jobs.start("backtest", lambda job: _backtest(site, desk, job))
    return job_page(request, viewer, job)


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
    if not reason.strip():
        raise ReasonNeeded
    site = site_of(request)
    found = _edit(site, file, base, content)
    if found.problems:
        return site.page(request, "parts/rule_check.html", viewer, edit=found, status=200)
    go_live(site, viewer, found.files, reason.strip(), base, _what_was_checked(site, found))
    return to_list(request)


def _path(file: str) -> str:
    path = file.strip()
    if not is_editable(path):
        raise BadFileName(f"{path[:100]}: rules/NAME.yaml or words/NAME.txt")
    return path


def _edit(site: Site, file: str, base: str, content: str) -> Edit:
    if len(content) > MOST_CHARACTERS:
        raise BadInput("The file is too long.")
    path, began = _path(file), find_bundle(site.context, base)
    text = content.removeprefix("\ufeff").replace("\r\n", "\n")
    files = {**began.files, path: text}
    if not text.strip():
        del files[path]
    wanted = BundleFiles(files=files)
    desk, problems = compile_desk(wanted)
    return Edit(file=path, base=began, files=wanted, desk=desk, problems=problems)


def _backtest(site: Site, desk: Desk, job: Job) -> dict[str, object]:
    found = try_desk(site, desk, job)
    return {
        "groups": grouped(found.changes),
        "tried": desk.bundle,
        "total": found.as_json(desk.book),
        "local": {rule.id for rule in desk.book.rules if not rule.builtin},
    }


def _what_was_checked(site: Site, found: Edit) -> str:
    """For the history: how many examples passed, and what the last backtest found if it was one of these very files."""
    said = f"examples {found.tested.local.examples if found.tested else 0} ok"
    job = site.jobs.latest("backtest")
    if job is None or job.result["tried"] != found.files.id:
        return said
    total = job.result["total"]
    return f"{said}; {DAYS} d: {total['changed']} of {total['mails']} mails change"
