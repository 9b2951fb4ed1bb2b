"""An office over a real SQLite store: what every flow test begins with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.domain.keys import KeyRing
from tests.fakes.fixed_clock import FixedClock

if TYPE_CHECKING:
    from store.open import SqlStore
    from tests.factories.pipeline import Office


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    """One worker with the shipped configuration and one live mailbox, at ten in the morning of a working day."""
    from tests.factories.pipeline import Office, worker_context

    return Office(worker_context(sqlite_store, keys, clock))
