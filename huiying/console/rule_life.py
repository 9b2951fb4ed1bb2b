"""What the pages about rules share: which files they may touch, how a desk is tried, how an edit goes live."""

from __future__ import annotations

import logging
import re
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.bundle import BundleFiles
from core.domain.errors import BadConfiguration, BadInput, FolderEdited, Unavailable
from core.settings.folder import is_safe_path
from huiying.console.jobs import Job
from huiying.console.site import Site, Viewer, asks_for_fragment, site_of
from huiying.flows.backtest import Backtest, backtest
from huiying.flows.desk import Desk
from huiying.flows.difference import RULE_PLACES
from huiying.flows.publish import find_bundle, publish

DAYS = 30
"""Past mail that an edit is tried on and that figures count."""
_NAME = re.compile(r"[\w.-]{1,80}")
_MOST_OCTETS = 200
"""A name that every file system takes, also while it is replaced."""
_log = logging.getLogger("huiying.console")
_ENDINGS = {"rules/": (".yaml", ".yml"), "words/": (".txt",)}


class FolderBehind(Unavailable):
    """It is live, but the configuration folder could not be written."""

    code = "folder-behind"
    hint = "huiying config diff"


def is_editable(path: str) -> bool:
    """Whether a page about rules may touch that file of a bundle."""
    folder = next((place for place in RULE_PLACES if path.startswith(place)), "")
    name = path.removeprefix(folder)
    if not folder or not _NAME.fullmatch(name) or len(name.encode("utf-8", "replace")) > _MOST_OCTETS:
        return False
    return is_safe_path(path) and name.endswith(_ENDINGS[folder])


def try_desk(site: Site, desk: Desk, job: Job) -> Backtest:
    """A desk beside the live one on the mail of the last days, as a job."""
    context = site.context
    # Other processes' clocks may be a little ahead.
    until = context.now() + timedelta(minutes=1)
    since = until - timedelta(days=DAYS)
    if site.console.backtest is not None:
        return site.console.backtest(desk, since, until, job.tell)
    stopped = site.console.shutdown.is_set
    return backtest(context.store, context.desk(), desk, since, until, on_progress=job.tell, should_stop=stopped)


def job_page(request: Request, viewer: Viewer, job: Job) -> HTMLResponse:
    """How far a job is, or what it found; the whole page is loaded anew once figures are counted."""
    answer = site_of(request).page(request, "parts/rule_job.html", viewer, job=job, days=DAYS)
    if job.kind == "figures" and job.ended.is_set() and not job.error:
        answer.headers["HX-Refresh"] = "true"
    return answer


def go_live(site: Site, viewer: Viewer, files: BundleFiles, reason: str, base: str, checked: str) -> None:
    """Publishes an edit that began from ``base``, and makes the folder follow. Raises ``Conflict`` or
    ``BadInput``, and ``FolderBehind`` when it is live and the folder is not."""
    check_folder(site, find_bundle(site.context, base), files)
    try:
        publish(site.context, files, author=viewer.user.name, reason=reason, base=base, check=checked)
    except BadConfiguration as error:
        raise BadInput("; ".join(f"{p.file}:{p.line} {p.message(viewer.language)}" for p in error.problems)) from error
    follow_folder(site, files)


def check_folder(site: Site, *files: BundleFiles) -> None:
    """Raises ``FolderEdited`` when somebody is editing the folder: his edit would be lost, or would undo this one."""
    if site.console.folder is not None and not site.console.folder.holds(*files):
        raise FolderEdited


def follow_folder(site: Site, files: BundleFiles) -> None:
    """Puts what was published in force here, and makes the folder hold it. Raises ``FolderBehind``."""
    if site.console.take_up is not None:
        site.console.take_up()
    if site.console.folder is None:
        return
    try:
        site.console.folder.write(files)
    except OSError as error:
        _log.exception("The folder does not hold what is live.", extra={"action": "console.folder", "bundle": files.id})
        raise FolderBehind from error


def to_list(request: Request, address: str = "/rules") -> Response:
    """Back to the list, whoever asked."""
    if asks_for_fragment(request):
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, status_code=303)
