"""Who may sign in is changed: with its trace, never without a last admin, and by nobody against himself."""

from __future__ import annotations

import threading

import pytest

from core.domain.errors import BadInput, HuiyingError, LastAdmin, NotFound
from core.domain.people import Role, User
from huiying.flows import admit
from huiying.flows.context import Context
from tests.factories.pipeline import Office


@pytest.fixture
def ctx(office: Office) -> Context:
    with office.ctx.store.write() as tx:
        for place, (name, role) in enumerate((("li", Role.AGENT), ("ada", Role.ADMIN), ("bo", Role.ADMIN)), 1):
            tx.people.save(User(id=place, name=name, role=role, password_hash=f"hash of {name}"))
    return office.ctx


def user(ctx: Context, name: str) -> User:
    with ctx.store.read() as tx:
        found = tx.people.user(name)
    assert found is not None
    return found


def test_each_change_stands_in_the_trail(ctx: Context) -> None:
    """Who did it to whom; a role with what it was before; what changes nothing leaves no line."""
    admit.disable(ctx, "li", "ada")
    admit.disable(ctx, "li", "ada")
    admit.enable(ctx, "li", "ada")
    admit.give_role(ctx, "li", Role.LEAD, "operator:root")
    admit.give_password(ctx, "li", "new", "operator:root")
    assert user(ctx, "li") == User(id=1, name="li", role=Role.LEAD, password_hash="new")
    with ctx.store.read() as tx:
        rows = tx.views.audit("user:1", "", 10).rows
    assert [(row.action, row.actor, dict(row.details)) for row in reversed(rows)] == [
        ("user.disable", "ada", {}),
        ("user.enable", "ada", {}),
        ("user.role", "operator:root", {"before": "agent", "after": "lead"}),
        ("user.password", "operator:root", {}),
    ]
    with pytest.raises(NotFound):
        admit.disable(ctx, "nobody", "ada")


def test_the_last_admin_stays(ctx: Context) -> None:
    """Disabled admins do not count; with another one there he may go."""
    with pytest.raises(BadInput):
        admit.disable(ctx, "ada", "ada")
    admit.disable(ctx, "bo", "ada")
    with pytest.raises(LastAdmin):
        admit.disable(ctx, "ada", "operator:root")
    with pytest.raises(LastAdmin):
        admit.give_role(ctx, "ada", Role.AGENT, "operator:root")
    admit.give_password(ctx, "ada", "new", "operator:root")
    admit.enable(ctx, "bo", "ada")
    admit.give_role(ctx, "ada", Role.AGENT, "bo")
    assert (user(ctx, "ada").role, user(ctx, "bo").disabled) == (Role.AGENT, False)


def admins_left(ctx: Context) -> int:
    with ctx.store.read() as tx:
        return sum(one.role is Role.ADMIN and not one.disabled for one in tx.people.users())


def disable_each_other(ctx: Context) -> list[HuiyingError]:
    """Two admins at the same time; what was refused."""
    start, refused = threading.Barrier(2), []

    def act(name: str, by: str) -> None:
        start.wait(10)
        try:
            admit.disable(ctx, name, by)
        except HuiyingError as error:
            refused.append(error)

    threads = [threading.Thread(target=act, args=names) for names in (("ada", "bo"), ("bo", "ada"))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return refused


def test_two_admins_who_disable_each_other_leave_one(ctx: Context) -> None:
    """One of the two is refused, whoever was later."""
    [refused] = disable_each_other(ctx)
    assert isinstance(refused, LastAdmin) and admins_left(ctx) == 1
