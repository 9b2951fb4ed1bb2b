"""Signing in and out, and the language one reads."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from huiying.console.access import COOKIE, Anyone, find_viewer, from_here
from huiying.console.signing_in import a_turn, check_password, enter, entry, keep, local, second_step
from huiying.console.site import site_of
from huiying.console.words import LANGUAGES, language_for

LANGUAGE_COOKIE = "huiying_language"

router = APIRouter(include_in_schema=False)


@router.get("/")
def home(request: Request, late: str = "") -> Response:
    """The queue, or the sign-in page."""
    sign_in = "/sign-in?late=yes" if late else "/sign-in"
    return RedirectResponse("/queue" if find_viewer(request) else sign_in, status_code=303)


@router.get("/sign-in")
def sign_in_page(request: Request, language: str = "", to: str = "", late: str = "") -> HTMLResponse:
    """``late``: who was to give a code took too long."""
    chosen = language_for(
        language, request.cookies.get(LANGUAGE_COOKIE, ""), request.headers.get("accept-language", "")
    )
    page = _page(request, chosen, to, problem="late" if late else "")
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
    with a_turn(site):
        user, problem = check_password(site, request, name.strip().lower(), password)
    cookie, token = enter(site, user, request.cookies.get(COOKIE, "")) if user else ("", "")
    if not token:
        status = 429 if problem == "throttled" else 403
        return _page(request, language, to, problem=problem or "wrong", name=name, status=status)
    answer = RedirectResponse(local(to) if cookie == COOKIE else second_step(to), status_code=303)
    keep(answer, request, cookie, token)
    return answer


@router.post("/sign-out")
def sign_out(request: Request, viewer: Anyone) -> Response:
    site = site_of(request)
    with site.context.store.write() as transaction:
        transaction.people.end_session(viewer.session.token_hash)
        transaction.audit.add([entry(site, viewer.user.name, "person.sign-out", f"user:{viewer.user.id}")])
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
    answer = RedirectResponse(local(to), status_code=303)
    answer.set_cookie(LANGUAGE_COOKIE, language_for(language), max_age=31536000, httponly=True, samesite="lax")
    return answer


def _page(
    request: Request, language: str, to: str, *, problem: str = "", name: str = "", status: int = 200
) -> HTMLResponse:
    site = site_of(request)
    return site.page(
        request, "sign_in.html", None, language=language, status=status, problem=problem, name=name[:64], to=local(to)
    )
