"""联系计划: the plans of ``care.yaml``, and what they would do in the coming days; nothing is made by looking."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Annotated

from fastapi import APIRouter, Depends, Query
from starlette.requests import Request
from starlette.responses import HTMLResponse

from core.domain.people import Permission
from huiying.console.access import looking
from huiying.console.site import Viewer, site_of
from huiying.flows.care_plans import PlanOutcome
from huiying.flows.care_words import class_words, plan_words
from huiying.flows.letter_check import note_findings
from huiying.flows.preview_care import MOST_DAYS, PlannedCare, preview_care
from huiying.flows.send_care import Cared

router = APIRouter(include_in_schema=False)
DAYS = (7, 30, 90, MOST_DAYS)
Left = dict[tuple[str, str], list[Cared]]


@router.get("/care/plans")
def plans(
    request: Request,
    viewer: Annotated[Viewer, Depends(looking(Permission.WORK_TICKETS))],
    days: Annotated[int, Query(ge=0, le=MOST_DAYS)] = 30,
    plan: Annotated[str, Query(max_length=40)] = "",
) -> HTMLResponse:
    """All plans, and the preview of all or of one."""
    site = site_of(request)
    desk, language = site.context.desk(), viewer.language
    known = [(one, plan_words(one, language), class_words(one, language)) for one in desk.care.plans]
    chosen = plan if any(one.name == plan for one in desk.care.plans) else ""
    seen = preview_care(site.context, viewer.user, days, (chosen,) if chosen else ())
    titles = {one.letter: desk.letters.letter(one.letter, language).title for one in desk.care.plans if one.letter}
    return site.page(
        request, "care_plans.html", viewer, plans=known, titles=titles, planned=_by_day(seen.planned), whole=seen.whole,
        days=days, spans=DAYS, chosen=chosen, per_day=desk.care.per_day, findings=note_findings(desk),
    )  # fmt: skip


def _by_day(planned: Sequence[PlannedCare]) -> list[tuple[date, list[PlanOutcome], Left]]:
    """For each day who gets something, and who does not by plan and reason."""
    days = []
    for day, group in groupby(planned, key=lambda one: one.day):
        outcomes = [one.outcome for one in group]
        left: Left = {}
        for one in outcomes:
            if one.cared.because:
                left.setdefault((one.plan.name, one.cared.because), []).append(one.cared)
        days.append((day, [one for one in outcomes if not one.cared.because], left))
    return days
