"""Opens the store: the right schema, the right key ring, or a clear refusal."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from functools import cached_property

from sqlalchemy import select

from core.domain.errors import HuiyingError, KeyRingProblem, StoreUnavailable
from core.domain.ids import NODES, IdMaker
from core.domain.keys import KeyRing
from store.accounts import SqlAccounts
from store.address_marks import SqlAddressMarks
from store.analyses import SqlAnalyses
from store.api_tokens import SqlApiTokens
from store.appraisals import SqlAppraisals
from store.articles import SqlArticles
from store.audit import SqlAudit
from store.bundles import SqlBundles
from store.care import SqlCare
from store.changes import Changes, Others
from store.corrections import SqlCorrections
from store.engine import Engines, open_engines, parsed, sqlite_path
from store.erasures import SqlErasures
from store.extensions import SqlExtensions
from store.figures import SqlFigures
from store.key_dates import SqlKeyDates
from store.ledger import SqlLedger
from store.models import SqlModels
from store.notices import SqlNotices
from store.outbox import SqlOutbox
from store.parts import SqlParts
from store.people import SqlPeople
from store.precedents import SqlPrecedents
from store.presences import SqlPresences
from store.promises import SqlPromises
from store.retention import SqlRetention
from store.saved_views import SqlSavedViews
from store.sealed import COPY_THE_RING, Seal
from store.sealed_rows import SqlSealed
from store.search import SqlWordIndex
from store.sign_ins import SqlSignIns
from store.snoozes import SqlSnoozes
from store.tables import meta
from store.tasks import SqlTasks
from store.tickets import SqlTickets
from store.timers import SqlTimers
from store.tokens import SqlTokens
from store.trouble import MIGRATE
from store.unit import Unit
from store.version import KEY_RING, NEWEST_KEY, UNFINISHED, facts, require_version
from store.views.read import SqlViews
from store.votes import SqlVotes
from store.weeks import SqlWeeks
from store.workers import LEASED_NODES, SqlWorkers


class SqlTransaction:
    """Conforms to ``huiying.flows.ports.Transaction``: one unit, all repositories."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    @cached_property
    def ledger(self) -> SqlLedger:
        return SqlLedger(self._unit)

    @cached_property
    def tickets(self) -> SqlTickets:
        return SqlTickets(self._unit)

    @cached_property
    def promises(self) -> SqlPromises:
        return SqlPromises(self._unit)

    @cached_property
    def parts(self) -> SqlParts:
        return SqlParts(self._unit)

    @cached_property
    def analyses(self) -> SqlAnalyses:
        return SqlAnalyses(self._unit)

    @cached_property
    def extensions(self) -> SqlExtensions:
        return SqlExtensions(self._unit)

    @cached_property
    def timers(self) -> SqlTimers:
        return SqlTimers(self._unit)

    @cached_property
    def tasks(self) -> SqlTasks:
        return SqlTasks(self._unit)

    @cached_property
    def votes(self) -> SqlVotes:
        return SqlVotes(self._unit)

    @cached_property
    def appraisals(self) -> SqlAppraisals:
        return SqlAppraisals(self._unit)

    @cached_property
    def key_dates(self) -> SqlKeyDates:
        return SqlKeyDates(self._unit)

    @cached_property
    def care(self) -> SqlCare:
        return SqlCare(self._unit)

    @cached_property
    def outbox(self) -> SqlOutbox:
        return SqlOutbox(self._unit)

    @cached_property
    def addresses(self) -> SqlAddressMarks:
        return SqlAddressMarks(self._unit)

    @cached_property
    def erasures(self) -> SqlErasures:
        return SqlErasures(self._unit)

    @cached_property
    def notices(self) -> SqlNotices:
        return SqlNotices(self._unit)

    @cached_property
    def corrections(self) -> SqlCorrections:
        return SqlCorrections(self._unit)

    @cached_property
    def figures(self) -> SqlFigures:
        return SqlFigures(self._unit)

    @cached_property
    def models(self) -> SqlModels:
        return SqlModels(self._unit)

    @cached_property
    def precedents(self) -> SqlPrecedents:
        return SqlPrecedents(self._unit)

    @cached_property
    def weeks(self) -> SqlWeeks:
        return SqlWeeks(self._unit)

    @cached_property
    def bundles(self) -> SqlBundles:
        return SqlBundles(self._unit)

    @cached_property
    def people(self) -> SqlPeople:
        return SqlPeople(self._unit)

    @cached_property
    def presences(self) -> SqlPresences:
        return SqlPresences(self._unit)

    @property
    def snoozes(self) -> SqlSnoozes:
        return SqlSnoozes(self._unit)

    @cached_property
    def sign_ins(self) -> SqlSignIns:
        return SqlSignIns(self._unit)

    @cached_property
    def saved_views(self) -> SqlSavedViews:
        return SqlSavedViews(self._unit)

    @cached_property
    def api_tokens(self) -> SqlApiTokens:
        return SqlApiTokens(self._unit)

    @cached_property
    def articles(self) -> SqlArticles:
        return SqlArticles(self._unit)

    @cached_property
    def audit(self) -> SqlAudit:
        return SqlAudit(self._unit)

    @cached_property
    def accounts(self) -> SqlAccounts:
        return SqlAccounts(self._unit)

    @cached_property
    def workers(self) -> SqlWorkers:
        return SqlWorkers(self._unit)

    @cached_property
    def tokens(self) -> SqlTokens:
        return SqlTokens(self._unit)

    @cached_property
    def retention(self) -> SqlRetention:
        return SqlRetention(self._unit)

    @cached_property
    def sealed(self) -> SqlSealed:
        return SqlSealed(self._unit)

    @cached_property
    def words(self) -> SqlWordIndex:
        return SqlWordIndex(self._unit)

    @cached_property
    def views(self) -> SqlViews:
        return SqlViews(self._unit)


