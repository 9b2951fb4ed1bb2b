"""One's own account: name and role, language, password, and where one is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from huiying.console.access import Anyone, Looking
from huiying.console.problems import in_language
from huiying.console.signing_in import a_turn, check_password, entry, let_in, new_session
from huiying.console.site import Viewer, site_of
from huiying.flows import admit

router = APIRouter(include_in_schema=False, prefix="/account")
_DONE = ("password", "sessions")


@router.get("")
def show(request: Request, viewer: Looking, done: str = "") -> HTMLResponse:
    return _page(request, viewer, done=done if done in _DONE else "")


@router.post("/password")
def change_password(
    request: Request,
    viewer: Anyone,
    old: Annotated[str, Form()] = "",
    new: Annotated[str, Form()] = "",
    again: Annotated[str, Form()] = "",
) -> Response:
    """Another password for him who knows the one that is; this browser stays signed in, all others do not."""
    site, name = site_of(request), viewer.user.name
    if new != again:
        return _page(request, viewer, problem=site.words(viewer.language)("account.differ"))
    try:
        admit.require_length(new)
    except BadInput as error:
        return _page(request, viewer, problem=in_language(error.message, viewer.language))
    with a_turn(site):
        user, problem = check_password(site, request, name, old)
        hashed = site.console.passwords.hash(new) if user else ""
    if user is None:
        key = "account.wrong" if problem == "wrong" else f"sign-in.{problem}"
        return _page(request, viewer, problem=site.words(viewer.language)(key))
    changed = admit.give_password(site.context, name, hashed, name)
    answer = RedirectResponse("/account?done=password", status_code=303)
    let_in(answer, request, new_session(site, changed, ""))
    return answer


@router.post("/sessions/end")
def end_sessions(request: Request, viewer: Anyone) -> Response:
    """Signed out everywhere but here."""
    site, user = site_of(request), viewer.user
    with site.context.store.write() as transaction:
        if transaction.people.end_sessions(user.id, but=viewer.session.token_hash):
            transaction.audit.add([entry(site, user.name, "person.sign-out-elsewhere", f"user:{user.id}")])
    return RedirectResponse("/account?done=sessions", status_code=303)


def _page(request: Request, viewer: Viewer, *, problem: str = "", done: str = "") -> HTMLResponse:
    site = site_of(request)
    with site.context.store.read() as transaction:
        sessions = transaction.people.sessions(viewer.user.id, site.context.now())
    status = 422 if problem else 200
    return site.page(request, "account.html", viewer, status=status, problem=problem, done=done, sessions=sessions)
