"""The tokens of mailboxes that sign in by OAuth: sealed, one row each, leased for a refresh by the database's clock."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Row, or_, select, type_coerce

from core.domain.tokens import MailboxToken
from store.sealed import readable
from store.tables import oauth_token
from store.types import EPOCH
from store.unit import Unit

_SECOND = 1_000_000


class SqlTokens:
    """Conforms to ``huiying.flows.oauth.Tokens``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def of(self, mailbox: str) -> MailboxToken | None:
        row = self._unit.row(select(oauth_token).where(oauth_token.c.mailbox == mailbox))
        return None if row is None else self._value(row)

    def take(self, mailbox: str, claim: int, seconds: float) -> bool:
        """A mailbox without a row gets one for the lease: an application needs no token before its first."""
        empty = self._row(_nothing(mailbox)) | {"claim": None, "claimed_until": None}
        self._unit.add_new(oauth_token, [empty], "mailbox")
        c = oauth_token.c
        free = or_(c.claim.is_(None), type_coerce(c.claimed_until, BigInteger) < self._unit.db_now)
        until = self._unit.db_now + round(seconds * _SECOND)
        take = oauth_token.update().where(c.mailbox == mailbox, free).values(claim=claim, claimed_until=until)
        return self._unit.change(take, quiet=True) == 1

    def give_back(self, mailbox: str, claim: int, trouble: str) -> None:
        c = oauth_token.c
        mine = oauth_token.update().where(c.mailbox == mailbox, c.claim == claim)
        self._unit.change(mine.values(claim=None, claimed_until=None, trouble=trouble), quiet=True)

    def save(self, token: MailboxToken) -> bool:
        row = self._row(token) | {"claim": None, "claimed_until": None}
        insert = self._unit.insert(oauth_token).values(row | {"serial": token.serial + 1})
        fresh = {name: insert.excluded[name] for name in row if name not in ("mailbox", "serial")}
        same = oauth_token.c.serial == token.serial if token.serial else None
        over = insert.on_conflict_do_update(
            index_elements=["mailbox"], set_=fresh | {"serial": oauth_token.c.serial + 1}, where=same
        )
        return bool(self._unit.changed(over.returning(oauth_token.c.serial)))

    def expire(self, mailbox: str, serial: int) -> None:
        c = oauth_token.c
        over = oauth_token.update().where(c.mailbox == mailbox, c.serial == serial)
        self._unit.change(over.values(expires=EPOCH), quiet=True)

    def forget(self, mailbox: str) -> bool:
        return self._unit.change(oauth_token.delete().where(oauth_token.c.mailbox == mailbox)) == 1

    def _row(self, token: MailboxToken) -> dict[str, Any]:
        seal = self._unit.seal.seal
        return {
            "mailbox": token.mailbox,
            "access": seal(token.access.encode(), f"oauth_token.access.{token.mailbox}"),
            "refresh": seal(token.refresh.encode(), f"oauth_token.refresh.{token.mailbox}"),
            "expires": token.expires,
            "obtained": token.obtained,
            "refresh_until": token.refresh_until,
            "serial": token.serial,
            "trouble": token.trouble,
        }

    def _value(self, row: Row[Any]) -> MailboxToken:
        """What does not open is as if it were not there: another is fetched, or somebody has to sign in again."""

        def unsealed(name: str) -> str:
            place = f"oauth_token.{name}.{row.mailbox}"
            return readable(lambda: self._unit.seal.open(getattr(row, name), place).decode(), "")

        return MailboxToken(
            mailbox=row.mailbox,
            access=unsealed("access"),
            refresh=unsealed("refresh"),
            expires=row.expires,
            obtained=row.obtained,
            refresh_until=row.refresh_until,
            serial=row.serial,
            trouble=row.trouble,
        )


def _nothing(mailbox: str) -> MailboxToken:
    return MailboxToken(mailbox=mailbox, access="", refresh="", expires=EPOCH, obtained=EPOCH)
