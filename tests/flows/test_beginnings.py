"""Mails with which many tests begin are brought once; putting back what became of them is the same as bringing them."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.keys import KeyRing
from store.open import SqlStore
from tests.factories.beginnings import Beginnings
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.databases import SharedDatabase
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import LATER

FIRST, SECOND = a_mail(), a_mail(mid="m2@example.cn", reply_to=["m1@example.cn"])


class CountingOffice(Office):
    """Counts the mails that it really brings."""

    brought = 0

    def keep(self, *mails: bytes, **how: object) -> tuple[int, ...]:
        self.brought += len(mails)
        return super().keep(*mails)


@pytest.fixture
def opened(shared_sqlite: SharedDatabase, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock):
    """Opens an office over an empty database and brings it mails; all of them share their beginnings."""
    beginnings = Beginnings(shared_sqlite)

    def open_office(*mails: bytes) -> CountingOffice:
        shared_sqlite.empty()
        office = CountingOffice(worker_context(shared_sqlite.lend(clock), keys, clock), beginnings)
        for mail in mails:
            office.bring(mail)
        return office

    return open_office


def test_what_is_put_back_is_what_was_brought(opened, shared_sqlite):
    """Each row of each table, what was sent, the next id and the next file's name; but a worker's last sign of life."""

    def everything(office):
        rows = {name: rows for name, rows in shared_sqlite.contents().items() if name != "worker"}
        return rows, office.ctx.transport.tried, office.ctx.transport.left, office.ctx.ids(), office._mails

    brought = opened(FIRST, SECOND)
    was = everything(brought)
    put_back = opened(FIRST, SECOND)
    assert (brought.brought, put_back.brought) == (2, 0)
    assert everything(put_back) == was
    in_index, messages = ({key for key, *_ in was[0][name]} for name in ("message_words", "message"))
    assert in_index == messages


@pytest.mark.parametrize("what", ["time", "server", "room", "database", "context"])
def test_an_office_that_differs_brings_its_mails_itself(opened, what):
    """Another time, another answer of the server, somebody else's row, another worker: nothing is put back."""
    opened(FIRST, SECOND)
    office = opened(FIRST)
    ctx = office.ctx
    match what:
        case "time":
            ctx.now.advance(seconds=1)
        case "server":
            ctx.transport.script.append(LATER)
        case "room":
            ctx.transport.left = 0
        case "database":
            with ctx.store.write() as tx:
                tx.workers.beat(ctx.worker)
        case _:
            office.ctx = replace(ctx)
    office.bring(SECOND)
    assert office.brought == 1
    office.bring(a_mail(mid="m3@example.cn"))
    assert office.brought == 2


def test_who_exchanges_code_begins_by_himself(monkeypatch, office):
    """What was brought without the change tells nothing about it."""
    assert office._beginning is None
