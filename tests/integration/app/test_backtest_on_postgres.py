"""What a backtest finds at a time after a state, on PostgreSQL."""

from __future__ import annotations

import pytest

from core.domain.keys import KeyRing
from store.open import SqlStore
from tests.factories.pipeline import Office, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.flows.test_backtest_later import TestTimeAfterAState

pytestmark = pytest.mark.postgres

__all__ = ["TestTimeAfterAState"]


@pytest.fixture
def office(pg_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Office:
    return Office(worker_context(pg_store, keys, clock))
