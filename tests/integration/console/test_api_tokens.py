"""Programs ask the REST API by a token: what each may, and how it is told that it may not."""

from __future__ import annotations

import logging
import re

import pytest
from starlette.testclient import TestClient

from core.domain.api_token import ApiScope, new_secret
from core.domain.people import Role
from huiying.console import site as sites
from huiying.flows.admit_program import add_token, remove_token
from tests.factories.console import add_user, number_of, numbers

CALL = {"channel": "portal", "text": "系统无法登录", "name": "周敏", "address": "zhou@example.cn"}


class Program:
    """A program without cookies that shows its token."""

    def __init__(self, app, secret: str, **headers: str) -> None:
        self.client = TestClient(app, headers={"Authorization": f"Bearer {secret}", **headers})

    def get(self, path: str):
        return self.client.get(f"/api/v1/{path}")

    def post(self, path: str, body=None, **headers: str):
        return self.client.post(f"/api/v1/{path}", json=body or {}, headers=headers)

    def bring(self, key: str = "1", **changed: str):
        return self.post("messages", {**CALL, **changed}, **{"Idempotency-Key": key})


@pytest.fixture
def program(app, office):
    def make(may: str, name: str = "portal", until: str = "", **headers: str) -> Program:
        _, secret = add_token(office.ctx, name, ApiScope(may), until, "ada", name.encode().ljust(32))
        return Program(app, secret, **headers)

    return make


def test_each_scope_may_what_it_says(program, busy):
    """Bring; look; look, bring and handle: all else is 403 with what RFC 6750 wants."""
    number = number_of(busy.ctx, "企业版")
    done = {
        may: [
            one.bring().status_code,
            one.get("tickets").status_code,
            one.get("teach").status_code,
            one.post(f"tickets/{number}/corrections").status_code,
            one.post(f"tickets/{number}/claims").status_code,
            one.post("customers/merges", {"who": number, "into": number}).status_code,
        ]
        for may in ApiScope
        if (one := program(may, may))
    }
    assert done == {
        "messages": [201, 403, 403, 403, 403, 403],
        "read": [403, 200, 200, 403, 403, 403],
        "work": [201, 200, 200, 201, 200, 422],
    }
    refused = program("read", "other").bring()
    assert refused.headers["www-authenticate"] == 'Bearer realm="huiying", error="insufficient_scope"'
    assert refused.json()["type"] == "urn:huiying:problem:insufficient-scope"


def test_a_token_is_heard_wherever_the_api_answers(program, busy, app):
    """Each operation: a new one that knows the session only is found here."""
    work = program("work")
    paths = app.openapi()["paths"]
    asked = [(path, method) for path, methods in paths.items() for method in methods]
    statuses = {work.client.request(method, re.sub(r"{\w+}", "1", path)).status_code for path, method in asked}
    assert len(asked) > 20 and statuses <= {200, 404, 422}


def test_a_program_is_an_agent_and_no_lead(program, busy):
    """The table of states and the lead's rights count for it as for an agent."""
    work = program("work")
    number = number_of(busy.ctx, "企业版")
    assert work.post(f"tickets/{number}/moves", {"to": "closed"}).json()["title"] == "move-not-allowed"


def test_what_a_program_does_bears_its_name(program, busy):
    """In the trail and in the ticket's history; no user can have that name."""
    work, number = program("work", "bot"), number_of(busy.ctx, "企业版")
    work.post(f"tickets/{number}/corrections", {"fields": {"type": "投诉"}})
    work.post(f"tickets/{number}/claims")
    detail = busy.ticket(number)
    assert [one.agent for one in detail.corrections] == ["token:bot"]
    assert {line.actor for line in detail.audit if line.action == "ticket.claimed"} == {"token:bot"}
    brought = work.bring().json()
    with busy.ctx.store.read() as tx:
        [line] = tx.views.audit(f"mail:{brought['id']}", "", 1).rows
    assert (line.action, line.actor) == ("message.taken-in", "token:bot")


