"""Who asks the REST API: a program by its token (RFC 6750), else a browser by its session; and how often."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Security
from fastapi.security import APIKeyCookie, HTTPBearer
from starlette.requests import Request

from core.domain.api_token import ApiToken
from core.domain.errors import HuiyingError, NotPermitted
from core.domain.people import Permission, User
from huiying.console.access import COOKIE, TOKEN_HEADER, SignInNeeded, acting, from_here, looking
from huiying.console.caller import network_of
from huiying.console.site import site_of
from huiying.console.words import language_for
from huiying.flows.admit_program import known_token

SCHEMES = [
    Security(
        HTTPBearer(
            scheme_name="token", bearerFormat="hy_…", auto_error=False,
            description="`huiying token add NAME --may messages|read|work`, or 接口令牌 in the console.",
        )
    ),
    Security(
        APIKeyCookie(
            name=COOKIE, scheme_name="session", auto_error=False,
            description="The console's own session; whoever changes something sends its token as X-CSRF-Token, too.",
        )
    ),
]  # fmt: skip
"""For OpenAPI: either of them. What is shown is looked at below."""
_BEARER = re.compile(r"bearer(?: +(.*))?", re.IGNORECASE | re.DOTALL)


class InvalidToken(SignInNeeded):
    """The token is unknown, removed or no longer good."""

    code = "invalid-token"


class ScopeTooSmall(NotPermitted):
    """The token may not do this."""

    code = "insufficient-scope"


class TooOften(HuiyingError):
    """Too many requests; try again later."""

    code = "too-many-requests"

    def __init__(self, seconds: int, message: str = "") -> None:
        super().__init__(message)
        self.seconds = seconds


_CHALLENGES = (
    (InvalidToken, ', error="invalid_token"'),
    (SignInNeeded, ""),
    (ScopeTooSmall, ', error="insufficient_scope"'),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiViewer:
    """Who asks; ``token`` is None for a person."""

    user: User
    token: ApiToken | None = None


def headers_of(error: HuiyingError) -> dict[str, str]:
    """What stands beside the problem (RFC 6750, 3; RFC 6585, 4)."""
    if isinstance(error, TooOften):
        return {"Retry-After": str(error.seconds)}
    told = next((told for kind, told in _CHALLENGES if isinstance(error, kind)), None)
    return {} if told is None else {"WWW-Authenticate": f'Bearer realm="huiying"{told}'}


def _seeing(permission: Permission) -> Callable[..., ApiViewer]:
    """A dependency: who may ``permission``."""
    look = looking(permission)

    def see(request: Request) -> ApiViewer:
        shown = _shown(request)
        return ApiViewer(user=look(request).user) if shown is None else _by_token(request, shown, permission)

    return see


def _changing(permission: Permission) -> Callable[..., ApiViewer]:
    """The same for requests that change something. No page can make a browser send a token, so none is a forgery."""
    act = acting(permission)

    def change(request: Request) -> ApiViewer:
        shown = _shown(request)
        if shown is not None:
            return _by_token(request, shown, permission)
        from_here(request)
        return ApiViewer(user=act(request, request.headers.get(TOKEN_HEADER, ""), None).user)

    return change


def _shown(request: Request) -> str | None:
    """The token of the request, which then counts alone: a cookie beside it is not looked at. None without one."""
    found = _BEARER.fullmatch(request.headers.get("authorization", "").strip())
    return (found[1] or "").strip() if found else None


def _by_token(request: Request, shown: str, permission: Permission) -> ApiViewer:
    site = site_of(request)
    token = known_token(site.context, shown)
    if token is None:
        site.proxy.take(site.context, request)
        if wait := site.wrong_tokens.take(network_of(request), site.context.now()):
            raise TooOften(wait, "Too many wrong tokens from this network; try again later.")
        raise InvalidToken
    if wait := site.requests.take(token.id, site.context.now()):
        raise TooOften(wait)
    if not token.allows(permission):
        raise ScopeTooSmall
    return ApiViewer(user=token.as_user(language_for(request.headers.get("accept-language", ""))), token=token)


KNOWN = Depends(_seeing(Permission.SEE_TICKETS))
"""For a handler that needs nothing of who asks but that he may look."""
ApiLooking = Annotated[ApiViewer, KNOWN]
ApiWorking = Annotated[ApiViewer, Depends(_changing(Permission.WORK_TICKETS))]
ApiBringing = Annotated[ApiViewer, Depends(_changing(Permission.BRING_MESSAGES))]
