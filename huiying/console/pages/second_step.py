"""The second page of signing in: a code of the authenticator or a recovery code, or setting it up."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.people import User
from huiying.console.access import COOKIE, from_here, token_hash
from huiying.console.pages.second_factor import codes_page, random_of_codes, what_is_shown
from huiying.console.signing_in import STEP_COOKIE, check_code, hold, keep, local, start_session
from huiying.console.site import site_of
from huiying.flows.ports import Transaction
from huiying.flows.second_factor import confirm

PATH = "/sign-in/second-factor"
router = APIRouter(include_in_schema=False, prefix=PATH)
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
    """A session, or the page again; failures count as those of passwords do. Who has just set it up is shown his
    recovery codes."""
    site, user = site_of(request), _waiting(request)
    if user is None:
        return RedirectResponse(LATE, status_code=303)
    codes, token = tuple[str, ...](), ""
    with site.context.store.write() as tx:
        if not hold(tx, user) or not tx.sign_ins.step(_token(request), site.context.now()):
            return RedirectResponse(LATE, status_code=303)
        if tx.sign_ins.factor(user.id).is_on:
            problem = check_code(site, request, tx, user, code or recovery)
        else:
            codes = confirm(site.context, tx, user, code, random_of_codes())
            problem = "" if codes else "wrong"
        if not problem:
            token = _let_in(request, tx, user, alone=bool(codes))
    if problem:
        return _page(request, user, to, problem, recovering=bool(recovery))
    answer: Response = RedirectResponse(local(to), status_code=303)
    if codes:
        answer = codes_page(request, None, codes, to=local(to), language=user.language)
    answer.delete_cookie(STEP_COOKIE, path="/")
    keep(answer, request, COOKIE, token)
    return answer


def _let_in(request: Request, tx: Transaction, user: User, *, alone: bool) -> str:
    """The token of the new session; ``alone``: what else is open, without the second factor, ends."""
    tx.sign_ins.end(_token(request))
    if alone:
        tx.sign_ins.end_all(user.id)
        tx.people.end_sessions(user.id)
    return start_session(site_of(request), tx, user, request.cookies.get(COOKIE, ""))


def _token(request: Request) -> str:
    return token_hash(request.cookies.get(STEP_COOKIE, ""))


def _waiting(request: Request) -> User | None:
    """Whose sign-in waits in this browser."""
    context = site_of(request).context
    with context.store.read() as tx:
        step = tx.sign_ins.step(_token(request), context.now())
        return tx.people.user_by_id(step.user_id) if step else None


def _page(request: Request, user: User, to: str, problem: str = "", *, recovering: bool = False) -> Response:
    site = site_of(request)
    with site.context.store.read() as tx:
        factor = tx.sign_ins.factor(user.id)
    given: dict[str, Any] = {"problem": problem, "to": local(to), "language": user.language}
    status = 200 if not problem else 429 if problem == "throttled" else 403
    if not factor.is_on:
        secret = factor.waiting(site.context.now())
        if not secret:
            return RedirectResponse(LATE, status_code=303)
        shown = what_is_shown(secret, user)
        return site.page(request, "sign_in_set_up.html", None, status=status, action=PATH, **given, **shown)
    if recovering and problem == "wrong":
        given["problem"] = "wrong-recovery"
    return site.page(request, "sign_in_code.html", None, status=status, recovering=recovering, **given)
