"""The contract of backup and restore, on one database and from one to the other."""

from __future__ import annotations

import gzip
import stat
from pathlib import Path

import pytest

from core.domain.errors import BadInput, StoreUnavailable
from core.domain.keys import KeyRing
from core.domain.people import User
from core.domain.views import TicketDetail
from store.backup import backup, finish, restore
from store.open import SqlStore, open_store
from tests.fakes.fixed_clock import FixedClock
from tests.unit.store.test_sign_ins import FACTOR
from tests.unit.store.values import a_raw_mail, file_tickets

NUMBER = "20260305000"


def everything(store: SqlStore) -> tuple[TicketDetail | None, bytes, dict[str, int]]:
    with store.read() as tx:
        detail = tx.views.ticket(NUMBER)
        assert detail is not None
        return detail, tx.ledger.raw(detail.ledger[0].id), dict(tx.views.totals())


class TestBackup:
    @pytest.mark.slow
    def test_a_restored_database_is_the_same(
        self, store: SqlStore, url: str, empty_url: str, keys: KeyRing, clock: FixedClock, tmp_path: Path
    ) -> None:
        """All that can be read of a ticket, and the raw bytes, are equal after a restore; the file is private."""
        file_tickets(store, 3)
        before = everything(store)
        made = backup(url, tmp_path / "b.backup")
        assert stat.S_IMODE(made.file.stat().st_mode) == 0o600
        assert (made.size, made.key_ring) == (made.file.stat().st_size, keys.fingerprint)
        assert restore(made.file, empty_url).key_ring == keys.fingerprint
        restored = open_store(empty_url, keys, clock)
        assert everything(restored) == before
        restored.close()

    @pytest.mark.slow
    def test_a_restored_database_goes_on(
        self, store: SqlStore, url: str, empty_url: str, keys: KeyRing, clock: FixedClock, tmp_path: Path
    ) -> None:
        """Numbers, UIDs and the like continue where they were; who signs in in two steps goes on doing so."""
        with store.write() as tx:
            tx.people.save(User(id=1, name="li"))
            tx.sign_ins.save(FACTOR)
            tx.sign_ins.give_codes(1, ["AAAA"])
            tx.tickets.next_serial("s")
            tx.ledger.keep([a_raw_mail(1)], clock(), old_before_uid=0, after="seen")
        restore(backup(url, tmp_path / "b.backup").file, empty_url)
        restored = open_store(empty_url, keys, clock)
        with restored.write() as tx:
            assert tx.sign_ins.factor(1) == FACTOR and tx.sign_ins.use_code(1, "AAAA")
            assert tx.tickets.next_serial("s") == 2
            assert tx.ledger.keep([a_raw_mail(1)], clock(), old_before_uid=0, after="seen") == ()
        restored.close()

    def test_what_is_not_finished_opens_for_nobody(
        self, store: SqlStore, url: str, empty_url: str, keys: KeyRing, clock: FixedClock, tmp_path: Path
    ) -> None:
        """But for who finishes it."""
        file_tickets(store, 1)
        restore(backup(url, tmp_path / "b.backup").file, empty_url, unfinished=True)
        with pytest.raises(StoreUnavailable, match="erased customers may be in it"):
            open_store(empty_url, keys, clock)
        open_store(empty_url, keys, clock, unfinished=True).close()
        finish(empty_url)
        open_store(empty_url, keys, clock).close()

    def test_the_key_ring_is_not_in_it(self, store: SqlStore, url: str, keys: KeyRing, tmp_path: Path) -> None:
        """Neither a key nor an address nor raw mail can be read from the file, and the notice says so."""
        file_tickets(store, 1)
        made = backup(url, tmp_path / "b.backup")
        content = made.file.read_bytes()
        if content.startswith(b"\x1f\x8b"):
            content = gzip.decompress(content)
        secrets = (*keys.data.values(), keys.index, *keys.signing.values(), b"wang@example.cn", a_raw_mail(1000).data)
        for secret in secrets:
            assert secret.lower() not in content.lower()
        assert "钥匙环" in made.notice()
        assert "key ring" in made.notice("en")

    def test_a_backup_overwrites_nothing(self, url: str, tmp_path: Path) -> None:
        """An existing file stays as it is."""
        (tmp_path / "b.backup").write_text("mine")
        with pytest.raises(BadInput):
            backup(url, tmp_path / "b.backup")
        assert (tmp_path / "b.backup").read_text() == "mine"

    def test_a_restore_needs_an_empty_database(self, store: SqlStore, url: str, tmp_path: Path) -> None:
        """A database in which something happened is not overwritten."""
        file_tickets(store, 1)
        made = backup(url, tmp_path / "b.backup")
        with pytest.raises(BadInput, match="empty"):
            restore(made.file, url)

    def test_without_a_database_there_is_no_backup(self, empty_url: str, tmp_path: Path) -> None:
        """That is said before a file is made."""
        with pytest.raises(StoreUnavailable):
            backup(empty_url, tmp_path / "b.backup")
        assert not (tmp_path / "b.backup").exists()

    @pytest.mark.parametrize(
        "content", [b"", b"hello", b"SQLite format 3\0" + b"x" * 200, gzip.compress(b"[1]\n", mtime=0)]
    )
    def test_what_is_no_backup_is_refused(self, empty_url: str, tmp_path: Path, content: bytes) -> None:
        """Whatever the file holds, the answer is a sentence."""
        (tmp_path / "odd").write_bytes(content)
        with pytest.raises(BadInput):
            restore(tmp_path / "odd", empty_url)

    def test_a_file_that_is_not_there_is_refused(self, empty_url: str, tmp_path: Path) -> None:
        """A missing file is bad input, not a crash."""
        with pytest.raises(BadInput):
            restore(tmp_path / "missing", empty_url)
