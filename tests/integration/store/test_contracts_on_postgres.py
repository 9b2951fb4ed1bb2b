"""Every contract of tests/unit/store, on PostgreSQL."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.unit.store import values as unit
from tests.unit.store.test_accounts import TestAccounts
from tests.unit.store.test_address_marks import TestAddressMarks
from tests.unit.store.test_api_tokens import TestApiTokens
from tests.unit.store.test_articles import TestArticles
from tests.unit.store.test_backup import TestBackup
from tests.unit.store.test_care import TestCare
from tests.unit.store.test_cases import TestCases
from tests.unit.store.test_customers import TestCustomers
from tests.unit.store.test_erasures import TestErasures
from tests.unit.store.test_figures import TestFigures
from tests.unit.store.test_filing import TestFiling
from tests.unit.store.test_handling import (
    TestAnalyses,
    TestAppraisals,
    TestExtensions,
    TestParts,
    TestTimers,
    TestVotes,
)
from tests.unit.store.test_learning import TestPrecedents, TestWeeks
from tests.unit.store.test_ledger import TestLedger
from tests.unit.store.test_migrate import TestMigrate
from tests.unit.store.test_notices import TestNotices
from tests.unit.store.test_outbox import TestOutbox
from tests.unit.store.test_presences import TestPresences
from tests.unit.store.test_promises import TestPromises
from tests.unit.store.test_records import TestAudit, TestBundles, TestCorrections, TestModels, TestPeople
from tests.unit.store.test_report import TestReport
from tests.unit.store.test_retention import TestRetention
from tests.unit.store.test_saved_views import TestSavedViews
from tests.unit.store.test_sealed_rows import TestSealedRows
from tests.unit.store.test_search import TestSearch
from tests.unit.store.test_sign_ins import TestSignIns
from tests.unit.store.test_snoozes import TestSnoozes
from tests.unit.store.test_store import TestOpening, TestRaces, TestTransactions
from tests.unit.store.test_tasks import TestTasks
from tests.unit.store.test_tickets import TestTickets
from tests.unit.store.test_tokens import TestTokens
from tests.unit.store.test_views import (
    TestBoard,
    TestDecided,
    TestDetail,
    TestFiledTypes,
    TestHealth,
    TestLists,
    TestQueue,
)
from tests.unit.store.test_workers import TestWorkers

pytestmark = pytest.mark.postgres

__all__ = [
    "TestAccounts",
    "TestAddressMarks",
    "TestAnalyses",
    "TestApiTokens",
    "TestAppraisals",
    "TestArticles",
    "TestAudit",
    "TestBackup",
    "TestBoard",
    "TestBundles",
    "TestCare",
    "TestCases",
    "TestCorrections",
    "TestCustomers",
    "TestDecided",
    "TestDetail",
    "TestErasures",
    "TestExtensions",
    "TestFigures",
    "TestFiledTypes",
    "TestFiling",
    "TestHealth",
    "TestLedger",
    "TestLists",
    "TestMigrate",
    "TestModels",
    "TestNotices",
    "TestOpening",
    "TestOutbox",
    "TestParts",
    "TestPeople",
    "TestPrecedents",
    "TestPresences",
    "TestPromises",
    "TestQueue",
    "TestRaces",
    "TestReport",
    "TestRetention",
    "TestSavedViews",
    "TestSealedRows",
    "TestSearch",
    "TestSignIns",
    "TestSnoozes",
    "TestTasks",
    "TestTickets",
    "TestTimers",
    "TestTokens",
    "TestTransactions",
    "TestVotes",
    "TestWeeks",
    "TestWorkers",
]
WITHOUT_DATABASE = {"TestFairLock", "TestPlain", "TestSeal", "TestTurn", "TestTypes"}


def test_every_contract_is_here() -> None:
    """A new class of tests/unit/store runs on PostgreSQL too, unless it has nothing to do with a database."""
    files = Path(unit.__file__).parent.glob("test_*.py")
    written = {name for file in files for name in re.findall(r"(?m)^class (Test\w+)", file.read_text("utf-8"))}
    assert written - WITHOUT_DATABASE == set(__all__)
