"""An office over a real SQLite store: what every flow test begins with."""

from __future__ import annotations

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
def office(
    request: pytest.FixtureRequest, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, beginnings: Beginnings
) -> Office:
    """One worker with the shipped configuration and one live mailbox, at ten in the morning of a working day."""
    from tests.factories.pipeline import Office, worker_context

    # Mails may fare differently with what a test exchanges in the code.
    is_ours = "monkeypatch" not in request.fixturenames
    return Office(worker_context(sqlite_store, keys, clock), beginnings if is_ours else None)
