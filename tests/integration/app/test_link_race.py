"""A rule and an agent link the same tickets at once: there is one main ticket of a trouble, whoever was first."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest

from core.domain.errors import BadInput, Conflict
from core.domain.keys import KeyRing
from core.domain.views import QueueFilter
from huiying.flows.context import Context
from huiying.flows.link import link, undo_link
from huiying.flows.merge import merge
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.factories.rule_scenes import LI, a_desk
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

DAWDLES = 0.15
"""Seconds between the last word of a transaction and its commit: whoever does not wait for it is quicker."""
NONE = ("{text: 不符合, expect: nothing}",) * 2


class Dawdling:
    """A store whose transactions that link something take their time before they commit."""

    def __init__(self, store: SqlStore) -> None:
        self._store = store
        self.about = threading.Event()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    @contextmanager
    def write(self) -> Iterator[Any]:
        with self._store.write() as tx:
            yield tx
            with self._store.read() as committed:
                is_linked = links_of(tx) != links_of(committed)
            if is_linked:
                self.about.set()
                time.sleep(DAWDLES)


def links_of(tx: Any) -> dict[int, int]:
    """By ticket the one that it is linked to."""
    found = [tx.tickets.by_number(row.number) for row in tx.views.queue(QueueFilter(state=""), "", 50).rows]
    return {one.id: one.linked_to for one in found if one.linked_to}


Act = Callable[..., None]
"""Somebody's doing, who dawdles or not."""


class Outage:
    """Tickets A, B and C, and a rule that links whatever mentions 停电 to B."""

    def __init__(self, store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
        self.office = Office(worker_context(store, keys, clock, desk=a_desk()))
        self.dawdling = Dawdling(store)
        rows = self.office.bring(*(a_mail(sender=f"{n}@{n}.cn", mid=f"{n}@x.cn", subject=n) for n in "abc"))
        self.a, self.b, self.c = (row.number for row in rows)

    def by_hand(self, *, dawdles: bool) -> Context:
        store: Any = self.dawdling if dawdles else self.office.ctx.store
        return replace(self.office.ctx, store=store)

    def ruled(self, *, dawdles: bool) -> Office:
        rule = a_rule(
            when="{text: 停电}", then=f"{{link: '{self.b}'}}", examples=NONE, extra="run_on: [arrival, reply]"
        )
        desk = a_desk(rule)
        return Office(replace(self.by_hand(dawdles=dawdles), desk=lambda: desk))

    def links(self) -> dict[int, int]:
        with self.office.ctx.store.read() as tx:
            return links_of(tx)


def arrives(outage: Outage, *, dawdles: bool) -> None:
    """A new mail that the rule links to B."""
    mail = a_mail(subject="停电", body="停电了", sender="d@d.cn", mid="d@x.cn")
    outage.ruled(dawdles=dawdles).bring(mail)


def replies(outage: Outage, *, dawdles: bool) -> None:
    """A reply on A by which the rule links A to B."""
    mail = a_mail(subject="Re: a", body="停电了", sender="a@a.cn", mid="r@x.cn", reply_to=["a@x.cn"])
    outage.ruled(dawdles=dawdles).bring(mail)


def links(one: str, to: str) -> Act:
    """An agent's word."""

    def act(outage: Outage, *, dawdles: bool) -> None:
        with suppress(BadInput, Conflict):
            link(outage.by_hand(dawdles=dawdles), getattr(outage, one), getattr(outage, to), LI)

    return act


def merges(one: str, into: str) -> Act:
    """Two tickets become one."""

    def act(outage: Outage, *, dawdles: bool) -> None:
        with suppress(BadInput, Conflict):
            merge(outage.by_hand(dawdles=dawdles), getattr(outage, one), getattr(outage, into), LI)

    return act


def takes_back(outage: Outage, *, dawdles: bool) -> None:
    """A was linked to B and then to C: it comes back to B."""
    undo_link(outage.by_hand(dawdles=dawdles), outage.a, LI)


def moved(outage: Outage) -> None:
    for to in (outage.b, outage.c):
        link(outage.office.ctx, outage.a, to, LI)


def nothing(outage: Outage) -> None:
    """Nothing was linked before."""


@pytest.mark.parametrize("database", ["sqlite_store", pytest.param("pg_store", marks=pytest.mark.postgres)])
@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize(
    ("before", "one", "other"),
    [
        (nothing, arrives, links("b", "c")),
        (nothing, replies, links("b", "c")),
        (nothing, replies, links("c", "a")),
        (nothing, links("a", "b"), links("b", "c")),
        (moved, takes_back, links("b", "c")),
        (nothing, merges("b", "c"), links("a", "b")),
        (moved, merges("c", "b"), links("b", "c")),
    ],
    ids=["new mail", "reply", "reply of a main one", "agents", "undo", "merge", "merge into a follower"],
)
def test_links_made_at_once_make_no_chain(
    request: pytest.FixtureRequest, keys: KeyRing, clock: FixedClock, database: str, before: Callable[[Outage], None],
    one: Act, other: Act, swapped: bool,
) -> None:  # fmt: skip
    """While the first is about to commit the second does its own: whatever followed a ticket follows its main one."""
    outage = Outage(request.getfixturevalue(database), keys, clock)
    before(outage)
    first, second = (other, one) if swapped else (one, other)
    with ThreadPoolExecutor(1) as pool:
        slow = pool.submit(first, outage, dawdles=True)
        assert outage.dawdling.about.wait(10)
        second(outage, dawdles=False)
        slow.result(20)
    found = outage.links()
    assert found and not set(found) & set(found.values())
