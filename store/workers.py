"""Workers: who is alive by the database's clock, their node numbers, claims and leases (DESIGN 3, last paragraph)."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import BigInteger, bindparam, column, func, or_, select, table, type_coerce
from sqlalchemy.sql.elements import ColumnElement

from core.domain.errors import Unavailable
from core.domain.people import Worker
from store.prepared import Prepared
from store.tables import lease, ledger, letter, mailbox_state, meta, notice_copy, worker
from store.types import to_micros
from store.unit import Unit, clock_of, inserting

LEASED_NODES = range(1, 512)
"""Nodes of registered workers; the rest is for processes that only pass by, such as a command."""
_LAST_NODE = "last_node"
CERTIFICATE_OUT = "certificate-out:"
"""How the keys begin under which the ends of outgoing servers' certificates stand."""
_KNOWS = "knows-key:"
"""How the keys begin under which stands which data key a worker knows."""
_SESSIONS = table("pg_stat_activity", column("pid"), column("application_name"), column("datname"))
_SECOND = 1_000_000
_LAST = Prepared(select(meta.c.value).where(meta.c.key == _LAST_NODE).with_for_update())
_TAKEN = Prepared(select(worker.c.node))


@cache
def _keep_last(dialect: str) -> Prepared:
    insert = inserting(dialect, meta).values(key=_LAST_NODE, value=bindparam("node"))
    return Prepared(insert.on_conflict_do_update(index_elements=["key"], set_={"value": insert.excluded.value}))


@cache
def _add(dialect: str) -> Prepared:
    given: dict[str, Any] = {name: bindparam(name) for name in ("id", "node", "host", "pid", "started")}
    return Prepared(worker.insert().values(**given, seen=clock_of(dialect)))


def node_in_turn(last: int, taken: Collection[int]) -> int:
    """The next free node after the last one given, so that a dead worker's node rests as long as possible."""
    in_turn = [node for node in LEASED_NODES if node > last] + [node for node in LEASED_NODES if node <= last]
    node = next((node for node in in_turn if node not in taken), None)
    if node is None:
        raise Unavailable("No node number is free: too many workers are registered.")
    return node


def session_name(host: str, pid: int, started: float) -> str:
    """By what PostgreSQL knows the connections of a process: short enough for ``application_name``."""
    return "huiying-" + hashlib.blake2b(f"{host}|{pid}|{started}".encode(), digest_size=12).hexdigest()


class SqlWorkers:
    """Conforms to ``huiying.flows.ports.Workers``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def register(self, host: str, pid: int, started: float) -> Worker:
        node, id_ = self._free_node(), self._unit.ids()
        row = {"id": id_, "node": node, "host": host, "pid": pid, "started": started}
        self._unit.change(_add(self._unit.dialect), row)
        return Worker(id=id_, node=node, host=host, pid=pid, started=started)

    def _now(self) -> ColumnElement[int]:
        return self._unit.db_now

    def _free_node(self) -> int:
        last = int(self._unit.value(_LAST) or 0)
        node = node_in_turn(last, {row.node for row in self._unit.rows(_TAKEN)})
        self._unit.change(_keep_last(self._unit.dialect), {"node": str(node)})
        return node

    def beat(self, worker_id: int) -> bool:
        mine = worker.update().where(worker.c.id == worker_id).values(seen=self._now())
        return self._unit.change(mine, quiet=True) == 1

    def others(self, worker_id: int) -> tuple[Worker, ...]:
        silent = (self._unit.db_now - type_coerce(worker.c.seen, BigInteger)).label("silent")
        rows = self._unit.rows(select(worker, silent).where(worker.c.id != worker_id).order_by(worker.c.id))
        return tuple(
            Worker(
                id=row.id,
                node=row.node,
                host=row.host,
                pid=row.pid,
                started=row.started,
                seen=row.seen,
                seconds_silent=abs(row.silent) / _SECOND,
            )
            for row in rows
        )

    def bury(self, worker_id: int) -> int:
        self._end_connections(worker_id)
        self._unit.change(worker.delete().where(worker.c.id == worker_id))
        self._unit.change(meta.delete().where(meta.c.key == f"{_KNOWS}{worker_id}"))
        self._unit.change(lease.delete().where(lease.c.worker_id == worker_id))
        mails = self._unit.change(ledger.update().where(ledger.c.claim == worker_id).values(claim=None))
        letters = self._unit.change(letter.update().where(letter.c.claim == worker_id).values(claim=None))
        notices = self._unit.change(notice_copy.update().where(notice_copy.c.claim == worker_id).values(claim=None))
        return mails + letters + notices

    def _end_connections(self, worker_id: int) -> None:
        """What a frozen process holds locked would be held from whoever takes its work over."""
        row = self._unit.row(select(worker).where(worker.c.id == worker_id))
        if row is None or self._unit.dialect != "postgresql":
            return
        name = session_name(row.host, row.pid, row.started)
        here = _SESSIONS.c.datname == func.current_database()
        theirs = (_SESSIONS.c.application_name == name, _SESSIONS.c.pid != func.pg_backend_pid())
        self._unit.rows(select(func.pg_terminate_backend(_SESSIONS.c.pid)).where(here, *theirs))

    def know(self, worker_id: int, data_key: int) -> None:
        insert = self._unit.insert(meta).values(key=f"{_KNOWS}{worker_id}", value=str(data_key))
        again = {"value": insert.excluded.value}
        self._unit.change(insert.on_conflict_do_update(index_elements=["key"], set_=again), quiet=True)

    def known_keys(self) -> Mapping[int, int]:
        rows = self._unit.rows(select(meta).where(meta.c.key.like(f"{_KNOWS}%")))
        return {int(row.key.removeprefix(_KNOWS)): int(row.value) for row in rows}

    def lease(self, name: str, worker_id: int, seconds: float) -> bool:
        until = (self._unit.db_now + round(seconds * _SECOND)).label("until")
        dead = lease.c.worker_id.not_in(select(worker.c.id))
        expired = type_coerce(lease.c.expires, BigInteger) <= self._unit.db_now
        insert = self._unit.insert(lease).values(name=name, worker_id=worker_id, expires=until)
        take = insert.on_conflict_do_update(
            index_elements=["name"],
            set_={"worker_id": worker_id, "expires": insert.excluded.expires},
            where=or_(lease.c.worker_id == worker_id, expired, dead),
        )
        return bool(self._unit.changed(take.returning(lease.c.name), quiet=True))

    def certificate_out(self, mailbox: str, until: datetime | None) -> None:
        key = CERTIFICATE_OUT + mailbox
        if until is None:
            self._unit.change(meta.delete().where(meta.c.key == key), quiet=True)
            return
        insert = self._unit.insert(meta).values(key=key, value=str(to_micros(until)))
        again = {"value": insert.excluded.value}
        self._unit.change(insert.on_conflict_do_update(index_elements=["key"], set_=again), quiet=True)

    def report(
        self,
        mailbox: str,
        state: str,
        *,
        certificate_until: datetime | None = None,
        announced: bool = False,
        progress: str = "",
    ) -> None:
        now = self._now()
        row: dict[str, Any] = {"state": state, "at": now, "progress": progress}
        row |= {"certificate_until": certificate_until} if certificate_until else {}
        row |= {"announced": now} if announced else {}
        insert = self._unit.insert(mailbox_state).values(row | {"mailbox": mailbox})
        again = {name: insert.excluded[name] for name in row}
        self._unit.change(insert.on_conflict_do_update(index_elements=["mailbox"], set_=again), quiet=True)
