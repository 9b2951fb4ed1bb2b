"""Signing in and out, and the language one reads."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import Unavailable
from core.domain.filing import AuditEntry
from core.domain.people import Session, User
from huiying.console.access import COOKIE, Anyone, find_viewer, from_here, token_hash
from huiying.console.caller import is_secure, network_of
from huiying.console.site import Site, site_of
from huiying.console.throttle import is_throttled, keys_of
from huiying.console.words import LANGUAGES, language_for

SESSION = timedelta(hours=12)
LANGUAGE_COOKIE = "huiying_language"
_PATIENCE_S = 5.0
_LONGEST_PASSWORD = 256

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request) -> Response:
    """The queue, or the sign-in page."""
    return RedirectResponse("/queue" if find_viewer(request) else "/sign-in", status_code=303)


@router.get("/sign-in")
def sign_in_page(request: Request, language: str = "", to: str = "") -> HTMLResponse:
    chosen = language_for(
        language, request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", "")
    )
    page = _page(request, chosen, to)
    if language:
        page.set_cookie(LANGUAGE_COOKIE, chosen, max_age=31536000, httponly=True, samesite="lax")
    return page


@router.post("/sign-in", dependencies=[Depends(from_here)])
def sign_in(
    request: Request,
    name: Annotated[str, Form()] = "",
    password: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    """A new session, or the page again; too many failures in a quarter of an hour end in a pause."""
    site = site_of(request)
    language = language_for(request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", ""))
    with _turn(site):
        user, problem = _check(site, request, name.strip().lower(), password)
    token = _new_session(site, user, request.cookies.get(COOKIE, "")) if user else ""
    if not token:
        status = 429 if problem == "throttled" else 403
        return _page(request, language, to, problem=problem or "wrong", name=name, status=status)
    answer = RedirectResponse(_local(to), status_code=303)
    secure = is_secure(request)
    age = int(SESSION.total_seconds())
    answer.set_cookie(COOKIE, token, max_age=age, httponly=True, samesite="lax", secure=secure, path="/")
    return answer


@router.post("/sign-out")
def sign_out(request: Request, viewer: Anyone) -> Response:
    site = site_of(request)
    with site.context.store.write() as transaction:
        transaction.people.end_session(viewer.session.token_hash)
        transaction.audit.add([_audit(site, viewer.user.name, "person.sign-out", f"user:{viewer.user.id}")])
    answer = RedirectResponse("/sign-in", status_code=303)
    answer.delete_cookie(COOKIE, path="/")
    return answer


@router.post("/language")
def choose_language(
    request: Request, viewer: Anyone, language: Annotated[str, Form()], to: Annotated[str, Form()] = ""
) -> Response:
    """Remembers the language with the user."""
    if language in LANGUAGES:
        with site_of(request).context.store.write() as transaction:
            transaction.people.set_language(viewer.user.id, language)
    answer = RedirectResponse(_local(to), status_code=303)
    answer.set_cookie(LANGUAGE_COOKIE, language_for(language), max_age=31536000, httponly=True, samesite="lax")
    return answer


def _page(
    request: Request, language: str, to: str, *, problem: str = "", name: str = "", status: int = 200
) -> HTMLResponse:
    site = site_of(request)
    return site.page(
        request, "sign_in.html", None, language=language, status=status, problem=problem, name=name[:64], to=_local(to)
    )


def _check(site: Site, request: Request, name: str, password: str) -> tuple[User | None, str]:
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
    right, fresh = passwords.verify(password[:_LONGEST_PASSWORD], user.password_hash if user and known else site.decoy)
    right = right and known
    with context.store.write() as transaction:
        for key, _most in keys:
            transaction.people.note_sign_in(key, now, failed=not right)
        if user and right and fresh:
            transaction.people.rehash(user.id, user.password_hash, fresh)
            user = replace(user, password_hash=fresh)
        if user and not right:
            transaction.audit.add([_audit(site, user.name, "person.sign-in-failed", f"user:{user.id}")])
    return (user, "") if right else (None, "wrong")


@contextmanager
def _turn(site: Site) -> Iterator[None]:
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


def _new_session(site: Site, user: User, old: str) -> str:
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
        transaction.audit.add([_audit(site, user.name, "person.sign-in", f"user:{user.id}")])
    return token


def _audit(site: Site, actor: str, action: str, subject: str) -> AuditEntry:
    return AuditEntry(id=site.context.ids(), at=site.context.now(), actor=actor, action=action, subject=subject)


def _local(to: str) -> str:
    """A path of this console, never another site's address."""
    safe = to.startswith("/") and not to.startswith(("//", "/\\")) and not any(ord(c) < 32 for c in to)
    return to if safe else "/"
