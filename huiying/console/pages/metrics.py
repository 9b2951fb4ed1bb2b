"""Numbers for a monitor in the text format of Prometheus, for this machine or for who shows the token."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from core.domain.errors import HuiyingError
from huiying.console.caller import is_from_this_machine
from huiying.console.site import site_of
from huiying.flows.metrics import Metric, metrics

router = APIRouter(include_in_schema=False)


@router.get("/metrics")
def metrics_page(request: Request) -> Response:
    """404 for everybody else: who may not look is told nothing."""
    site = site_of(request)
    try:
        if not _may_look(request):
            return PlainTextResponse("Not Found\n", status_code=404)
        with site.context.store.read() as transaction:
            facts = transaction.views.health()
        known = {box.name for box in site.context.desk().mailboxes}
        level = site.health().level
    except HuiyingError as error:
        return PlainTextResponse(f"# {error.code}\n", status_code=503)
    numbers = [one for one in metrics(facts, level) if one.labels.get("mailbox", "") in {"", *known}]
    return Response(_as_text(numbers), media_type="text/plain; version=0.0.4; charset=utf-8")


def _may_look(request: Request) -> bool:
    """By the token where there is one; without, from this machine, and not through a proxy on it."""
    token = site_of(request).console.metrics_token()
    if token:
        given = request.headers.get("authorization", "")
        return hmac.compare_digest(given.encode(), f"Bearer {token}".encode())
    return is_from_this_machine(request)


def _as_text(numbers: Iterable[Metric]) -> bytes:
    # Its own threads and registries are begun with its import: only who asks for numbers needs it.
    from prometheus_client import CollectorRegistry, Gauge, generate_latest

    registry = CollectorRegistry()
    gauges: dict[str, Gauge] = {}
    for one in numbers:
        if one.name not in gauges:
            gauges[one.name] = Gauge(one.name, one.says, tuple(one.labels), registry=registry)
        gauge = gauges[one.name]
        (gauge.labels(**one.labels) if one.labels else gauge).set(one.value)
    return generate_latest(registry)
