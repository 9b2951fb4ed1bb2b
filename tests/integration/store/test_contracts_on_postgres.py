"""Every contract of tests/unit/store, on PostgreSQL."""

from __future__ import annotations

import pytest

from tests.unit.store.test_address_marks import TestAddressMarks
from tests.unit.store.test_backup import TestBackup
from tests.unit.store.test_customers import TestCustomers
from tests.unit.store.test_figures import TestFigures
from tests.unit.store.test_filing import TestFiling
from tests.unit.store.test_ledger import TestLedger
from tests.unit.store.test_migrate import TestMigrate
from tests.unit.store.test_notices import TestNotices
from tests.unit.store.test_outbox import TestOutbox
from tests.unit.store.test_promises import TestPromises
from tests.unit.store.test_records import TestAudit, TestBundles, TestCorrections, TestModels, TestPeople
from tests.unit.store.test_store import TestOpening, TestRaces, TestTransactions
from tests.unit.store.test_tickets import TestTickets
from tests.unit.store.test_views import TestDetail, TestHealth, TestLists, TestQueue
from tests.unit.store.test_workers import TestWorkers

pytestmark = pytest.mark.postgres

__all__ = [
    "TestAddressMarks",
    "TestAudit",
    "TestBackup",
    "TestBundles",
    "TestCorrections",
    "TestCustomers",
    "TestDetail",
    "TestFigures",
    "TestFiling",
    "TestHealth",
    "TestLedger",
    "TestLists",
    "TestMigrate",
    "TestModels",
    "TestNotices",
    "TestOpening",
    "TestOutbox",
    "TestPeople",
    "TestPromises",
    "TestQueue",
    "TestRaces",
    "TestTickets",
    "TestTransactions",
    "TestWorkers",
]
