"""Who may sign in: every user with role and last sign-in; an admin disables, gives roles, resets second factors."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.people import Role
from huiying.console.access import Admitting, SeeingUsers
from huiying.console.site import asks_for_fragment, site_of
from huiying.flows import admit
from huiying.flows.second_factor import reset

router = APIRouter(include_in_schema=False, prefix="/users")


@router.get("")
def show(request: Request, viewer: SeeingUsers) -> HTMLResponse:
    site = site_of(request)
    with site.context.store.read() as transaction:
        users, last = transaction.people.users(), transaction.people.last_sign_ins()
        secured = transaction.sign_ins.with_factor()
    return site.page(
        request,
        "users.html",
        viewer,
        users=users,
        last=last,
        secured=secured,
        required=site.context.desk().people.second_factor_of,
        roles=tuple(Role),
    )


@router.post("/{name}/disable")
def disable(request: Request, viewer: Admitting, name: str) -> Response:
    """What the user has open ends at once."""
    admit.disable(site_of(request).context, name, viewer.user.name)
    return RedirectResponse("/users", status_code=303)


@router.post("/{name}/enable")
def enable(request: Request, viewer: Admitting, name: str) -> Response:
    admit.enable(site_of(request).context, name, viewer.user.name)
    return RedirectResponse("/users", status_code=303)


@router.post("/{name}/role")
def give_role(request: Request, viewer: Admitting, name: str, role: Annotated[str, Form()]) -> Response:
    """Another role; the user signs in again."""
    if role not in set(Role):
        raise BadInput(role)
    admit.give_role(site_of(request).context, name, Role(role), viewer.user.name)
    return RedirectResponse("/users", status_code=303)


@router.post("/{name}/second-factor/reset")
def reset_second_factor(request: Request, viewer: Admitting, name: str) -> Response:
    """For who lost telephone and recovery codes. One's own is switched off on the page of one's account."""
    if name == viewer.user.name:
        raise BadInput("请在“我的账号”里关闭自己的两步验证 (switch your own off under My account)")
    reset(site_of(request).context, name, viewer.user.name)
    if asks_for_fragment(request):
        return Response(headers={"HX-Redirect": "/users"})
    return RedirectResponse("/users", status_code=303)
