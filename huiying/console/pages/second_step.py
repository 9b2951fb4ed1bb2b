"""The second page of signing in: a code of the authenticator or a recovery code."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.people import User
from huiying.console.access import COOKIE, from_here, token_hash
from huiying.console.signing_in import STEP_COOKIE, check_code, hold, keep, local, start_session
from huiying.console.site import site_of

router = APIRouter(include_in_schema=False, prefix="/sign-in/second-factor")
LATE = "/?late=yes"


@router.get("")
def ask(request: Request, to: str = "") -> Response:
    user = _waiting(request)
    return _page(request, user, to) if user else RedirectResponse(LATE, status_code=303)


@router.post("", dependencies=[Depends(from_here)])
def give(
    request: Request,
    code: Annotated[str, Form()] = "",
    recovery: Annotated[str, Form()] = "",
    to: Annotated[str, Form()] = "",
) -> Response:
    """A session, or the page again; failures count as those of passwords do."""
    site, user = site_of(request), _waiting(request)
    if user is None:
        return RedirectResponse(LATE, status_code=303)
    token = ""
    with site.context.store.write() as tx:
        if not hold(tx, user) or not tx.sign_ins.step(_token(request), site.context.now()):
            return RedirectResponse(LATE, status_code=303)
        problem = check_code(site, request, tx, user, code or recovery)
        if not problem:
            tx.sign_ins.end(_token(request))
            token = start_session(site, tx, user, request.cookies.get(COOKIE, ""))
    if not token:
        return _page(request, user, to, problem, recovering=bool(recovery))
    answer = RedirectResponse(local(to), status_code=303)
    answer.delete_cookie(STEP_COOKIE, path="/")
    keep(answer, request, COOKIE, token)
    return answer


def _token(request: Request) -> str:
    return token_hash(request.cookies.get(STEP_COOKIE, ""))


def _waiting(request: Request) -> User | None:
    """Whose sign-in waits in this browser."""
    context = site_of(request).context
    with context.store.read() as tx:
        step = tx.sign_ins.step(_token(request), context.now())
        return tx.people.user_by_id(step.user_id) if step else None


def _page(request: Request, user: User, to: str, problem: str = "", *, recovering: bool = False) -> HTMLResponse:
    status = 200 if not problem else 429 if problem == "throttled" else 403
    return site_of(request).page(
        request,
        "sign_in_code.html",
        None,
        language=user.language,
        status=status,
        problem="wrong-recovery" if recovering and problem == "wrong" else problem,
        recovering=recovering,
        to=local(to),
    )
