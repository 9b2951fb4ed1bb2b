"""What flows need of the tokens of the REST API; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from datetime import datetime
from typing import Protocol

from core.domain.api_token import ApiToken


class ApiTokens(Protocol):
    """One row a token; of its secret a keyed digest is stored."""

    def add(self, token: ApiToken, secret: str) -> bool:
        """False when one of that name is there."""
        ...

    def by_secret(self, secret: str) -> ApiToken | None: ...

    def all(self) -> tuple[ApiToken, ...]:
        """By name."""
        ...

    def used(self, token_id: int, at: datetime, unless_since: datetime) -> None:
        """Notes its last use, unless one is noted that is younger than ``unless_since``."""
        ...

    def remove(self, name: str) -> ApiToken | None:
        """The token that is no more; None when there was none."""
        ...