class SqlStore:
    """Conforms to ``huiying.flows.ports.Store``.

    ``ids`` names the rows that the store makes itself. After ``workers.register`` the caller sets it to an
    ``IdMaker`` with the node of its worker; before that, a node of the upper half, chosen by process id, serves.
    """

    def __init__(self, engines: Engines, seal: Seal, ids: Callable[[], int]) -> None:
        self.ids = ids
        self._engines = engines
        self._seal = seal
        self._changes = Changes(engines)
        self._others = Others()

    @property
    def dialect(self) -> str:
        """``sqlite`` or ``postgresql``."""
        return self._engines.dialect

    @contextmanager
    def write(self) -> Iterator[SqlTransaction]:
        """A writing transaction; it takes SQLite's lock at its first statement and gives it back at the end."""
        unit = Unit(self._engines, self._seal, self.ids, writing=True)
        with _ending(unit):
            yield SqlTransaction(unit)
        self._others.committed()

    @contextmanager
    def read(self) -> Iterator[SqlTransaction]:
        """A reading transaction: one snapshot from its first statement on."""
        unit = Unit(self._engines, self._seal, self.ids, writing=False)
        with _ending(unit):
            yield SqlTransaction(unit)

    def changes(self) -> int:
        """Differs when another process committed since it was asked last."""
        return self._others.number(self._changes.number)

    def newest_key(self) -> int:
        """The newest data key that the database was told of."""
        with self.read() as tx:
            return tx.sealed.newest()

    def use_keys(self, keys: KeyRing) -> None:
        """The key ring was read again."""
        self._seal.use(keys)

    def close(self) -> None:
        self._changes.close()
        self._engines.close()


@contextmanager
def _ending(unit: Unit) -> Iterator[None]:
    try:
        yield
    except BaseException:
        # What went wrong first is what the caller must see.
        with suppress(HuiyingError):
            unit.abandon()
        raise
    unit.finish()


def open_store(
    url: str,
    keys: KeyRing,
    now: Callable[[], datetime],
    *,
    ids: Callable[[], int] | None = None,
    session: str = "",
    again: Callable[[], object] = lambda: None,
    unfinished: bool = False,
) -> SqlStore:
    """Opens a migrated database. ``session`` names this process's connections (``session_name``), ``again`` has the key
    ring read once more (``Seal``); ``unfinished`` opens what is being restored, too.

    ``StoreUnavailable`` when it cannot be reached or has another schema, ``KeyRingProblem`` when it was written
    with another key ring. The first ring that opens a database is the one it remembers."""
    where = parsed(url)
    path = sqlite_path(where)
    if path is not None and not path.is_file():
        raise StoreUnavailable(f"没有数据库文件 {path} (there is no database)", hint=MIGRATE)
    engines = open_engines(where, session)
    try:
        passing_by = LEASED_NODES.stop + os.getpid() % (NODES - LEASED_NODES.stop)
        # The seal asks the store that is made of it.
        seal = Seal(keys, again=again, newest=lambda: store.newest_key())  # noqa: PLW0108  it does not exist yet
        store = SqlStore(engines, seal, ids or IdMaker(passing_by, now))
        _check(store, engines, keys, unfinished=unfinished)
    except BaseException:
        engines.close()
        raise
    return store


def _check(store: SqlStore, engines: Engines, keys: KeyRing, *, unfinished: bool) -> None:
    reading = Unit(engines, Seal(keys), store.ids, writing=False)
    with _ending(reading):
        known = facts(reading)
    require_version(known)
    if UNFINISHED in known and not unfinished:
        raise StoreUnavailable(
            "数据库没有恢复完，其中可能还有删除过的客户 (restoring was not finished: erased customers may be in it)",
            hint="再恢复到一个空数据库 (restore again into an empty database): huiying restore FILE",
        )
    if not known.get(KEY_RING):
        known[KEY_RING] = _remember(store, engines, keys)
    if known[KEY_RING] != keys.fingerprint:
        raise KeyRingProblem(
            "数据库是用另一个钥匙环写的 (this database was written with another key ring)",
            hint="放回原来的钥匙环 (put back the key ring that belongs to it)",
        )
    if int(known.get(NEWEST_KEY, 1)) > keys.writes_with:
        raise KeyRingProblem(
            f"钥匙环是旧的：缺少数据钥匙 {known[NEWEST_KEY]} (this key ring is an old copy: a data key is missing)",
            hint=COPY_THE_RING,
        )


def _remember(store: SqlStore, engines: Engines, keys: KeyRing) -> str:
    """Notes the key ring's fingerprint, unless another process was first; what is noted then."""
    writing = Unit(engines, Seal(keys), store.ids, writing=True)
    with _ending(writing):
        row = {"key": KEY_RING, "value": keys.fingerprint}
        writing.add_new(meta, [row], "key")
        return str(writing.value(select(meta.c.value).where(meta.c.key == KEY_RING)))
