"""Who gets in, who does not, and for how long."""

from __future__ import annotations

from dataclasses import replace

from core.domain.people import Role
from huiying.console.site import MOST_SIGNING_IN
from huiying.console.throttle import MOST_FOR_ADDRESS, MOST_FOR_NAME
from tests.factories.console import Browser, add_user


def test_a_stranger_ends_on_the_sign_in_page(app):
    """GET / without a session ends in a page of status 200 that asks for name and password."""
    answer = Browser(app).get("/")
    assert answer.status_code == 200
    assert answer.url.path == "/sign-in"
    assert 'name="password"' in answer.text


def test_the_right_password_opens_the_queue(app, busy):
    """Signing in leads to 待办工单, and the cookie can be read by no script and sent by no other site."""
    browser = Browser(app)
    answer = browser.sign_in("LI")
    assert answer.url.path == "/queue"
    assert "紧急：系统全部无法登录" in answer.text
    first = answer.history[0].headers["set-cookie"].lower()
    assert "httponly" in first and "samesite=lax" in first and "secure" not in first


def test_over_https_the_cookie_never_travels_in_the_clear(app, office):
    """A session that began on https has the Secure flag."""
    browser = Browser(app)
    browser.client.base_url = "https://testserver"
    cookie = browser.sign_in("li").history[0].headers["set-cookie"].lower()
    assert "secure" in cookie


def test_a_wrong_password_and_an_unknown_name_look_the_same(app, office):
    """Nobody learns from the answer whether a name exists."""
    wrong, unknown = Browser(app).sign_in("li", "nope"), Browser(app).sign_in("nobody", "nope")
    assert wrong.status_code == unknown.status_code == 403
    assert wrong.text.replace('value="li"', "") == unknown.text.replace('value="nobody"', "")
    assert "huiying_session" not in wrong.headers.get("set-cookie", "")


def test_too_many_failures_pause_a_name(app, office, clock):
    """After the last allowed failure even the right password waits a quarter of an hour."""
    browser = Browser(app)
    for _ in range(MOST_FOR_NAME):
        assert browser.sign_in("li", "nope").status_code == 403
    assert browser.sign_in("li").status_code == 429
    assert browser.sign_in("amy").status_code == 200
    clock.advance(minutes=16)
    assert browser.sign_in("li").status_code == 200


def test_too_many_failures_pause_an_address(app, office):
    """Trying many names from one network address is stopped too."""
    browser = Browser(app)
    for i in range(MOST_FOR_ADDRESS):
        browser.sign_in(f"guess{i}", "nope")
    assert browser.sign_in("li").status_code == 429


def test_a_session_ends_after_twelve_hours(agent, busy, clock):
    """An old cookie is worth nothing."""
    assert agent.get("/queue").url.path == "/queue"
    clock.advance(hours=12, seconds=1)
    assert agent.get("/queue").url.path == "/sign-in"


def test_signing_out_ends_the_session_on_the_server(agent, office):
    """The token that a thief copied before is refused afterwards."""
    agent.get("/queue")
    stolen = agent.client.cookies["huiying_session"]
    assert agent.post("/sign-out").status_code == 303
    agent.client.cookies.set("huiying_session", stolen)
    assert agent.get("/queue").url.path == "/sign-in"


def test_a_disabled_user_is_out_at_once(agent, office):
    """Disabling a user ends what he has open."""
    with office.ctx.store.write() as tx:
        tx.people.save(replace(tx.people.user("li"), disabled=True))
    assert agent.get("/queue").url.path == "/sign-in"
    assert agent.sign_in("li").status_code == 403


def test_only_hashes_are_stored(agent, office):
    """Neither the password nor the session's token stands in the database."""
    token = agent.client.cookies["huiying_session"]
    with office.ctx.store.read() as tx:
        assert tx.people.user("li").password_hash.startswith("$argon2id$")
        assert tx.people.session(token, office.ctx.now()) is None


def test_signing_in_leads_back_but_never_to_another_site(app, busy):
    """A link opened without a session is opened afterwards; an address elsewhere is not."""
    browser = Browser(app)
    assert browser.get("/outbox?state=held").url.params["to"] == "/outbox?state=held"
    for to, path in (("/outbox", "/outbox"), ("//evil.example", "/queue"), ("https://evil.example/", "/queue")):
        answer = browser.client.post("/sign-in", data={"name": "li", "password": "correct horse battery", "to": to})
        assert answer.url.host == "testserver" and answer.url.path == path


def test_a_part_or_a_form_leads_back_to_its_page(app, busy):
    """To whoever signs in again: the page of the part, of the form; an address that is none is nothing."""
    browser = Browser(app)
    page = "http://testserver/tickets/1?tab=2"
    part = {"HX-Request": "true", "HX-Current-URL": page}
    assert browser.get("/health/strip", **part).headers["hx-redirect"] == "/sign-in?to=/tickets/1%3Ftab%3D2"
    assert browser.get("/health/strip", **part | {"HX-Current-URL": "http://["}).headers["hx-redirect"] == "/sign-in"
    answer = browser.post("/log", headers={"Referer": "http://testserver/log"}, text="a")
    assert answer.headers["location"] == "/sign-in?to=/log"
    assert 'href="/sign-in?language=en&amp;to=/log"' in browser.get("/sign-in?to=/log").text


def test_every_sign_in_is_in_the_audit_trail(app, office):
    """Success and failure are written down with the user's id."""
    user = add_user(office.ctx, "wu", Role.AGENT)
    browser = Browser(app)
    browser.sign_in("wu", "nope")
    browser.sign_in("wu")
    with office.ctx.store.read() as tx:
        found = [row.action for row in tx.views.audit(f"user:{user.id}", "", 10).rows]
    assert sorted(found) == ["person.sign-in", "person.sign-in-failed"]


def test_the_language_is_the_users(agent, office):
    """Switching the language is remembered with the user, not with the browser."""
    assert "待办工单" in agent.get("/queue").text
    assert agent.post("/language", language="en", to="/queue").headers["location"] == "/queue"
    assert ">Queue<" in agent.get("/queue").text
    with office.ctx.store.read() as tx:
        assert tx.people.user("li").language == "en"
    assert agent.post("/language", language="xx").status_code == 303
    assert ">Queue<" in agent.get("/queue").text


def test_the_sign_in_page_speaks_the_browsers_language(app, office):
    """Accept-Language decides until somebody chooses."""
    browser = Browser(app)
    assert "User name" in browser.get("/sign-in", **{"Accept-Language": "en-GB,en;q=0.9"}).text
    assert "用户名" in browser.get("/sign-in?language=zh-CN", **{"Accept-Language": "en"}).text
    assert "用户名" in browser.get("/sign-in", **{"Accept-Language": "en"}).text


def test_a_new_session_ends_the_old_one(agent, office):
    """Of the same browser: whoever signs in after somebody else leaves no key of his behind."""
    old = agent.client.cookies["huiying_session"]
    agent.sign_in("amy")
    thief = Browser(agent.client.app)
    thief.client.cookies.set("huiying_session", old)
    assert thief.get("/queue").url.path == "/sign-in"


def test_strangers_never_hold_all_threads(app, office):
    """Beyond those who wait already a sign-in is refused at once; then it goes on."""
    site = app.state.site
    for _ in range(MOST_SIGNING_IN):
        assert site.waiting.acquire(blocking=False)
    assert Browser(app).sign_in("li").status_code == 503
    site.waiting.release(MOST_SIGNING_IN)
    for _ in range(MOST_SIGNING_IN + 1):
        assert Browser(app).sign_in("li").status_code == 200
