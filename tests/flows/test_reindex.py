"""The index of words is made anew by command, and by upkeep for what an older schema filed."""

from __future__ import annotations

from core.domain.views import QueueFilter
from huiying.flows.reindex import reindex
from huiying.flows.upkeep import upkeep
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail


def found(store: SqlStore, words: str) -> list[str]:
    with store.read() as tx:
        return [row.number for row in tx.views.queue(QueueFilter(state="", text=words), "", 50).rows]


def test_made_anew_it_finds_what_it_found(office: Office, sqlite_store: SqlStore) -> None:
    """All messages, told as it goes; a second time is the same."""
    rows = office.bring(
        *(a_mail(body=f"发票 {at} 号没有收到", mid=f"m{at}@x.cn", sender=f"a{at}@x.cn") for at in range(3))
    )
    told: list[int] = []
    for _ in range(2):
        assert reindex(office.ctx, told.append) == 3
        assert found(sqlite_store, "發票") == [row.number for row in reversed(rows)]
    assert told == [3, 3]


def test_what_an_older_schema_filed_is_found_after_a_while(office: Office, sqlite_store: SqlStore) -> None:
    """Upkeep does some at a time."""
    [row] = office.bring(a_mail(body="发票没有收到"))
    with sqlite_store.write() as tx:
        tx.words.begin_again()
    assert (upkeep(office.ctx), upkeep(office.ctx)) == (1, 0)
    assert found(sqlite_store, "发票") == [row.number]
