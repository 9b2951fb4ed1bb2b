"""What keeps strangers, other sites and hostile mail out."""

from __future__ import annotations

import re

import pytest
from fastapi.routing import APIRoute

from core.domain.people import Role
from huiying.console.app import PARTS
from huiying.console.pages import demo
from huiying.console.site import TEMPLATES
from tests.factories.console import Browser, a_console, add_user, number_of, numbers

OPEN = {"/", "/sign-in", "/healthz", "/favicon.ico", "/static/{digest}/{name:path}", "/api/v1/openapi.json"} | {
    "/r/{token}", "/s/{token}", "/stop/{token}", "/help", "/help/find", "/help/t/{tag}", "/help/t/{tag}/urge",
    "/sign-in/second-factor",
}  # fmt: skip
"""What a stranger may ask for; ``/r``, ``/s``, ``/stop`` and ``/help/t`` need a link that we signed
(``test_handling.py``, ``test_appraisal.py``, ``test_stop.py``, ``test_portal.py``), ``/sign-in/second-factor`` a right
password (``test_second_factor.py``)."""


@pytest.fixture
def app(office):
    """With the page that only the demo has."""
    return a_console(office.ctx, inbox=lambda: ())


@pytest.fixture
def routes():
    """(path, method) of everything that the console answers, the demo's page included."""
    found = [route for part in (*PARTS, demo) for route in part.router.routes if isinstance(route, APIRoute)]
    return [(route.path, method) for route in found for method in sorted(route.methods or ())]


def test_every_page_needs_a_session(app, busy, routes):
    """Each handler but the few open ones sends a stranger to the sign-in page, or says 401 to a program."""
    asked = 0
    for path, method in routes:
        if path in OPEN:
            continue
        address = re.sub(r"\{[^}]+\}", "1", path)
        answer = Browser(app).client.request(method, address, follow_redirects=False)
        if path.startswith("/api/"):
            assert answer.status_code == 401, (method, path)
        elif path == "/metrics":
            # For monitors on this machine or with the token; to a stranger there is no such page.
            assert answer.status_code == 404
        else:
            assert (answer.status_code, answer.headers["location"][:8]) == (303, "/sign-in"), (method, path)
        asked += 1
    assert asked > 20


def test_every_post_needs_the_token(agent, busy, routes):
    """A form without the session's token changes nothing."""
    posts = [path for path, method in routes if method == "POST" and path not in OPEN]
    assert len(posts) >= 9
    for path in posts:
        answer = agent.post(re.sub(r"\{[^}]+\}", "1", path), token="wrong", field="type", value="投诉", reason="audit")
        assert answer.status_code == 403, path
    assert agent.get("/queue").url.path == "/queue"


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ],
)
def test_another_site_cannot_post_even_with_the_token(agent, busy, headers):
    """Fetch Metadata and Origin are believed before the token is."""
    number = numbers(busy.ctx)[0]
    agent.get("/queue")
    answer = agent.post(f"/tickets/{number}/confirm", headers=headers)
    assert answer.status_code == 403
    assert not busy.ticket(number).corrections


def test_another_site_cannot_sign_a_browser_in(app, office):
    """Login forgery: the sign-in form is answered only when our own page sent it."""
    browser = Browser(app)
    form = {"name": "li", "password": "correct horse battery"}
    answer = browser.client.post("/sign-in", data=form, headers={"Origin": "https://evil.example"})
    assert answer.status_code == 403
    assert "huiying_session" not in browser.client.cookies


def test_an_auditor_changes_nothing(auditor, busy):
    """Read-only is kept by the server: every working POST is refused, and nothing is written."""
    number = numbers(busy.ctx)[0]
    page = auditor.get(f"/tickets/{number}")
    assert page.status_code == 200
    assert "/confirm" not in page.text
    posts = [
        (f"/tickets/{number}/{verb}", {"field": "type", "value": "投诉"}) for verb in ("confirm", "correct", "undo")
    ]
    posts += [("/outbox/1", {"action": "cancel"}), ("/mails/1/replay", {})]
    for address, form in posts:
        answer = auditor.post(address, **form)
        assert answer.status_code == 403, address
    assert not busy.ticket(number).corrections


SUPERVISED = ("/export", "/reports")
"""For leads, admins and auditors, and what stands below."""
OWN = {"/sign-out", "/language", "/notices/seen", "/account/password", "/account/sessions/end"} | {
    "/account/second-factor" + verb for verb in ("", "/begin", "/change", "/codes", "/off")
}
OWN |= {"/queue/views", "/queue/views/{view_id}"}
"""What everybody does for himself."""
REVEALING = {
    "/mails/{ledger_id}/download",
    "/tickets/{number}/messages/{message_id}/files/{part}",
    "/tickets/{number}/reveal",
}
"""What an auditor may do besides; each use is in the audit trail."""
CONFIGURING = (
    "/calendar/",
    "/coverage",
    "/letters/",
    "/mailboxes/",
    "/models",
    "/notices/",
    "/rules/",
    "/tokens",
    "/users/",
)

PUBLISHED = {"/api/v1/articles/{number}/versions/{version}", "/knowledge/{number}/edit"}
"""What changes the first article of those that a lead has taken in: it is published."""


