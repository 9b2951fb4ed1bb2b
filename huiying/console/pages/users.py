"""Who may sign in: every user with role and last sign-in; an admin disables, enables and gives roles."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.people import Role
from huiying.console.access import Admitting, SeeingUsers
from huiying.console.site import site_of
from huiying.flows import admit

router = APIRouter(include_in_schema=False, prefix="/users")


@router.get("")
def show(request: Request, viewer: SeeingUsers) -> HTMLResponse:
    site = site_of(request)
    with site.context.store.read() as transaction:
        users, last = transaction.people.users(), transaction.people.last_sign_ins()
    return site.page(request, "users.html", viewer, users=users, last=last, roles=tuple(Role))


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
