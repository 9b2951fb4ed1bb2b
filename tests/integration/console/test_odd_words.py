"""Characters that a database cannot hold, from strangers and from agents, are a no and never a failure of ours."""

from __future__ import annotations

import json
import re

import pytest
from fastapi import FastAPI
from httpx2 import Response
from starlette.testclient import TestClient

from core.domain.keys import KeyRing
from core.domain.people import Role
from huiying.console.api.body import JsonRoute
from huiying.console.app import PARTS
from store.open import SqlStore
from tests.factories.console import Browser, a_console, add_user, numbers
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock

NUL = "\0"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def office(request: pytest.FixtureRequest, keys: KeyRing, clock: FixedClock) -> Office:
    """A desk with one ticket and an admin, on either database."""
    store: SqlStore = request.getfixturevalue("sqlite_store" if request.param == "sqlite" else "pg_store")
    context = worker_context(store, keys, clock)
    add_user(context, "ada", Role.ADMIN)
    made = Office(context)
    made.bring(a_mail())
    return made


@pytest.fixture
def app(office: Office) -> FastAPI:
    return a_console(office.ctx)


def test_a_strangers_nul_is_no_failure(app: FastAPI, clock: FixedClock) -> None:
    """In names, links, numbers and words; what a customer writes is taken all the same."""
    stranger = TestClient(app, raise_server_exceptions=False)
    assert stranger.post("/sign-in", data={"name": f"a{NUL}", "password": NUL}).status_code < 500
    for address in ("/r/%00", "/stop/%00", "/help/t/%00", "/help?lang=%00", "/sign-in?to=%00&language=%00"):
        assert stranger.get(address).status_code < 500, address
    found = re.search(r'name="token" value="([^"]+)"', stranger.get("/help").text)
    assert found is not None
    clock.advance(seconds=30)
    demand = {"token": found[1], "name": NUL, "address": "wx@example.cn", "subject": NUL, "text": f"a{NUL}b"}
    assert stranger.post("/help", data=demand).status_code == 200
    asked = {"token": found[1], "number": f"1{NUL}", "address": f"w{NUL}@example.cn"}
    assert stranger.post("/help/find", data=asked).status_code < 500


def test_an_agents_nul_is_no_failure(app: FastAPI, office: Office) -> None:
    """In searches, addresses and forms."""
    [number] = numbers(office.ctx)
    browser = Browser(app)
    browser.sign_in("ada")
    browser.get("/queue")
    for address in ("/queue?text=%00", "/queue?type=%00", "/tickets/%00", "/outbox?key=%00", "/calendar?name=%00",
                    "/api/v1/tickets?text=%00", "/api/v1/tickets/%00", "/rules/form?rule=%00&file=%00"):  # fmt: skip
        assert browser.client.get(address).status_code < 500, address
    ticket = f"/tickets/{number}"
    for address, form in (
        (f"{ticket}/note", {"text": f"a{NUL}"}),
        (f"{ticket}/correct", {"field": "type", "value": NUL}),
        (f"{ticket}/hand-over", {"to": NUL, "team": f"a{NUL}"}),
        (f"{ticket}/answer", {"text": f"您好{NUL}", "then": "open", "sure": "yes"}),
        (f"{ticket}/merge", {"into": NUL}),
        (f"{ticket}/move", {"to": "on_hold", "reason": NUL, "until": "2026-04-01T10:00"}),
        (f"{ticket}/customer", {"level": "VIP", "tags": NUL, "company": NUL}),
        (f"{ticket}/parts", {"department": f"a{NUL}", "output": f"b{NUL}"}),
        ("/users/%00/disable", {}),
        ("/log", {"channel": "phone", "text": f"a{NUL}", "name": NUL, "address": f"a{NUL}@x.cn"}),
    ):
        answer = browser.client.post(address, data={**form, "csrf": browser.token}, follow_redirects=False)
        assert answer.status_code < 500, address


HALF = "\ud83d"
"""What is left of an emoji when a program cuts a text in the middle of it."""


def test_half_an_emoji_from_a_program_is_carried(app: FastAPI, office: Office) -> None:
    """What a portal sends is kept, as a mail would be; a field that is none of ours is told like any other."""
    browser = Browser(app)
    browser.sign_in("ada")
    browser.get("/queue")

    def post(address: str, body: dict[str, object]) -> Response:
        headers = {"X-CSRF-Token": browser.token, "Idempotency-Key": "one", "Content-Type": "application/json"}
        return browser.client.post(f"/api/v1/{address}", content=json.dumps(body), headers=headers)

    kept = post("messages", {"text": f"请退款{HALF}", "name": f"王芳{HALF}{NUL}", "channel": "portal"})
    assert kept.status_code == 201
    assert office.ticket(kept.json()["number"]).messages[0].text == "请退款\ufffd"
    words = {"title": f"退款{HALF}", "problem": f"多久{NUL}到账", "solution": "三天", "language": "zh-CN"}
    written = post("articles", {"kind": "case", "fields": words})
    assert (written.status_code, written.json()["title"]) == (201, "退款\ufffd")
    [first, *_] = numbers(office.ctx)
    for address in (
        f"tickets/{first}/corrections",
        f"tickets/{first}/analysis",
        f"articles/{written.json()['number']}",
    ):
        answer = post(address, {"fields": {HALF: "a"}})
        assert (answer.status_code, answer.headers["content-type"]) == (422, "application/problem+json"), address
        assert "\ufffd" in answer.json()["detail"]


def test_no_route_of_the_api_forgets_it() -> None:
    """A new part of the API is read in the same way."""
    routes = [route for part in PARTS for route in part.router.routes if getattr(route, "path", "").startswith("/api/")]
    assert len(routes) > 30 and all(isinstance(route, JsonRoute) for route in routes)


@pytest.mark.parametrize("charset", ["unicode_escape", "undefined", "gbk", '"utf-8"; charset=idna'])
def test_a_form_is_read_as_utf8_or_not_at_all(charset: str, app: FastAPI) -> None:
    """No sender chooses the codec: by some of them a form would hold what no page could show."""
    body = b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\\ud800\r\n--x--\r\n'
    stranger = TestClient(app, raise_server_exceptions=False)
    for named, status in (("UTF-8", 403), (charset, 415)):
        headers = {"Content-Type": f"multipart/form-data; boundary=x; charset={named}"}
        assert stranger.post("/sign-in", content=body, headers=headers).status_code == status
