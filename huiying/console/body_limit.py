"""How large a request's body may be, and in which characters a form is: nobody fills the memory or the disk of the
console, and nobody chooses by which codec he is read, signed in or not."""

from __future__ import annotations

import re

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

WITH_FILES = 25_000_000
"""For the answer form and for brought messages: their files, base64 and the words around them."""
WITH_RULES = 4_000_000
"""The editor's longest file in Chinese: nine octets a character in a form."""
OTHERWISE = 2_000_000
_OTHER_CHARACTERS = re.compile(
    r"\s*multipart/.*?[;\s]charset(?!\s*=\s*\"?(?:utf-?8|us-ascii)\"?\s*(?:;|$))", re.IGNORECASE | re.DOTALL
)
"""A form that names others than UTF-8 (RFC 7578, 5.1.2), which no browser does, would be read by any codec of Python's,
lone surrogates included."""
_LIMITS = (
    (
        re.compile(r"/tickets/[^/]+/answer(?:/check)?|/api/v1/messages|/log|/knowledge/import|/help(?:/t/[^/]+)?"),
        WITH_FILES,
    ),
    (re.compile(r"/(?:rules|letters)/(?:check|try|publish|html)"), WITH_RULES),
)


class BodyLimit:
    """Refuses a body as soon as its announced or counted size is over the limit; the app tells it as any problem."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit, headers = most_octets(scope["path"]), Headers(scope=scope)
        announced = headers.get("content-length", "")
        too_large = announced.isdecimal() and (len(announced) > 15 or int(announced) > limit)
        strange = _OTHER_CHARACTERS.match(headers.get("content-type", ""))
        octets = 0

        async def receive_some() -> Message:
            nonlocal octets
            if too_large:
                raise _refusal(limit)
            if strange:
                raise HTTPException(415, "UTF-8")
            message = await receive()
            octets += len(message.get("body", b""))
            if octets > limit:
                raise _refusal(limit)
            return message

        await self._app(scope, receive_some, send)


def most_octets(path: str) -> int:
    return next((limit for pattern, limit in _LIMITS if pattern.fullmatch(path)), OTHERWISE)


def _refusal(limit: int) -> HTTPException:
    return HTTPException(413, f"{limit // 1_000_000} MB")
