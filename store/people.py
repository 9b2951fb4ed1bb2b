"""Users, their sessions, and failed sign-ins."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, or_, select

from core.domain.people import Role, Session, User
from store.tables import audit, sign_in, sign_in_step
from store.tables import session as sessions
from store.tables import user as users
from store.unit import Unit

COUNTED = timedelta(days=1)
"""No limit looks further back; older attempts, though only digests, are nobody's business any more."""


def user_value(row: Row[Any]) -> User:
    return User(
        id=row.id,
        name=row.name,
        display=row.display,
        role=Role(row.role),
        language=row.language,
        password_hash=row.password_hash,
        disabled=row.disabled,
    )


def session_value(row: Row[Any]) -> Session:
    return Session(
        token_hash=row.token_hash, user_id=row.user_id, csrf=row.csrf, created=row.created, expires=row.expires
    )


class SqlPeople:
    """Conforms to ``huiying.flows.ports.People``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def user(self, name: str, *, hold: bool = False) -> User | None:
        query = select(users).where(users.c.name == name)
        row = self._unit.row(query.with_for_update() if hold else query)
        return None if row is None else user_value(row)

    def user_by_id(self, user_id: int) -> User | None:
        row = self._unit.row(select(users).where(users.c.id == user_id))
        return None if row is None else user_value(row)

    def users(self, *, hold: bool = False) -> tuple[User, ...]:
        query = select(users).order_by(users.c.name)
        return tuple(user_value(row) for row in self._unit.rows(query.with_for_update() if hold else query))

    def last_sign_ins(self) -> Mapping[int, datetime]:
        ids = self._unit.rows(select(users.c.id))
        signed = select(audit.c.subject, func.max(audit.c.at).label("last")).where(
            audit.c.subject.in_([f"user:{row.id}" for row in ids]), audit.c.action == "person.sign-in"
        )
        found = self._unit.rows(signed.group_by(audit.c.subject))
        return {int(row.subject.removeprefix("user:")): row.last for row in found}

    def save(self, user: User) -> None:
        c = users.c
        other = or_(c.role != user.role, c.password_hash != user.password_hash, c.disabled != user.disabled)
        changed = select(c.id).where(c.id == user.id, other)
        for table in (sessions, sign_in_step):
            self._unit.change(table.delete().where(table.c.user_id.in_(changed)), quiet=True)
        columns = {
            "name": user.name,
            "display": user.display,
            "role": user.role,
            "language": user.language,
            "password_hash": user.password_hash,
            "disabled": user.disabled,
        }
        insert = self._unit.insert(users).values(id=user.id, **columns)
        self._unit.change(insert.on_conflict_do_update(index_elements=["id"], set_=columns))

    def set_language(self, user_id: int, language: str) -> None:
        self._unit.change(users.update().where(users.c.id == user_id).values(language=language))

    def rehash(self, user_id: int, old: str, new: str) -> None:
        same = users.update().where(users.c.id == user_id, users.c.password_hash == old)
        self._unit.change(same.values(password_hash=new))

    def start_session(self, session: Session) -> None:
        self._unit.change(sessions.delete().where(sessions.c.expires <= session.created), quiet=True)
        old = sign_in.c.at < session.created - COUNTED
        self._unit.change(sign_in.delete().where(old), quiet=True)
        row = {
            "token_hash": session.token_hash,
            "user_id": session.user_id,
            "csrf": session.csrf,
            "created": session.created,
            "expires": session.expires,
        }
        self._unit.add(sessions, [row])

    def session(self, token_hash: str, now: datetime) -> Session | None:
        live = select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.expires > now)
        row = self._unit.row(live)
        return None if row is None else session_value(row)

    def end_session(self, token_hash: str) -> None:
        self._unit.change(sessions.delete().where(sessions.c.token_hash == token_hash), quiet=True)

    def sessions(self, user_id: int, now: datetime) -> tuple[Session, ...]:
        c = sessions.c
        live = select(sessions).where(c.user_id == user_id, c.expires > now)
        return tuple(session_value(row) for row in self._unit.rows(live.order_by(c.created.desc(), c.token_hash)))

    def end_sessions(self, user_id: int, but: str = "") -> int:
        c = sessions.c
        return self._unit.change(sessions.delete().where(c.user_id == user_id, c.token_hash != but), quiet=True)

    def failed_sign_ins(self, key: str, since: datetime) -> int:
        c = sign_in.c
        failures = select(func.count()).where(c.key == self._digest(key), c.at >= since, c.failed)
        return int(self._unit.value(failures))

    def note_sign_in(self, key: str, at: datetime, *, failed: bool) -> None:
        row = {"id": self._unit.ids(), "key": self._digest(key), "at": at, "failed": failed}
        self._unit.change(sign_in.insert(), row, quiet=True)

    def _digest(self, key: str) -> bytes:
        return self._unit.seal.digest("sign-in", key)