def refused(one: Browser, routes, ignored: set[str]) -> set[str]:
    """The POSTs that this person is not allowed, whatever they hold."""
    no = set()
    for path in sorted(path for path, method in routes if method != "GET" and path not in OPEN | ignored):
        address = re.sub(r"\{[^}]+\}", "1", path)
        if one.client.post(address, headers={"X-CSRF-Token": one.token}, follow_redirects=False).status_code == 403:
            no.add(path)
    return no


def test_every_post_knows_who_may(browser, busy, routes):
    """An auditor is refused each that changes something, agents and leads each that configures: a new one without a
    check is found here."""
    every = {path for path, method in routes if method != "GET" and path not in OPEN}
    auditor, agent, lead = browser("aud"), browser("li"), browser("amy")
    for one in (auditor, agent, lead):
        one.get("/queue")
    assert refused(auditor, routes, OWN) == every - OWN - REVEALING - {"/export"}
    configuring = {path for path in every - OWN if path.startswith(CONFIGURING)}
    assert len(configuring) > 15
    assert refused(lead, routes, OWN) == configuring
    assert refused(agent, routes, OWN) == configuring | PUBLISHED | {"/export", "/tasks/{task_id}/approve"}


MANAGED = ("/letters/edit", "/models", "/notices/sent", "/rules", "/tokens", "/users")
"""Pages that only those who configure may see, and what stands below them."""
READ = {"/rules", "/rules/review"}
"""What the desk decides by is no secret to those who work with it."""
WORKED = {"/log", "/care", "/care/plans", "/tasks/new", "/knowledge/new", "/knowledge/{number}/edit"}
"""Forms by which work comes in, letters of care go out, tasks are made, and articles are written."""


def test_every_page_knows_who_may_see_it(browser, busy, routes):
    """An admin sees every page; agents, leads and auditors are refused those that configure: a new one without a check
    is found here."""
    add_user(busy.ctx, "ada", Role.ADMIN)
    pages = {path for path, method in routes if method == "GET" and path not in OPEN | {"/metrics", "/events"}}

    def unseen(name: str) -> set[str]:
        one = browser(name)
        addresses = {path: re.sub(r"\{[^}]+\}", "1", path) for path in pages}
        return {
            path for path, address in addresses.items()
            if one.client.get(address, follow_redirects=False).status_code == 403
        }  # fmt: skip

    managed = {path for path in pages if path.startswith(MANAGED)} - READ
    assert len(managed) > 5 and any(path.startswith("/demo") for path in pages)
    assert unseen("ada") == set()
    assert unseen("amy") == managed
    assert unseen("li") == managed | {path for path in pages if path.startswith(SUPERVISED)}
    assert unseen("aud") == managed | WORKED


def test_a_strict_policy_stands_on_every_answer(agent, busy):
    """Pages, errors, redirects and files carry the policy and the other headers."""
    (asset,) = re.findall(r'"(/static/[^"]+console\.css)"', agent.get("/queue").text)
    for address in ("/queue", "/nothing", "/sign-in", "/healthz", asset, "/api/v1/tickets"):
        answer = agent.get(address)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy and "unsafe" not in policy and "frame-ancestors 'none'" in policy
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["x-frame-options"] == "DENY"


def test_no_template_needs_more_than_the_policy_allows():
    """No inline script, style or event handler stands in a template."""
    bad = re.compile(r"<script(?![^>]*\ssrc=)|<style|\sstyle=|\son[a-z]+=|\|\s*safe\b|javascript:|hx-on", re.IGNORECASE)
    for path in TEMPLATES.rglob("*.html"):
        assert not bad.search(path.read_text(encoding="utf-8")), path.name


def test_hostile_words_stay_words(agent, busy):
    """A subject or text with markup is shown as text, in the queue and on the ticket."""
    number = number_of(busy.ctx, "script")
    for address in ("/queue", f"/tickets/{number}", f"/queue/look/{number}"):
        text = agent.get(address).text
        assert "<script>alert" not in text and "&lt;script&gt;alert" in text
        assert "<img src=x" not in text


def test_an_address_that_makes_no_sense_is_no_crash(agent, busy):
    """Ids beyond 63 bits, broken page keys and odd numbers are answered with 4xx."""
    for address in (
        "/outbox/99999999999999999999999",
        "/queue/more?key=x",
        "/queue/list?shown=9999",
        "/tickets/%00",
        "/mails/0",
    ):
        assert 400 <= agent.get(address).status_code < 500, address


@pytest.mark.parametrize(
    ("address", "megabytes"),
    [("/sign-in", 2), ("/api/v1/messages", 25), ("/tickets/1/answer", 25), ("/rules/check", 4)],
)
@pytest.mark.parametrize("announced", [True, False])
def test_nobody_sends_a_body_of_any_size(app, office, address, megabytes, announced):
    """Announced or not, signed in or not: no more is taken than the limit, and the answer says so."""
    octets = b"x" * (megabytes * 1_000_000 + 1)
    sent = octets if announced else iter([octets])
    headers = {"Content-Type": "application/json" if "/api/" in address else "application/x-www-form-urlencoded"}
    answer = Browser(app).client.post(address, content=sent, headers=headers)
    assert answer.status_code == 413
    if "/api/" in address:
        problem = answer.json()
        assert answer.headers["content-type"] == "application/problem+json"
        assert (problem["type"], problem["detail"]) == ("urn:huiying:problem:too-large", f"{megabytes} MB")
    else:
        assert "Too large" in answer.text or "太大" in answer.text
