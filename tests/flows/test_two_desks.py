"""Two desks that both acknowledge: a letter between them is answered once and then they are silent."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from core.domain.keys import KeyRing
from huiying.flows.answer import Draft, answer
from huiying.flows.compile import compile_desk
from ingest.workers import InProcessParser
from store.migrate import migrate
from store.open import SqlStore, open_store
from tests.factories.pipeline import MAILBOXES, Office, a_mail, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport
from tests.flows.test_answer import LI

OTHER = "help@other.example"


@pytest.fixture
def other_store(tmp_path: Path, clock: FixedClock) -> Iterator[SqlStore]:
    """The second desk's own database and keys."""
    keys = KeyRing(data={1: b"e" * 32}, index=b"j" * 32, signing={"t2": b"u" * 32}, signs_with="t2")
    url = f"sqlite:///{tmp_path}/other.db"
    migrate(url)
    store = open_store(url, keys, clock)
    yield store
    store.close()


def an_office(store: SqlStore, keys: KeyRing, clock: FixedClock, address: str) -> tuple[Office, MemoryTransport]:
    files = shipped_files(MAILBOXES.replace("service@example.com", address))
    desk, problems = compile_desk(files)
    assert desk is not None and not problems
    transport = MemoryTransport(clock)
    context = worker_context(store, keys, clock, desk=desk, transport=transport)
    return Office(replace(context, parser=InProcessParser([address]))), transport


@pytest.mark.slow
def test_they_stop_after_one_exchange(
    sqlite_store: SqlStore, other_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """Our answer comes to a desk that acknowledges it; its acknowledgement gets none, and the reason is stored."""
    other_keys = KeyRing(data={1: b"e" * 32}, index=b"j" * 32, signing={"t2": b"u" * 32}, signs_with="t2")
    ours, sent = an_office(sqlite_store, keys, clock, "service@example.com")
    theirs, answered = an_office(other_store, other_keys, clock, OTHER)
    [row] = ours.bring(a_mail(sender=f"对方公司 <{OTHER}>"))
    clock.advance(minutes=1)
    answer(ours.ctx, row.number, LI, Draft(text="您好！\n\n已经找到原因，2个工作日内给您结果。"))
    clock.advance(seconds=15)
    ours.work()
    counts = []
    for _ in range(6):
        for office, letters in ((theirs, sent), (ours, answered)):
            for mail in letters.tried[:]:
                office.bring(mail.data)
            letters.tried.clear()
        counts.append((ours.intents(), theirs.intents()))
    assert counts[0] == counts[-1] == (2, 1)
    with ours.ctx.store.read() as tx:
        silent = [each.silent_because for each in tx.views.silent("", 50).rows]
    assert any(reason.startswith("automatic-") for reason in silent)
