"""客户关怀: a letter of care to customers who are named or chosen in the queue; who would get it is seen first."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.errors import HuiyingError
from core.domain.people import Permission
from huiying.console.access import Working, looking
from huiying.console.site import Site, Viewer, site_of
from huiying.flows.appraise import terms_now
from huiying.flows.send_care import MOST_CHOSEN, Cared, Round, look_at_care, send_care
from responder.wording import period_words
from responder.wording_check import Finding

router = APIRouter(include_in_schema=False, prefix="/care")
_BETWEEN = re.compile(r"[\s,;，；、]+")
_MOST_WORDS = 40_000


@router.get("")
def form(
    request: Request,
    viewer: Annotated[Viewer, Depends(looking(Permission.WORK_TICKETS))],
    who: Annotated[list[str] | None, Query(max_length=MOST_CHOSEN)] = None,
    letter: str = "",
) -> HTMLResponse:
    """Whom it would go to, as far as they are named; nothing is sent."""
    site = site_of(request)
    known = site.context.desk().letters.for_care
    care = Round(letter=letter if letter in known else next(iter(known), ""), who=tuple(who or ()))
    return _page(site, request, viewer, care)


@router.post("")
def take(
    request: Request,
    viewer: Working,
    letter: Annotated[str, Form(max_length=60)] = "",
    who: Annotated[str, Form(max_length=_MOST_WORDS)] = "",
    note: Annotated[str, Form(max_length=10_000)] = "",
    term: Annotated[str, Form(max_length=20)] = "",
    sure: Annotated[str, Form()] = "",
    do: Annotated[str, Form()] = "look",
) -> Response:
    """Shows who would get it and who would not, or sends it."""
    site = site_of(request)
    named = tuple(dict.fromkeys(name for name in _BETWEEN.split(who) if name))
    care = Round(letter=letter, who=named, note=note.replace("\r\n", "\n").strip(), sure=bool(sure), term=term)
    try:
        seen, findings = look_at_care(site.context, care, viewer.user)
        if do != "send":
            return _page(site, request, viewer, care, seen=seen, findings=findings)
        done = send_care(site.context, care, viewer.user)
    except HuiyingError as error:
        return _page(site, request, viewer, care, problem=error, status=422)
    return _page(site, request, viewer, Round(letter=letter, who=(), term=term), seen=done, sent=True)


def _page(
    site: Site,
    request: Request,
    viewer: Viewer,
    care: Round,
    *,
    seen: Sequence[Cared] = (),
    findings: Sequence[Finding] = (),
    sent: bool = False,
    problem: HuiyingError | None = None,
    status: int = 200,
) -> HTMLResponse:
    letters = site.context.desk().letters
    known = [(name, letters.letter(name, viewer.language).title) for name in letters.for_care]
    return site.page(
        request, "care.html", viewer, status=status, care=care, letters=known, findings=findings, sent=sent,
        problem=problem, going=[one for one in seen if not one.because], left_out=[one for one in seen if one.because],
        most=MOST_CHOSEN, terms=[(one, period_words(one, viewer.language)) for one in terms_now(site.context)],
    )  # fmt: skip
