"""Builds the console: every page, the API and the live stream as one ASGI application."""

from __future__ import annotations

import secrets

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from huiying.console.access import COOKIE
from huiying.console.api import articles, learning, together, v1
from huiying.console.api import handling as handling_api
from huiying.console.api import tasks as tasks_api
from huiying.console.assets import asset_response, shipped_assets
from huiying.console.body_limit import BodyLimit
from huiying.console.context import ConsoleContext
from huiying.console.headers import SecurityHeaders
from huiying.console.health_cache import HealthCache
from huiying.console.live import Live
from huiying.console.pages import (
    account,
    actions,
    answer,
    appraisal,
    board,
    calendar,
    care,
    care_plans,
    coverage,
    customer,
    demo,
    export,
    extensions,
    files,
    handling,
    health,
    knowledge,
    letters,
    letters_edit,
    live,
    log,
    mail_servers,
    many,
    metrics,
    models,
    notices,
    outbox,
    portal,
    quadrants,
    quarantine,
    queue,
    reports,
    result,
    rules,
    rules_edit,
    rules_form,
    saved_views,
    second_factor,
    second_step,
    sign_in,
    stop,
    tasks,
    teach,
    ticket,
    tokens,
    understood,
    users,
)
from huiying.console.problems import tell_problems
from huiying.console.site import Site, environment, site_of
from huiying.console.words import read_catalogues

__all__ = ["COOKIE", "PARTS", "ConsoleContext", "create_app"]

PARTS = (
    sign_in,
    second_step,
    account,
    second_factor,
    queue,
    many,
    saved_views,
    coverage,
    actions,
    answer,
    handling,
    tasks,
    extensions,
    board,
    quadrants,
    export,
    reports,
    result,
    understood,
    customer,
    ticket,
    files,
    outbox,
    notices,
    quarantine,
    rules,
    rules_edit,
    rules_form,
    letters,
    letters_edit,
    knowledge,
    log,
    portal,
    health,
    mail_servers,
    metrics,
    calendar,
    care,
    care_plans,
    models,
    teach,
    live,
    stop,
    appraisal,
    users,
    tokens,
    v1,
    handling_api,
    tasks_api,
    learning,
    together,
    articles,
)
"""What every console serves; the demo's page comes on top."""


def create_app(console: ConsoleContext) -> FastAPI:
    """The application; give it to uvicorn. Streams end when ``console.shutdown`` is set."""
    app = FastAPI(
        title="Huiying 回应",
        version=console.version,
        openapi_url="/api/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    app.state.site = _site(console)
    app.add_middleware(BodyLimit)
    app.add_middleware(SecurityHeaders)
    tell_problems(app)
    for part in (*PARTS, demo) if console.inbox is not None else PARTS:
        # Their routes are complete: including the router would compile each of them once more, for a third of a second.
        app.router.routes.extend(part.router.routes)
    app.add_api_route("/static/{digest}/{name:path}", _static, include_in_schema=False)
    app.add_api_route("/favicon.ico", _favicon, include_in_schema=False)
    return app


def _site(console: ConsoleContext) -> Site:
    return Site(
        console=console,
        catalogues=read_catalogues(),
        assets=shipped_assets(),
        templates=environment(),
        live=Live(console.context, console.shutdown),
        health=HealthCache(console.health, console.context.now),
        decoy=console.passwords.hash(secrets.token_urlsafe()),
    )


def _static(request: Request, digest: str, name: str) -> Response:
    return asset_response(site_of(request).assets.get(name), request, digest)


def _favicon(request: Request) -> Response:
    icon = site_of(request).assets["favicon.svg"]
    return asset_response(icon, request, icon.digest)
