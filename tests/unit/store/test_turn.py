"""Between processes the database goes round: no process that writes all the time keeps it from another."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from functools import partial
from pathlib import Path
from types import SimpleNamespace

import pytest

from core.domain.keys import KeyRing
from store.open import SqlStore, open_store
from store.turn import Turn
from tests.fakes.fixed_clock import FixedClock

NOBODY = 1


def busy() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


def is_free(database: Path) -> bool:
    """Whether nobody has the turn."""
    file = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT)
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    finally:
        os.close(file)
    return True


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "huiying.db"


class TestTurn:
    def test_it_is_asked_until_the_database_is_free(self, database: Path) -> None:
        """Whoever has the turn looks again and again."""
        answers = [busy(), busy(), None]

        def begin() -> None:
            answer = answers.pop(0)
            if answer:
                raise answer

        Turn(database).begin(begin, 10)
        assert answers == []

    def test_a_database_that_stays_busy_is_said_to_be(self, database: Path) -> None:
        """After the patience SQLite's own error comes; the turn is given back."""

        def begin() -> None:
            raise busy()

        turn = Turn(database)
        with pytest.raises(sqlite3.OperationalError, match="locked"):
            turn.begin(begin, 0)
        assert is_free(database)

    def test_another_error_is_told_at_once(self, database: Path) -> None:
        """Only a busy database is worth another look."""

        def begin() -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with pytest.raises(sqlite3.OperationalError, match="disk"):
            Turn(database).begin(begin, 10)

    def test_who_waits_has_the_turn(self, database: Path) -> None:
        """Who comes later cannot pass: he takes the turn first."""
        seen = list[bool]()
        Turn(database).begin(lambda: seen.append(is_free(database)), 10)
        assert (seen, is_free(database)) == ([False], True)

    def test_whoever_freezes_with_it_holds_nobody_up(self, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The turn is a courtesy, the database's own lock guards: he is waited for once, and heeded again later."""
        monkeypatch.setattr("store.turn.COURTESY_S", 0.01)
        pauses = list[float]()
        monkeypatch.setattr("store.turn.time", SimpleNamespace(monotonic=time.monotonic, sleep=pauses.append))
        turn, began, waited = Turn(database), list[int](), list[int]()

        def while_the_other_has_it() -> None:
            for number in range(3):
                turn.begin(partial(began.append, number), 10)
                waited.append(len(pauses))

        Turn(database).begin(while_the_other_has_it, 10)
        assert began == [0, 1, 2]
        assert waited[0] > 0 and waited == [waited[0]] * 3
        turn.begin(lambda: began.append(int(is_free(database))), 10)
        assert began[-1] == 0

    def test_a_folder_that_takes_no_file_is_no_trouble(self, tmp_path: Path) -> None:
        """Nobody lines up then, and SQLite decides."""
        began = list[int]()
        turn = Turn(tmp_path / "none" / "huiying.db")
        turn.begin(lambda: began.append(1), 10)
        turn.close()
        assert began == [1]


def test_a_store_that_waits_for_another_process_has_the_turn(
    sqlite_store: SqlStore, sqlite_url: str, keys: KeyRing, clock: FixedClock
) -> None:
    """Whoever asks after it stands behind it; it writes as soon as the other has ended."""
    other = open_store(sqlite_url, keys, clock)
    database = Path(sqlite_url.removeprefix("sqlite:///"))
    wrote = threading.Event()

    def write() -> None:
        with other.write() as tx:
            tx.ledger.release(NOBODY)
            wrote.set()

    waiter = threading.Thread(target=write)
    with sqlite_store.write() as tx:
        tx.ledger.release(NOBODY)
        waiter.start()
        deadline = time.monotonic() + 30
        while is_free(database) and time.monotonic() < deadline:
            time.sleep(0.001)
        assert not is_free(database) and not wrote.is_set()
    assert wrote.wait(30)
    waiter.join(30)
    assert is_free(database)
    other.close()
