"""One's own second factor: set up with an authenticator, changed, switched off, and its recovery codes."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.people import User
from core.domain.second_factor import RECOVERY_CODES, RECOVERY_OCTETS, SECRET_OCTETS
from huiying.console.access import Anyone, Looking, SignInNeeded
from huiying.console.pages import account
from huiying.console.qr import qr
from huiying.console.signing_in import a_turn, check_code, check_password, hold
from huiying.console.site import Viewer, site_of
from huiying.flows import second_factor
from huiying.flows.one_time_code import address_of, in_fours
from huiying.flows.ports import Transaction

router = APIRouter(include_in_schema=False, prefix="/account/second-factor")
Act = Callable[[Transaction, User], None]


@router.get("")
def show(request: Request, viewer: Looking) -> Response:
    """What is to be scanned; the account's page when nothing is being set up."""
    context = site_of(request).context
    with context.store.read() as tx:
        secret = tx.sign_ins.factor(viewer.user.id).waiting(context.now())
    return _page(request, viewer, secret) if secret else RedirectResponse("/account", status_code=303)


@router.post("/begin")
def begin(request: Request, viewer: Anyone) -> Response:
    """A first one; another needs password and code."""
    context = site_of(request).context
    with context.store.write() as tx:
        _hold(tx, viewer.user)
        if tx.sign_ins.factor(viewer.user.id).is_on:
            raise BadInput("两步验证已开启 (two-step verification is on already)")
        second_factor.begin(context, tx, viewer.user, secrets.token_bytes(SECRET_OCTETS))
    return RedirectResponse("/account/second-factor", status_code=303)


@router.post("")
def confirm(request: Request, viewer: Anyone, code: Annotated[str, Form()] = "") -> Response:
    """In force from now on: the recovery codes, this once. Other browsers, which came in without, are out."""
    site, user = site_of(request), viewer.user
    with site.context.store.write() as tx:
        _hold(tx, user)
        secret = tx.sign_ins.factor(user.id).waiting(site.context.now())
        codes = second_factor.confirm(site.context, tx, user, code, random_of_codes())
        if codes:
            tx.people.end_sessions(user.id, but=viewer.session.token_hash)
            tx.sign_ins.end_all(user.id)
    if codes:
        return codes_page(request, viewer, codes)
    if not secret:
        return RedirectResponse("/account", status_code=303)
    return _page(request, viewer, secret, problem="wrong")


@router.post("/change")
def change(
    request: Request, viewer: Anyone, password: Annotated[str, Form()] = "", code: Annotated[str, Form()] = ""
) -> Response:
    """A new telephone: the old one counts until the new one gave its first code."""
    context = site_of(request).context

    def act(tx: Transaction, user: User) -> None:
        second_factor.begin(context, tx, user, secrets.token_bytes(SECRET_OCTETS))

    refused = _proved(request, viewer, password, code, act)
    return refused or RedirectResponse("/account/second-factor", status_code=303)


@router.post("/codes")
def renew_codes(
    request: Request, viewer: Anyone, password: Annotated[str, Form()] = "", code: Annotated[str, Form()] = ""
) -> Response:
    """Ten new recovery codes, this once."""
    context, codes = site_of(request).context, list[str]()

    def act(tx: Transaction, user: User) -> None:
        codes.extend(second_factor.renew_codes(context, tx, user, random_of_codes()))

    return _proved(request, viewer, password, code, act) or codes_page(request, viewer, codes)


@router.post("/off")
def switch_off(
    request: Request, viewer: Anyone, password: Annotated[str, Form()] = "", code: Annotated[str, Form()] = ""
) -> Response:
    context = site_of(request).context

    def act(tx: Transaction, user: User) -> None:
        second_factor.switch_off(context, tx, user)

    refused = _proved(request, viewer, password, code, act)
    return refused or RedirectResponse("/account?done=off", status_code=303)


def random_of_codes() -> bytes:
    return secrets.token_bytes(RECOVERY_CODES * RECOVERY_OCTETS)


def codes_page(
    request: Request, viewer: Viewer | None, codes: Sequence[str], *, to: str = "/account", language: str = ""
) -> HTMLResponse:
    """The recovery codes, this once; ``language`` for him who is just coming in."""
    return site_of(request).page(request, "recovery_codes.html", viewer, language=language, codes=codes, to=to)


def _proved(request: Request, viewer: Viewer, password: str, code: str, act: Act) -> Response | None:
    """Does it for who knows his password and has a code, in the transaction in which the code is used up; else the
    account's page with what is wrong."""
    site = site_of(request)
    with a_turn(site):
        user, problem = check_password(site, request, viewer.user.name, password)
    if user is None:
        return account.page(request, viewer, problem="account.wrong" if problem == "wrong" else f"sign-in.{problem}")
    with site.context.store.write() as tx:
        _hold(tx, user)
        problem = check_code(site, request, tx, user, code)
        if not problem:
            act(tx, user)
    return account.page(request, viewer, problem=f"second-factor.{problem}") if problem else None


def _hold(tx: Transaction, user: User) -> None:
    if not hold(tx, user):
        raise SignInNeeded


def _page(request: Request, viewer: Viewer, secret: str, problem: str = "") -> HTMLResponse:
    shown = what_is_shown(secret, viewer.user)
    status = 422 if problem else 200
    return site_of(request).page(
        request, "second_factor.html", viewer, status=status, problem=problem, action="/account/second-factor", **shown
    )


def what_is_shown(secret: str, user: User) -> dict[str, Any]:
    """What the page needs from which an authenticator learns that secret."""
    address = address_of(secret, user.name)
    return {"address": address, "code": qr(address), "secret": in_fours(secret)}
