"""Between processes the database goes round: no process that writes all the time keeps it from another."""

from __future__ import annotations

import fcntl
import os
import sqlite3
import threading
import time
from pathlib import Path

import pytest

from core.domain.keys import KeyRing
from store.open import open_store
from store.turn import Turn
from tests.fakes.fixed_clock import FixedClock

NOBODY, THREADS, TIMES, HELD_S, FEW = 1, 3, 24, 0.01, 5


def busy() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database is locked")
    error.sqlite_errorcode = sqlite3.SQLITE_BUSY
    return error


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
        assert self._is_free(database)

    def test_another_error_is_told_at_once(self, database: Path) -> None:
        """Only a busy database is worth another look."""

        def begin() -> None:
            raise sqlite3.OperationalError("disk I/O error")

        with pytest.raises(sqlite3.OperationalError, match="disk"):
            Turn(database).begin(begin, 10)

    def test_who_waits_has_the_turn(self, database: Path) -> None:
        """Who comes later cannot pass: he takes the turn first."""
        seen = list[bool]()
        Turn(database).begin(lambda: seen.append(self._is_free(database)), 10)
        assert (seen, self._is_free(database)) == ([False], True)

    def test_whoever_freezes_with_it_holds_nobody_up(self, database: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        """The turn is a courtesy: the database's own lock guards."""
        monkeypatch.setattr("store.turn.COURTESY_S", 0.01)
        began = list[int]()

        def while_the_other_has_it() -> None:
            Turn(database).begin(lambda: began.append(1), 10)

        Turn(database).begin(while_the_other_has_it, 10)
        assert began == [1]

    def test_a_folder_that_takes_no_file_is_no_trouble(self, tmp_path: Path) -> None:
        """Nobody lines up then, and SQLite decides."""
        began = list[int]()
        turn = Turn(tmp_path / "none" / "huiying.db")
        turn.begin(lambda: began.append(1), 10)
        turn.close()
        assert began == [1]

    @staticmethod
    def _is_free(database: Path) -> bool:
        file = os.open(f"{database}-turn", os.O_RDWR | os.O_CREAT)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        finally:
            os.close(file)
        return True


def test_a_busy_process_keeps_the_database_from_no_other(sqlite_url: str, keys: KeyRing, clock: FixedClock) -> None:
    """Three threads hand it to each other; another process comes after few of their transactions, each time."""
    one, other = open_store(sqlite_url, keys, clock), open_store(sqlite_url, keys, clock)
    enough = threading.Event()
    done = [0] * THREADS

    def write(place: int) -> None:
        while not enough.is_set():
            with one.write() as tx:
                tx.ledger.release(NOBODY)
                done[place] += 1

    threads = [threading.Thread(target=write, args=(place,)) for place in range(THREADS)]
    for thread in threads:
        thread.start()
    passed = list[int]()
    try:
        for _ in range(TIMES):
            time.sleep(HELD_S / 2)  # in the midst of another's transaction
            before = sum(done)
            with other.write() as tx:
                tx.ledger.release(NOBODY)
                passed.append(sum(done) - before)
    finally:
        enough.set()
        for thread in threads:
            thread.join(30)
        one.close()
        other.close()
    assert max(passed) <= FEW, passed
