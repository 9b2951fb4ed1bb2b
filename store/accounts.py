"""How many letters each outgoing account let out in the last minute, for all processes and machines together."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, func, select

from core.domain.letter import SendLimit
from store.prepared import Prepared
from store.tables import account_second
from store.unit import Unit

MINUTE = 60
_LOCK_ROW = -1
"""The row of an account that is locked while its letters are counted; it counts none."""

_c = account_second.c
_LOCKED = Prepared(
    select(_c.second).where(_c.account == bindparam("of"), _c.second == bindparam("row")).with_for_update()
)
_LETTERS = Prepared(
    select(func.coalesce(func.sum(_c.letters), 0)).where(_c.account == bindparam("of"), _c.second > bindparam("since"))
)
_PAST = account_second.delete().where(
    _c.account == bindparam("of"), _c.second > bindparam("row"), _c.second <= bindparam("until")
)


class SqlAccounts:
    """Conforms to ``huiying.flows.ports.Accounts``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def room(self, limit: SendLimit, now: datetime) -> int:
        self._lock(limit.account)
        since = int(now.timestamp()) - MINUTE
        return limit.per_minute - int(self._unit.value(_LETTERS, {"of": limit.account, "since": since}))

    def _lock(self, account: str) -> None:
        """Until the end of the transaction nobody else counts or notes letters of that account."""
        known = {"of": account, "row": _LOCK_ROW}
        if self._unit.rows(_LOCKED, known):
            return
        self._unit.change(self._insert(account, _LOCK_ROW, 0).on_conflict_do_nothing(), quiet=True)
        self._unit.rows(_LOCKED, known)

    def note(self, account: str, letters: int, now: datetime) -> None:
        second = int(now.timestamp())
        self._unit.change(_PAST, {"of": account, "row": _LOCK_ROW, "until": second - MINUTE}, quiet=True)
        more = self._insert(account, second, letters)
        added = account_second.c.letters + more.excluded.letters
        more = more.on_conflict_do_update(index_elements=["account", "second"], set_={"letters": added})
        self._unit.change(more, quiet=True)

    def _insert(self, account: str, second: int, letters: int) -> Any:  # noqa: ANN401  as ``Unit.insert``
        return self._unit.insert(account_second).values(account=account, second=second, letters=letters)
