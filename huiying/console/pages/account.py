"""One's own account: name and role, language, password, second factor, and where one is signed in."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from huiying.console.access import COOKIE, Anyone, Looking, SignInNeeded
from huiying.console.problems import in_language
from huiying.console.signing_in import a_turn, check_password, entry, hold, keep, start_session
from huiying.console.site import Viewer, site_of
from huiying.flows import admit

router = APIRouter(include_in_schema=False, prefix="/account")
_DONE = ("password", "sessions", "off")


@router.get("")
def show(request: Request, viewer: Looking, done: str = "") -> HTMLResponse:
    return page(request, viewer, done=done if done in _DONE else "")


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
        return page(request, viewer, problem="account.differ")
    try:
        admit.require_length(new)
    except BadInput as error:
        return page(request, viewer, told=in_language(error.message, viewer.language))
    with a_turn(site):
        user, problem = check_password(site, request, name, old)
        hashed = site.console.passwords.hash(new) if user else ""
    if user is None:
        return page(request, viewer, problem="account.wrong" if problem == "wrong" else f"sign-in.{problem}")
    changed = admit.give_password(site.context, name, hashed, name)
    with site.context.store.write() as tx:
        if not hold(tx, changed):
            raise SignInNeeded
        token = start_session(site, tx, changed, "")
    answer = RedirectResponse("/account?done=password", status_code=303)
    keep(answer, request, COOKIE, token)
    return answer


@router.post("/sessions/end")
def end_sessions(request: Request, viewer: Anyone) -> Response:
    """Signed out everywhere but here."""
    site, user = site_of(request), viewer.user
    with site.context.store.write() as transaction:
        if transaction.people.end_sessions(user.id, but=viewer.session.token_hash):
            transaction.audit.add([entry(site, user.name, "person.sign-out-elsewhere", f"user:{user.id}")])
    return RedirectResponse("/account?done=sessions", status_code=303)


def page(request: Request, viewer: Viewer, *, problem: str = "", told: str = "", done: str = "") -> HTMLResponse:
    """``problem`` is the catalogue's key of what is wrong, ``told`` says it in words."""
    site, user = site_of(request), viewer.user
    with site.context.store.read() as tx:
        sessions = tx.people.sessions(user.id, site.context.now())
        factor, codes = tx.sign_ins.factor(user.id), tx.sign_ins.codes_left(user.id)
    told = site.words(viewer.language)(problem) if problem else told
    return site.page(
        request,
        "account.html",
        viewer,
        status=422 if told else 200,
        problem=told,
        done=done,
        sessions=sessions,
        factor=factor,
        codes=codes,
        required=user.role in site.context.desk().people.second_factor_of,
    )
