"""How somebody proves who he is, and how his browser is let in."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response

from core.domain.errors import Unavailable
from core.domain.filing import AuditEntry
from core.domain.people import LONGEST_PASSWORD, Session, User
from core.domain.second_factor import PATIENCE, SECRET_OCTETS, SignInStep
from huiying.console.access import COOKIE, token_hash
from huiying.console.caller import is_secure, network_of
from huiying.console.site import Site
from huiying.console.throttle import is_throttled, keys_of
from huiying.flows.ports import Transaction
from huiying.flows.second_factor import answer, begin

SESSION = timedelta(hours=12)
STEP_COOKIE = "huiying_step"
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


def check_code(site: Site, request: Request, tx: Transaction, user: User, code: str) -> str:
    """'' for a right code, else why not. The user is held: of many guesses at once each is counted before the next."""
    context, keys = site.context, keys_of(user.name, network_of(request))
    now = context.now()
    if is_throttled(tx.people, keys, now):
        return "throttled"
    said = answer(context, tx, user, code)
    for key, _most in keys:
        tx.people.note_sign_in(key, now, failed=bool(said))
    if said:
        tx.audit.add([entry(site, user.name, "person.second-factor-failed", f"user:{user.id}")])
    return said.value


def enter(site: Site, user: User, old: str) -> tuple[str, str]:
    """Cookie and token of a new session, in place of the browser's ``old`` one, or of a sign-in that waits for the
    second factor, which is set up first where the role must have one; two '' for a user who was disabled or given a new
    password while the old was checked."""
    with site.context.store.write() as tx:
        held = hold(tx, user)
        if held is None:
            return "", ""
        if tx.sign_ins.factor(held.id).is_on:
            return STEP_COOKIE, _new_step(site, tx, held)
        if held.role not in site.context.desk().people.second_factor_of:
            return COOKIE, start_session(site, tx, held, old)
        begin(site.context, tx, held, secrets.token_bytes(SECRET_OCTETS))
        return STEP_COOKIE, _new_step(site, tx, held)


def hold(tx: Transaction, user: User) -> User | None:
    """The user, if he may still come in as he was when his password was checked; nobody changes him from now on."""
    held = tx.people.user(user.name, hold=True)
    same = held is not None and not held.disabled and held.password_hash == user.password_hash
    return held if same else None


def _new_step(site: Site, tx: Transaction, user: User) -> str:
    token, now = secrets.token_urlsafe(32), site.context.now()
    step = SignInStep(token_hash=token_hash(token), user_id=user.id, expires=now + PATIENCE)
    tx.sign_ins.begin(step, now)
    return token


def start_session(site: Site, tx: Transaction, user: User, old: str) -> str:
    """The token of a new session, in place of the browser's ``old`` one; the user is held."""
    token = secrets.token_urlsafe(32)
    now = site.context.now()
    session = Session(
        token_hash=token_hash(token),
        user_id=user.id,
        csrf=secrets.token_urlsafe(24),
        created=now,
        expires=now + SESSION,
    )
    tx.people.end_session(token_hash(old))
    tx.people.start_session(session)
    tx.audit.add([entry(site, user.name, "person.sign-in", f"user:{user.id}")])
    return token


def keep(page: Response, request: Request, cookie: str, token: str) -> None:
    """The browser keeps the token of a session, or of a sign-in that waits."""
    age = int((SESSION if cookie == COOKIE else PATIENCE).total_seconds())
    secure = is_secure(request)
    page.set_cookie(cookie, token, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")


def second_step(to: str) -> str:
    """The page that asks for the code, and leads to ``to`` afterwards."""
    return f"/sign-in/second-factor?to={quote(local(to))}"


def local(to: str) -> str:
    """A path of this console, never another site's address."""
    safe = to.startswith("/") and not to.startswith(("//", "/\\")) and not any(ord(c) < 32 for c in to)
    return to if safe else "/"


def entry(site: Site, actor: str, action: str, subject: str) -> AuditEntry:
    return AuditEntry(id=site.context.ids(), at=site.context.now(), actor=actor, action=action, subject=subject)
