"""How somebody proves who he is, and how his browser is let in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta

from starlette.requests import Request
from starlette.responses import Response

from core.domain.errors import Unavailable
from core.domain.filing import AuditEntry
from core.domain.people import LONGEST_PASSWORD, Session, User
from huiying.console.access import COOKIE, token_hash
from huiying.console.caller import is_secure, network_of
from huiying.console.site import Site
from huiying.console.throttle import is_throttled, keys_of

SESSION = timedelta(hours=12)
_PATIENCE_S = 5.0


def check_password(site: Site, request: Request, name: str, password: str) -> tuple[User | None, str]:
    """(the user, '') or (None, why not). Unknown names cost as much time as wrong passwords."""
    context, passwords = site.context, site.console.passwords
    now = context.now()
    keys = keys_of(name, network_of(request))
    site.proxy.take(context, request)
    with context.store.read() as transaction:
        if is_throttled(transaction.people, keys, now):
            return None, "throttled"
        user = transaction.people.user(name) if name else None
    known = user is not None and not user.disabled and bool(user.password_hash)
    right, fresh = passwords.verify(password[:LONGEST_PASSWORD], user.password_hash if user and known else site.decoy)
    right = right and known
    with context.store.write() as transaction:
        for key, _most in keys:
            transaction.people.note_sign_in(key, now, failed=not right)
        if user and right and fresh:
            transaction.people.rehash(user.id, user.password_hash, fresh)
            user = replace(user, password_hash=fresh)
        if user and not right:
            transaction.audit.add([entry(site, user.name, "person.sign-in-failed", f"user:{user.id}")])
    return (user, "") if right else (None, "wrong")


@contextmanager
def a_turn(site: Site) -> Iterator[None]:
    """For one password check. Raises ``Unavailable`` at once when too many wait, else after a few seconds."""
    if not site.waiting.acquire(blocking=False):
        raise Unavailable
    try:
        if not site.hashing.acquire(timeout=_PATIENCE_S):
            raise Unavailable
        try:
            yield
        finally:
            site.hashing.release()
    finally:
        site.waiting.release()


def new_session(site: Site, user: User, old: str) -> str:
    """The token of a new session, in place of the browser's ``old`` one; '' for a user who was disabled or given a new
    password while the old was checked."""
    token = secrets.token_urlsafe(32)
    now = site.context.now()
    session = Session(
        token_hash=token_hash(token),
        user_id=user.id,
        csrf=secrets.token_urlsafe(24),
        created=now,
        expires=now + SESSION,
    )
    with site.context.store.write() as transaction:
        held = transaction.people.user(user.name, hold=True)
        if held is None or held.disabled or held.password_hash != user.password_hash:
            return ""
        transaction.people.end_session(token_hash(old))
        transaction.people.start_session(session)
        transaction.audit.add([entry(site, user.name, "person.sign-in", f"user:{user.id}")])
    return token


def let_in(answer: Response, request: Request, token: str) -> None:
    """The browser keeps the session's token."""
    age = int(SESSION.total_seconds())
    secure = is_secure(request)
    answer.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")


def entry(site: Site, actor: str, action: str, subject: str) -> AuditEntry:
    return AuditEntry(id=site.context.ids(), at=site.context.now(), actor=actor, action=action, subject=subject)
