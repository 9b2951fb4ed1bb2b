"""The first run asks when the desk is on duty."""

from __future__ import annotations

from dataclasses import replace

from core.domain.people import Role
from huiying.app.desks import Desks
from huiying.flows.publish import publish
from tests.factories.console import Browser, a_console, add_user
from tests.factories.pipeline import shipped_files


def test_an_admin_is_asked_once(office, agent):
    """Who configures sees the question, nobody else does; the answer is a bundle and the policy of the desk."""
    desks = Desks(office.ctx.store)
    publish(office.ctx, shipped_files(), author="init", reason="shipped")
    ctx = replace(office.ctx, desk=desks.active, desk_of=desks.of)
    app = a_console(ctx)
    add_user(ctx, "boss", Role.ADMIN)
    boss, li = Browser(app), Browser(app)
    boss.sign_in("boss")
    li.sign_in("li")
    assert "什么时候有人值班" in boss.get("/queue").text and "什么时候有人值班" not in li.get("/queue").text
    assert li.post("/coverage", coverage="always").status_code == 403
    assert boss.post("/coverage", coverage="sometimes").status_code == 422
    assert desks.active().policy.name == "standard"
    assert boss.post("/coverage", coverage="always").status_code == 303
    desks.refresh()
    assert desks.active().policy.name == "rapid-7x24"
    assert "什么时候有人值班" not in boss.get("/queue").text