def test_each_program_has_keys_of_its_own(program, office, agent):
    """Two portals count from one, each; the same key of one of them files once; a person's keys are apart, too."""
    one, two = program("messages", "one"), program("messages", "two")
    first = one.bring("1")
    assert one.bring("1").json() == first.json()
    assert one.bring("1", text="另一件事").status_code == 409
    assert two.bring("1", text="另一件事").status_code == 201
    agent.get("/queue")
    headers = {"X-CSRF-Token": agent.token, "Idempotency-Key": "1"}
    assert agent.client.post("/api/v1/messages", json={**CALL, "text": "第三件"}, headers=headers).status_code == 201
    assert office.totals()["tickets"] == 3


@pytest.mark.parametrize("shown", ["", "hy_", "x", new_secret(b"z" * 32), "两 个"])
def test_a_wrong_token_is_refused_whoever_is_signed_in(agent, busy, shown):
    """401 with a problem and the challenge; the browser's own session beside it does not count."""
    answer = agent.get("/api/v1/tickets", Authorization=f"Bearer {shown}".encode())
    assert answer.status_code == 401 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:huiying:problem:invalid-token"
    assert answer.headers["www-authenticate"] == 'Bearer realm="huiying", error="invalid_token"'
    assert agent.get("/api/v1/tickets", Authorization="Basic eDp5").status_code == 200


def test_who_shows_nothing_is_asked_for_a_token(app, busy):
    """The challenge without an error (RFC 6750, 3.1)."""
    answer = TestClient(app).get("/api/v1/tickets")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="huiying"')


def test_a_token_opens_no_page(program, busy):
    """It is for the API alone."""
    work = program("work")
    for page in ("/queue", "/users", "/events", "/outbox"):
        assert work.client.get(page, follow_redirects=False).status_code in (303, 401), page


def test_no_forgery_is_feared_of_a_token(program, busy):
    """No page can make a browser show it: neither the session's token nor an origin of ours is asked for."""
    work = program("work", Origin="https://portal.example.com", **{"Sec-Fetch-Site": "cross-site"})
    assert work.post(f"tickets/{numbers(busy.ctx)[0]}/corrections").status_code == 201


def test_a_removed_or_ended_token_is_refused_at_once(program, office, clock):
    """The next request is 401."""
    one, two = program("read", "one"), program("read", "two", "2026-03-05")
    assert [each.get("tickets").status_code for each in (one, two)] == [200, 200]
    remove_token(office.ctx, "one", "ada")
    clock.advance(days=1)
    assert [each.get("tickets").status_code for each in (one, two)] == [401, 401]


def test_many_wrong_tokens_are_put_off_and_a_right_one_beside_them_is_not(app, program, office, monkeypatch):
    """429 with the time to wait; nothing is written for a wrong one, and nobody shuts out who shares his address."""
    monkeypatch.setattr(app.state.site.wrong_tokens, "_each", 300.0)
    right, wrong = program("read"), Program(app, new_secret(b"w" * 32))
    monkeypatch.setattr(office.ctx.store, "write", None)
    assert [wrong.get("tickets").status_code for _ in range(4)] == [401, 401, 401, 429]
    answer = wrong.get("tickets")
    assert answer.headers["retry-after"] == "300" and answer.json()["title"] == "too-many-requests"
    assert "wrong tokens" in answer.json()["detail"]
    monkeypatch.undo()
    assert right.get("tickets").status_code == 200


def test_a_program_that_asks_too_often_waits(app, program, office, clock):
    """Each token for itself; after the time that was told it is heard again."""
    one, two = program("read", "one"), program("read", "two")
    for _ in range(sites.MOST_REQUESTS - 1):
        app.state.site.requests.take(next(t.id for t in all_tokens(office) if t.name == "one"), clock())
    assert [one.get("tickets").status_code for _ in range(2)] == [200, 429]
    assert one.get("tickets").headers["retry-after"] == "1" and two.get("tickets").status_code == 200
    clock.advance(seconds=1)
    assert one.get("tickets").status_code == 200


def all_tokens(office):
    with office.ctx.store.read() as tx:
        return tx.api_tokens.all()


