"""A mail that kills the process, whatever the stage: it is set apart, and every other one is done (DESIGN 3.2)."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.kill import by_message_id, numbers, servers
from core.domain.views import QueueFilter
from huiying.app.bootstrap import open_app
from huiying.app.home import Home
from huiying.demo.imap import EmbeddedImap
from tests.factories.pipeline import a_mail
from tests.fakes.deadly import STAGES
from tests.fakes.failing import MARK
from tests.fakes.service import Service, a_home, wait_until

MAILS = 6
MARKED = 2
STARTS = 8
ALL = os.environ.get("HUIYING_TEST_ALL") == "1"
QUICK = (("parse", "segv"), ("decide", "exit"))
"""Those that run always; each takes several starts of the service, so the others run with HUIYING_TEST_ALL=1."""
CASES = [(stage, how) for stage in STAGES for how in ("exit", "segv") if ALL or (stage, how) in QUICK]


def feed() -> list[bytes]:
    """Six mails of six customers; the third is deadly."""
    mark = {MARKED: MARK}
    return [
        a_mail(
            subject=f"请问 {mark.get(n, n)}",
            body=f"您好，{mark.get(n, '')} 第 {n} 件事：什么时候发货？",
            sender=f"c{n}@customers.example",
            mid=f"m{n}@customers.example",
        )
        for n in range(MAILS)
    ]


def run_until_done(home: Home, imap: EmbeddedImap, stage: str, how: str) -> int:
    """Starts the service again whenever it died, until everything is done; how often it died. Mails come once the
    mailbox was connected: what lay there before is old mail, which gets no letter."""
    url = f"sqlite:///{home.data / 'huiying.db'}"
    for deaths in range(STARTS):
        with Service(home.path, command=("-m", "tests.fakes.deadly", stage, how)) as service:
            if not deaths:
                service.wait_ready()
                for data in feed():
                    imap.append(data)
            done = wait_until(lambda: _done(url) or service.process.poll() is not None, 40)
            assert done, service.said
            if _done(url):
                service.end(15)
                return deaths
    raise AssertionError(f"not done after {STARTS} starts")


def _done(url: str) -> bool:
    found = numbers(url)
    return found["mails"] == MAILS and not (found["unfiled"] or found["pending"])


@pytest.mark.slow
@pytest.mark.parametrize(("stage", "how"), CASES)
def test_a_deadly_mail_is_set_apart_and_the_others_are_done(tmp_path: Path, stage: str, how: str) -> None:
    """Every mail has its ticket and its one letter; only the deadly one's is a stub, or its letter failed visibly."""
    with servers() as (imap, smtp, where):
        home = a_home(tmp_path / "home", where)
        deaths = run_until_done(home, imap, stage, how)
        letters = by_message_id(smtp.letters())
    app = open_app(home, {}, works=False)
    try:
        with app.store.read() as tx:
            totals = tx.views.totals()
            tickets = tx.views.queue(QueueFilter(state=""), "", 50).rows
            failed = tx.views.letters("failed", "", 50).rows
    finally:
        app.close()
    assert deaths == (0 if stage == "parse" else 3)
    assert totals["mails"] == totals["tickets"] == MAILS and totals["shunted"] == 0
    assert totals["quarantined"] == (0 if stage == "compose" else 1)
    assert sum(row.stub for row in tickets) == (0 if stage == "compose" else 1)
    assert len(failed) == (1 if stage == "compose" else 0)
    assert len(letters) == totals["acknowledged"] == MAILS - len(failed)
    assert all(len(set(copies)) == 1 for copies in letters.values())
