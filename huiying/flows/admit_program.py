"""Which programs may ask the REST API: each has a token with a name, what it may do and perhaps an end."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta

from core.domain.api_token import ApiScope, ApiToken, is_whole, new_secret
from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from huiying.flows.context import Context

USE_NOTED = timedelta(hours=1)
"""A program may ask all day: so often, at most, its last use is written."""
_NAME = re.compile(r"[\w.@+-]{1,64}")
"""No colon: the trail writes ``token:NAME`` for what a program does."""


def add_token(ctx: Context, name: str, may: ApiScope, until: str, by: str, random: bytes) -> tuple[ApiToken, str]:
    """A new token and its secret, which is told this once. ``until`` is its last day in the desk's zone, '' for none.
    Raises ``BadInput`` for a name or a day that cannot be one, or a name that is taken."""
    if not _NAME.fullmatch(name):
        raise BadInput("名字由字母、数字和 . _ @ + - 组成，最多 64 个 (a name is letters, digits and . _ @ + -)")
    end = _end_of(ctx, until) if until else None
    token, secret = ApiToken(id=ctx.ids(), name=name, may=may, created=ctx.now(), until=end), new_secret(random)
    with ctx.store.write() as tx:
        if not tx.api_tokens.add(token, secret):
            raise BadInput(f"令牌 {name} 已存在 (exists already)")
        tx.audit.add((_entry(ctx, by, "token.add", token),))
    return token, secret


def remove_token(ctx: Context, name: str, by: str) -> None:
    """Whoever shows it is refused from now on. Raises ``NotFound``."""
    with ctx.store.write() as tx:
        token = tx.api_tokens.remove(name)
        if token is None:
            raise NotFound(f"没有令牌 {name} (no such token)")
        tx.audit.add((_entry(ctx, by, "token.remove", token),))


def tokens_with_makers(ctx: Context) -> tuple[tuple[ApiToken, str], ...]:
    """Every token by name, and who made it: he may have kept it."""
    with ctx.store.read() as tx:
        trails = ((token, tx.views.audit(_subject(token), "", 1).rows) for token in tx.api_tokens.all())
        return tuple((token, rows[0].actor if rows else "") for token, rows in trails)


def known_token(ctx: Context, secret: str) -> ApiToken | None:
    """The token that is shown, if it is one and still good; that it was used is noted."""
    if not is_whole(secret):
        return None
    now = ctx.now()
    with ctx.store.read() as tx:
        token = tx.api_tokens.by_secret(secret)
    if token is None or not token.is_good(now):
        return None
    if token.last_used is None or token.last_used <= now - USE_NOTED:
        with ctx.store.write() as tx:
            tx.api_tokens.used(token.id, now, now - USE_NOTED)
    return token


def _end_of(ctx: Context, day: str) -> datetime:
    """The last second of that day."""
    try:
        end = datetime.combine(date.fromisoformat(day), time(23, 59, 59), ctx.desk().calendar.tz).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadInput(f"{day}：应为日期，如 (expected a day such as) 2027-12-31") from None
    if end <= ctx.now():
        raise BadInput("有效期须在将来 (the last day lies in the past)")
    return end


def _entry(ctx: Context, by: str, action: str, token: ApiToken) -> AuditEntry:
    details = (("name", token.name), ("may", token.may.value))
    return AuditEntry(id=ctx.ids(), at=ctx.now(), actor=by, action=action, subject=_subject(token), details=details)


def _subject(token: ApiToken) -> str:
    return f"token:{token.id}"
