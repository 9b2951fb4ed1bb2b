"""The tokens by which programs ask the REST API: found by a keyed digest, never told."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Row, or_, select

from core.domain.api_token import ApiScope, ApiToken
from store.tables import api_token
from store.unit import Unit


def _value(row: Row[Any]) -> ApiToken:
    return ApiToken(
        id=row.id,
        name=row.name,
        may=ApiScope(row.may),
        created=row.created,
        until=row.until,
        last_used=row.last_used,
    )


class SqlApiTokens:
    """Conforms to ``huiying.flows.api_access.ApiTokens``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, token: ApiToken, secret: str) -> bool:
        row = {
            "id": token.id,
            "name": token.name,
            "digest": self._digest(secret),
            "may": token.may,
            "created": token.created,
            "until": token.until,
            "last_used": token.last_used,
        }
        new = self._unit.insert(api_token).values(row).on_conflict_do_nothing(index_elements=["name"])
        return bool(self._unit.changed(new.returning(api_token.c.id), quiet=True))

    def by_secret(self, secret: str) -> ApiToken | None:
        row = self._unit.row(select(api_token).where(api_token.c.digest == self._digest(secret)))
        return None if row is None else _value(row)

    def all(self) -> tuple[ApiToken, ...]:
        return tuple(_value(row) for row in self._unit.rows(select(api_token).order_by(api_token.c.name)))

    def used(self, token_id: int, at: datetime, unless_since: datetime) -> None:
        c = api_token.c
        older = or_(c.last_used.is_(None), c.last_used <= unless_since)
        self._unit.change(api_token.update().where(c.id == token_id, older).values(last_used=at), quiet=True)

    def remove(self, name: str) -> ApiToken | None:
        gone = api_token.delete().where(api_token.c.name == name).returning(api_token)
        rows = self._unit.changed(gone, quiet=True)
        return _value(rows[0]) if rows else None

    def _digest(self, secret: str) -> bytes:
        return self._unit.seal.digest("api-token", secret)
