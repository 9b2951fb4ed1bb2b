"""The REST API, version 1: what teaches the model most, how it did by week, and which past tickets are alike."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel
from starlette.requests import Request

from core.domain.errors import NotFound
from huiying.console.api.access import KNOWN, SCHEMES
from huiying.console.api.body import JsonRoute
from huiying.console.api.v1 import PROBLEMS
from huiying.console.site import site_of
from huiying.flows.drift import SHOWN, alarms, week_json
from huiying.flows.precedents import nearest, precedent_json
from huiying.flows.teach import most_telling, taught, telling_json

router = APIRouter(
    prefix="/api/v1", tags=["learning"], dependencies=[*SCHEMES, KNOWN], responses=PROBLEMS, route_class=JsonRoute
)


class Telling(BaseModel):
    """A message whose label would teach much; ``confidence`` is that of the suggested ``type``."""

    number: str
    subject: str
    type: str
    confidence: float


class Fit(BaseModel):
    """One past fit: how right it was, by target, on rows that it had not seen."""

    labels: int
    accuracy: dict[str, float]


class Teaching(BaseModel):
    messages: list[Telling]
    labels: int
    next_fit: int
    fits: list[Fit]


class Alike(BaseModel):
    """A past ticket with what agents made of it; ``likeness`` is 0 to 1, ``words`` are in both."""

    number: str
    subject: str
    received: datetime
    likeness: float
    words: list[str]
    fields: dict[str, str]


class Week(BaseModel):
    """Shares are null when there was nothing to count."""

    week: str
    suggested: int
    accepted: float | None
    agreement: float | None
    judged: int
    unseen: float | None


class Alarm(BaseModel):
    code: str
    week: str
    now: float
    before: float
    zh: str
    en: str


class Weeks(BaseModel):
    weeks: list[Week]
    alarms: list[Alarm]


@router.get("/teach")
def get_teaching(request: Request, limit: Annotated[int, Query(ge=1, le=50)] = 10) -> Teaching:
    """Open messages whose label teaches most, the next fit, and what the labels have brought."""
    context = site_of(request).context
    rows = most_telling(context, limit)
    with context.store.read() as tx:
        effect = taught(tx)
    return Teaching(
        messages=[Telling(**telling_json(row)) for row in rows],
        labels=effect.labels,
        next_fit=effect.next_fit,
        fits=[Fit(labels=labels, accuracy=dict(told)) for labels, told in effect.fits],
    )


@router.get("/tickets/{number}/alike")
def get_alike(request: Request, number: str) -> list[Alike]:
    """The three past tickets that are most like this one, of those that agents have decided."""
    context = site_of(request).context
    with context.store.read() as tx:
        detail = tx.views.ticket(number)
    if detail is None:
        raise NotFound
    return [Alike(**precedent_json(one)) for one in nearest(context, detail)]


@router.get("/model/weeks")
def get_weeks(request: Request) -> Weeks:
    """How the suggestions did, week by week, newest first, and what has changed for the worse."""
    with site_of(request).context.store.read() as tx:
        weeks = tx.weeks.newest(SHOWN)
    return Weeks(
        weeks=[Week(**week_json(week)) for week in weeks],
        alarms=[
            Alarm(code=a.code, week=a.week, now=a.now, before=a.before, zh=a.words("zh-CN"), en=a.words("en"))
            for a in alarms(weeks)
        ],
    )