def test_words_are_in_the_language_that_the_program_asks_for(program, busy):
    """As browsers do, by Accept-Language; Chinese unless asked."""
    number = numbers(busy.ctx)[0]
    zh, en = program("read", "zh"), program("read", "en", **{"Accept-Language": "en-GB,en;q=0.9"})
    notes = [one.get(f"tickets/{number}").json()["promises"][0]["notes"][-1] for one in (zh, en)]
    assert notes[0].startswith("共计") and not notes[1].startswith("共计")


def test_contact_data_stays_masked(program, busy):
    """For every token, as for 只读."""
    read = program("read")
    text = "".join(read.get(f"tickets/{number}").text for number in numbers(busy.ctx))
    assert "13812345678" not in text and "zhao@example.cn" not in text


def test_no_log_tells_a_token(program, busy, caplog):
    """Neither a right one nor a wrong one."""
    caplog.set_level(logging.DEBUG)
    work = program("work")
    secret = work.client.headers["authorization"][7:]
    work.get("tickets")
    work.bring(text=" ")
    remove_token(busy.ctx, "portal", "ada")
    work.get("tickets")
    assert secret[3:20] not in caplog.text


def test_the_api_says_how_to_sign_for_a_request(agent):
    """OpenAPI names both ways, and each operation takes either."""
    described = agent.get("/api/v1/openapi.json").json()
    schemes = described["components"]["securitySchemes"]
    assert (schemes["token"]["type"], schemes["token"]["scheme"]) == ("http", "bearer")
    assert (schemes["session"]["in"], schemes["session"]["name"]) == ("cookie", "huiying_session")
    for path in described["paths"].values():
        for operation in path.values():
            assert operation["security"] == [{"token": []}, {"session": []}]


@pytest.fixture
def admin(browser, office):
    add_user(office.ctx, "ada", Role.ADMIN)
    return browser("ada")


def test_an_admin_makes_a_token_on_a_page_and_sees_it_once(admin, agent, app, office):
    """It works; the list says all but the token; a way there stands in the admin's menu and in nobody else's."""
    assert "还没有令牌" in admin.get("/tokens").text
    made = admin.post("/tokens", name="portal", may="messages", until="2026-12-31")
    [secret] = re.findall(r"hy_[0-9a-f]{72}", made.text)
    assert made.headers["cache-control"] == "no-store" and Program(app, secret).bring().status_code == 201
    text = admin.get("/tokens").text
    assert (
        secret not in text
        and "portal" in text
        and "只送消息" in text
        and "今天 10:00" in text
        and "创建人 ada" in text
        and "12月31日" in text
    )
    with office.ctx.store.read() as tx:
        [token] = tx.api_tokens.all()
        assert [line.actor for line in tx.views.audit(f"token:{token.id}", "", 5).rows] == ["ada"]
    assert 'href="/tokens"' in text and 'href="/tokens"' not in agent.get("/queue").text
    assert agent.get("/tokens").status_code == 403


def test_what_is_wrong_with_a_token_is_said_beside_what_was_filled_in(admin, program):
    """In the reader's language; a scope that there is not is no form of ours."""
    program("read")
    admin.get("/tokens")
    again = admin.post("/tokens", name="portal", may="read", until="2026-12-31")
    assert again.status_code == 422 and "已存在" in again.text and 'value="portal"' in again.text
    assert "exists already" not in again.text and "hy_" not in again.text
    assert admin.post("/tokens", name="x", may="all").status_code == 422


def test_an_admin_removes_a_token_on_a_page(admin, program, clock):
    """Refused at once; one that has ended is shown as such until then."""
    read = program("read", until="2026-03-05")
    assert read.get("tickets").status_code == 200
    admin.get("/tokens")
    assert admin.post("/tokens/remove", name="portal").headers["location"] == "/tokens"
    assert read.get("tickets").status_code == 401
    assert admin.htmx("/tokens/remove", name="portal").status_code == 404
    program("read", "other", "2026-03-05")
    clock.advance(hours=11, minutes=59)
    assert "已过期" not in admin.get("/tokens").text
    admin.sign_in("ada")
    clock.advance(hours=3)
    assert "已过期" in admin.get("/tokens").text
    assert admin.htmx("/tokens/remove", name="other").headers["hx-redirect"] == "/tokens"
