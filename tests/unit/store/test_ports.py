"""The store has the shape that flows ask for; mypy proves it, the test keeps it collected."""

from __future__ import annotations

from huiying.flows.ports import Store, Transaction
from store.open import SqlStore, SqlTransaction


def as_store(store: SqlStore) -> Store:
    return store


def as_transaction(transaction: SqlTransaction) -> Transaction:
    return transaction


def test_a_store_gives_transactions_with_all_repositories(sqlite_store: SqlStore) -> None:
    """Each repository that the port names can be reached in a transaction."""
    names = [name for name in vars(Transaction) if not name.startswith("_")]
    with as_store(sqlite_store).read() as tx:
        assert len(names) == 37
        assert all(getattr(tx, name) is not None for name in names)
