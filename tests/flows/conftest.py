"""An office over a real SQLite store: what every flow test begins with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from core.domain.keys import KeyRing
from tests.fakes.fixed_clock import FixedClock

if TYPE_CHECKING:
    from store.open import SqlStore
    from tests.factories.beginnings import Beginnings
    from tests.factories.pipeline import Office
    from tests.fakes.databases import SharedDatabase


@pytest.fixture(scope="session")
def beginnings(shared_sqlite: SharedDatabase) -> Beginnings:
    """What became of mails with which tests of this session began."""
    from tests.factories.beginnings import Beginnings

    return Beginnings(shared_sqlite)


@pytest.fixture
def open_office(request: pytest.FixtureRequest, keys: KeyRing, clock: FixedClock) -> Callable[[SqlStore], Office]:
    """Opens one over a store: one worker with the shipped configuration and one live mailbox."""
    from tests.factories.pipeline import Office, worker_context

    def opened(store: SqlStore) -> Office:
        # Mails may fare differently with what a test exchanges in the code.
        is_known = store.dialect == "sqlite" and "monkeypatch" not in request.fixturenames
        return Office(worker_context(store, keys, clock), request.getfixturevalue("beginnings") if is_known else None)

    return opened


@pytest.fixture
def office(open_office: Callable[[SqlStore], Office], sqlite_store: SqlStore) -> Office:
    """An office at ten in the morning of a working day."""
    return open_office(sqlite_store)
