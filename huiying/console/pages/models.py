"""The desk's own models: what they learnt from, how good they are on labels they had not seen, which one serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse

from core.domain.errors import BadInput, NotFound
from core.domain.learning import WeekFigures
from core.domain.model import ModelRecord
from core.domain.people import Permission
from huiying.console.access import acting, looking
from huiying.console.plots import acceptance_plot, curve_plot, reliability_plot
from huiying.console.site import Viewer, site_of
from huiying.flows.drift import SHOWN, alarms
from huiying.flows.models import SHIPPED, figures, known_models, spoken
from huiying.flows.ports import Transaction
from huiying.flows.retrain import promote, rollback
from huiying.flows.teach import most_telling

router = APIRouter(include_in_schema=False, prefix="/models")

Seeing = Annotated[Viewer, Depends(looking(Permission.CONFIGURE))]
Configuring = Annotated[Viewer, Depends(acting(Permission.CONFIGURE))]


@router.get("")
def models(request: Request, viewer: Seeing) -> HTMLResponse:
    """All versions; the one that serves is shown whole."""
    site = site_of(request)
    with site.context.store.read() as tx:
        records, labels, weeks = known_models(tx), tx.corrections.labelled(), tx.weeks.newest(SHOWN)
    active = next((record for record in records if record.active), None)
    return site.page(
        request,
        "models.html",
        viewer,
        records=records,
        labels=labels,
        active=active,
        shipped=SHIPPED,
        figures=figures,
        telling=most_telling(site.context),
        weeks=weeks,
        drifts=alarms(weeks),
        curve_plot=curve_plot,
        week_points=_week_points,
    )


@router.get("/{version}")
def model(request: Request, viewer: Seeing, version: str) -> HTMLResponse:
    site = site_of(request)
    with site.context.store.read() as tx:
        record = _found(tx, version)
        before = tx.models.record(str(record.card.get("before", "")))
        numbers = _numbers(tx, record)
    return site.page(
        request,
        "model.html",
        viewer,
        record=record,
        before=before,
        targets=[(name, entry, spoken(entry)) for name, entry in record.card["targets"].items()],
        numbers=numbers,
        figures=figures,
        reliability_plot=reliability_plot,
        acceptance_plot=acceptance_plot,
        gained=_gained(record, before),
    )


@router.get("/{version}/accepted")
def accepted(request: Request, viewer: Seeing, version: str, target: str, step: int = 0) -> HTMLResponse:
    """What the slider says: from which confidence on, which share would need no agent, and how often that is right."""
    site = site_of(request)
    with site.context.store.read() as tx:
        record = _found(tx, version)
    entry = record.card["targets"].get(target)
    steps = spoken(entry).get("held_out", {}).get("acceptance", []) if entry else []
    if not steps:
        raise NotFound
    chosen = steps[max(0, min(step, len(steps) - 1))]
    return site.page(request, "parts/accepted.html", viewer, chosen=chosen)


@router.post("")
def change_model(
    request: Request, viewer: Configuring, action: Annotated[str, Form()], version: Annotated[str, Form()] = ""
) -> RedirectResponse:
    """Promotes a version, or goes back to the one before; workers notice within a second."""
    context = site_of(request).context
    if action == "promote" and version:
        promote(context, version, viewer.user.name)
    elif action == "rollback":
        rollback(context, viewer.user.name)
    else:
        raise BadInput(action)
    return RedirectResponse("/models", status_code=303)


def _week_points(weeks: Sequence[WeekFigures], part: str) -> list[tuple[str, float | None]]:
    """One figure of each week, oldest first, under the week's number."""
    return [(week.week.partition("-")[2], getattr(week, part)) for week in reversed(weeks)]


def _found(tx: Transaction, version: str) -> ModelRecord:
    record = tx.models.record(version)
    if record is None:
        raise NotFound(version)
    return record


def _numbers(tx: Transaction, record: ModelRecord) -> Mapping[str, str]:
    """The ticket number of each message that stands among the mistakes; erased ones have none."""
    keys = {str(key) for entry in record.card["targets"].values() for key in _keys(entry)}
    found: dict[str, str] = {}
    for key in sorted(keys):
        message = tx.tickets.message(int(key)) if key.isdigit() else None
        ticket = tx.tickets.get(message.ticket_id) if message else None
        if ticket is not None:
            found[key] = ticket.number
    return found


def _keys(entry: Mapping[str, Any]) -> list[object]:
    """The messages that a target's card names."""
    held = spoken(entry).get("held_out", {})
    worst = [row for each in held.get("worst", []) for row in each["examples"]]
    return [row[0] for row in (*held.get("mistakes", []), *worst)]


def _gained(record: ModelRecord, before: ModelRecord | None) -> Mapping[str, float]:
    """How much more accurate each target is than in the version that served before, in points."""
    if before is None:
        return {}
    gained = {}
    for name, entry in record.card["targets"].items():
        old = before.card["targets"].get(name)
        now, then = figures(entry)["accuracy"], figures(old)["accuracy"] if old else None
        if now is not None and then is not None:
            gained[name] = 100 * (now - then)
    return gained
