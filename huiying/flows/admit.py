"""Who may sign in: users are disabled, enabled, given another role or password; what they had open ends at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from core.domain.errors import BadInput, LastAdmin, NotFound
from core.domain.filing import AuditEntry
from core.domain.people import LONGEST_PASSWORD, SHORTEST_PASSWORD, Role, User
from huiying.flows.context import Context
from huiying.flows.retry import retried


def disable(ctx: Context, name: str, by: str) -> User:
    """Raises ``LastAdmin``, and ``BadInput`` where somebody would lock himself out."""
    if name == by:
        raise BadInput("不能禁用自己 (nobody disables himself)")
    return _change(ctx, name, by, "user.disable", lambda user: replace(user, disabled=True))


def enable(ctx: Context, name: str, by: str) -> User:
    return _change(ctx, name, by, "user.enable", lambda user: replace(user, disabled=False))


def give_role(ctx: Context, name: str, role: Role, by: str) -> User:
    """Raises ``LastAdmin``."""
    return _change(ctx, name, by, "user.role", lambda user: replace(user, role=role))


def give_password(ctx: Context, name: str, hashed: str, by: str) -> User:
    return _change(ctx, name, by, "user.password", lambda user: replace(user, password_hash=hashed))


def require_length(password: str) -> None:
    """Raises ``BadInput`` for a password that is too short or too long."""
    if len(password) < SHORTEST_PASSWORD:
        raise BadInput(f"密码至少 {SHORTEST_PASSWORD} 个字符 (at least {SHORTEST_PASSWORD} characters)")
    if len(password) > LONGEST_PASSWORD:
        raise BadInput(f"密码最多 {LONGEST_PASSWORD} 个字符 (at most {LONGEST_PASSWORD} characters)")


def _change(ctx: Context, name: str, by: str, action: str, act: Callable[[User], User]) -> User:
    """Everybody is held meanwhile: two admins who disable each other are two admins one after the other."""

    def once() -> User:
        with ctx.store.write() as tx:
            everyone = tx.people.users(hold=True)
            user = next((one for one in everyone if one.name == name), None)
            if user is None:
                raise NotFound(f"没有用户 {name} (no such user)")
            new = act(user)
            if new == user:
                return user
            if _rules(user) and not any(_rules(new if one.id == user.id else one) for one in everyone):
                raise LastAdmin
            tx.people.save(new)
            tx.audit.add((_entry(ctx, by, action, user, new),))
        return new

    return retried(once)


def _rules(user: User) -> bool:
    return user.role is Role.ADMIN and not user.disabled


def _entry(ctx: Context, by: str, action: str, user: User, new: User) -> AuditEntry:
    details = () if user.role is new.role else (("before", user.role.value), ("after", new.role.value))
    return AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=by, action=action, subject=f"user:{user.id}", details=details
    )  # fmt: skip
