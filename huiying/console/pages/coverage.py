"""The question of the first run: when is somebody on duty? The answer is the policy of the desk."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import Response

from core.domain.bundle import BundleFiles
from core.domain.errors import BadInput
from core.settings.coverage import COVERAGES, FILE, with_coverage
from huiying.console.access import Configuring
from huiying.console.rule_life import go_live, to_list
from huiying.console.site import site_of

router = APIRouter(include_in_schema=False)


@router.post("/coverage")
def choose(request: Request, viewer: Configuring, coverage: Annotated[str, Form()]) -> Response:
    """Publishes the configuration with that answer; it is a bundle like any other, and is rolled back like one."""
    if coverage not in COVERAGES:
        raise BadInput(coverage)
    site = site_of(request)
    active = site.context.desk().files
    files = BundleFiles(files={**active.files, FILE: with_coverage(active.files.get(FILE, ""), coverage)})
    go_live(site, viewer, files, f"coverage: {coverage}", active.id, "ok")
    return to_list(request, "/queue")
