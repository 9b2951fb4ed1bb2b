"""What a program sends as JSON: text that half an emoji or a NUL stands in is taken as a mail's would be."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from core.text.storable import storable


class JsonRoute(APIRoute):
    """A route of the API: no text of a body holds what no database and no answer could hold."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def handle(request: Request) -> Response:
            return await handler(_JsonRequest(request.scope, request.receive))

        return handle


class _JsonRequest(Request):
    async def json(self) -> Any:  # noqa: ANN401  any JSON
        return _storable(await super().json())


def _storable(value: Any) -> Any:  # noqa: ANN401  any JSON
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, list):
        return [_storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(name): _storable(one) for name, one in value.items()}
    return value
