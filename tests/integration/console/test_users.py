"""The page of users: who may sign in, and who decides it."""

from __future__ import annotations

import pytest

from core.domain.errors import LastAdmin
from core.domain.people import Role
from huiying.flows import admit
from tests.factories.console import Browser, add_user
from tests.factories.pipeline import worker_context
from tests.flows.test_admit import admins_left, disable_each_other


@pytest.fixture
def admin(browser, office):
    add_user(office.ctx, "ada", Role.ADMIN, display="艾达")
    return browser("ada")


def user(office, name):
    with office.ctx.store.read() as tx:
        return tx.people.user(name)


def test_an_admin_sees_who_may_sign_in(admin, agent, office):
    """Everybody with role and last sign-in; a way there stands in the admin's menu and in nobody else's."""
    text = admin.get("/users").text
    assert "李敏" in text and "客服" in text and "最近登录" in text and "从未登录" in text
    assert "/users/ada/disable" not in text and "/users/li/disable" in text
    assert 'href="/users"' in admin.get("/queue").text
    assert 'href="/users"' not in agent.get("/queue").text
    assert agent.get("/users").status_code == 403


def test_who_is_disabled_is_out_at_once_and_stays_out_when_let_in_again(admin, agent, office):
    """What was open before is worth nothing afterwards; he signs in anew."""
    assert agent.get("/api/v1/tickets").status_code == 200
    admin.get("/users")
    assert admin.post("/users/li/disable").headers["location"] == "/users"
    assert "已禁用" in admin.get("/users").text
    assert agent.get("/queue").url.path == "/sign-in"
    assert agent.get("/api/v1/tickets").status_code == 401
    assert agent.sign_in("li").status_code == 403
    assert admin.post("/users/li/enable").status_code == 303
    assert agent.get("/queue").url.path == "/sign-in"
    assert agent.sign_in("li").url.path == "/queue"


@pytest.mark.postgres
def test_on_postgresql_two_admins_leave_one_too(pg_store, keys, clock):
    """Whoever was later sees what the other did, on a database that lets both write at once."""
    ctx = worker_context(pg_store, keys, clock)
    for name in ("ada", "bo"):
        add_user(ctx, name, Role.ADMIN)
    [refused] = disable_each_other(ctx)
    assert isinstance(refused, LastAdmin) and admins_left(ctx) == 1


def test_another_role_is_given_by_signing_in_again(admin, agent, office):
    """The agent is a lead afterwards; a role that there is not is refused."""
    admin.get("/users")
    assert admin.post("/users/li/role", role="lead").status_code == 303
    assert agent.get("/queue").url.path == "/sign-in"
    assert user(office, "li").role is Role.LEAD
    assert admin.post("/users/li/role", role="king").status_code == 422


def test_nobody_ends_the_last_admin(admin, office):
    """Neither himself nor another; the page says so in words."""
    admin.get("/users")
    answer = admin.post("/users/ada/role", role="agent")
    assert answer.status_code == 422 and "最后一位" in answer.text
    assert admin.post("/users/ada/disable").status_code == 422
    assert user(office, "ada").role is Role.ADMIN


def test_a_password_that_was_right_a_moment_ago_opens_nothing(app, office, monkeypatch):
    """Disabled while the password was being checked: there is no session afterwards."""
    passwords = app.state.site.console.passwords
    verify = passwords.verify

    def slowly(password: str, hashed: str) -> tuple[bool, str | None]:
        found: tuple[bool, str | None] = verify(password, hashed)
        admit.disable(office.ctx, "li", "operator:root")
        return found

    monkeypatch.setattr(passwords, "verify", slowly)
    assert Browser(app).sign_in("li").status_code == 403


def test_a_fresh_hash_undoes_no_role_that_was_given_meanwhile(app, office, monkeypatch):
    """Signing in writes the hash alone."""
    passwords = app.state.site.console.passwords

    def slowly(_password: str, _hashed: str) -> tuple[bool, str | None]:
        admit.give_role(office.ctx, "li", Role.LEAD, "operator:root")
        return True, "$argon2id$stronger"

    monkeypatch.setattr(passwords, "verify", slowly)
    assert Browser(app).sign_in("li").url.path == "/queue"
    assert user(office, "li").role is Role.LEAD
    assert user(office, "li").password_hash == "$argon2id$stronger"
