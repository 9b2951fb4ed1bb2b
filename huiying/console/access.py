"""Who may do what on a request: the session behind the cookie, the role, and that the request is no forgery."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from typing import Annotated
from urllib.parse import urlsplit

from fastapi import Depends, Path
from starlette.requests import Request

from core.domain.errors import NotPermitted
from core.domain.people import Permission
from huiying.console.site import Viewer, site_of

COOKIE = "huiying_session"
TOKEN_HEADER = "x-csrf-token"
TOKEN_FIELD = "csrf"
_FORMS = ("application/x-www-form-urlencoded", "multipart/form-data")


class SignInNeeded(NotPermitted):
    """Sign in first."""

    code = "sign-in-needed"


class Forged(NotPermitted):
    """The request did not come from a page of this console."""

    code = "forged"


def token_hash(token: str) -> str:
    """What is stored of a session's token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_viewer(request: Request) -> Viewer | None:
    """The signed-in user of this request; one look-up, None when the session ended or the user is disabled."""
    token = request.cookies.get(COOKIE, "")
    if not token:
        return None
    context = site_of(request).context
    now = context.now()
    with context.store.read() as transaction:
        session = transaction.people.session(token_hash(token), now)
        if session is None or session.expires <= now:
            return None
        user = transaction.people.user_by_id(session.user_id)
    return Viewer(user=user, session=session) if user and not user.disabled else None


def from_here(request: Request) -> None:
    """Raises ``Forged`` when a browser says that another site sent this (Fetch Metadata, else Origin)."""
    site = request.headers.get("sec-fetch-site", "")
    origin = request.headers.get("origin", "")
    if site not in ("", "same-origin", "none"):
        raise Forged
    if origin and urlsplit(origin).netloc != request.headers.get("host", ""):
        raise Forged


async def given_token(request: Request) -> str:
    """The anti-forgery token of a header (htmx, API) or of a form's hidden field."""
    if header := request.headers.get(TOKEN_HEADER, ""):
        return header
    if request.headers.get("content-type", "").split(";")[0] in _FORMS:
        value = (await request.form()).get(TOKEN_FIELD, "")
        return value if isinstance(value, str) else ""
    return ""


async def words_of_form(request: Request) -> dict[str, str]:
    """A form's fields, for a handler that runs in a thread: nobody waits for the database in the event loop."""
    return {name: str(value) for name, value in (await request.form()).items()}


def looking(permission: Permission) -> Callable[..., Viewer]:
    """A dependency: the signed-in user, who may ``permission``."""

    def look(request: Request) -> Viewer:
        viewer = find_viewer(request)
        if viewer is None:
            raise SignInNeeded
        if not viewer.user.may(permission):
            raise NotPermitted
        return viewer

    return look


def acting(permission: Permission) -> Callable[..., Viewer]:
    """A dependency for requests that change something: signed in, no forgery, and allowed."""
    seen = looking(Permission.SEE_TICKETS)

    def act(
        request: Request,
        token: Annotated[str, Depends(given_token)],
        _here: Annotated[None, Depends(from_here)],
    ) -> Viewer:
        viewer = seen(request)
        if not hmac.compare_digest(viewer.session.csrf.encode(), token.encode()):
            raise Forged
        if not viewer.user.may(permission):
            raise NotPermitted
        return viewer

    return act


SIGNED_IN = Depends(looking(Permission.SEE_TICKETS))
"""For a handler that needs nothing of the user but that there is one."""
Looking = Annotated[Viewer, SIGNED_IN]
Working = Annotated[Viewer, Depends(acting(Permission.WORK_TICKETS))]
Configuring = Annotated[Viewer, Depends(acting(Permission.CONFIGURE))]
Managing = Annotated[Viewer, Depends(looking(Permission.CONFIGURE))]
"""For pages that only those who configure may see."""
Admitting = Annotated[Viewer, Depends(acting(Permission.MANAGE_USERS))]
SeeingUsers = Annotated[Viewer, Depends(looking(Permission.MANAGE_USERS))]
SeeingReports = Annotated[Viewer, Depends(looking(Permission.SEE_REPORTS))]
WholeForm = Annotated[dict[str, str], Depends(words_of_form)]
Revealing = Annotated[Viewer, Depends(acting(Permission.REVEAL_CONTACT))]
Anyone = Annotated[Viewer, Depends(acting(Permission.SEE_TICKETS))]
"""Signed in and no forgery, whatever the role: for one's own language and for signing out."""

RowId = Annotated[int, Path(ge=1, lt=2**63)]
"""An id of ours in an address."""


def row_id(word: str) -> int:
    """The same in a body, as a text; -1, which nothing has, for what is none."""
    known = word.isascii() and word.isdecimal() and len(word) < 20 and int(word) < 2**63
    return int(word) if known else -1
