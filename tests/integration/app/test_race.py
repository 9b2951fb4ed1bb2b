"""Root and reply delivered together: however the workers meet, the two become one ticket (DESIGN 3.8)."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

import pytest

from core.domain.ids import IdMaker
from core.domain.keys import KeyRing
from huiying.app.clock import now
from huiying.flows.context import Context
from huiying.flows.triage import triage
from store.open import SqlStore, open_store
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, worker_context

PAIRS = 200
WORKERS = 4


def pair(number: int) -> tuple[bytes, bytes]:
    """A mail and the customer's own reply to it, sent at once."""
    root, sender = f"root-{number}@example.cn", f"Customer <c{number}@example.cn>"
    first = a_mail(subject="发票", body=f"您好，请开第 {number} 号发票。", sender=sender, mid=root)
    second = a_mail(
        subject="Re: 发票",
        body=f"补充：第 {number} 号的抬头写错了。",
        sender=sender,
        mid=f"reply-{number}@example.cn",
        reply_to=[root],
    )
    return first, second


def drain(ctx: Context, start: threading.Barrier, done: Callable[[], bool]) -> None:
    """One worker: a mail at a time, so that root and reply go to different workers as often as possible."""
    start.wait()
    while not done():
        while triage(ctx, 1):
            pass


def stores_of(url: str, keys: KeyRing) -> list[SqlStore]:
    """Two stores on one database, as two processes have; two workers share each."""
    return [open_store(url, keys, now, ids=IdMaker(600 + n, now)) for n in range(2)]


@pytest.mark.parametrize("url", ["sqlite_url", pytest.param("pg_url", marks=pytest.mark.postgres)])
@pytest.mark.slow
def test_root_and_reply_filed_at_once_are_one_ticket(url: str, keys: KeyRing, request) -> None:
    """Of 200 pairs that four workers fight over, each is one ticket with two messages and one letter."""
    stores = stores_of(request.getfixturevalue(url), keys)
    try:
        contexts = [worker_context(stores[n % 2], keys, now, pid=n) for n in range(WORKERS)]
        office = Office(contexts[0])
        desk_with_mailbox()
        for number in range(PAIRS):
            office.keep(*pair(number))
        finish(contexts, lambda: not office.unfiled())
        totals = office.totals()
        assert (totals["mails"], totals["tickets"], totals["joined"]) == (2 * PAIRS, PAIRS, PAIRS)
        assert totals["quarantined"] == totals["shunted"] == 0
        assert office.intents() == PAIRS
    finally:
        for store in stores:
            store.close()


def finish(contexts: list[Context], done: Callable[[], bool]) -> None:
    """Runs all workers until nothing is unfiled; whatever one of them raised is raised here."""
    start, failures = threading.Barrier(len(contexts)), list[BaseException]()

    def run(work: Callable[[], None]) -> None:
        try:
            work()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=run, args=(partial(drain, ctx, start, done),)) for ctx in contexts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(100)
    assert not any(thread.is_alive() for thread in threads)
    if failures:
        raise failures[0]
