"""The contract of stored tokens."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import select

from core.domain.tokens import MailboxToken
from store.open import SqlStore
from store.tables import oauth_token
from tests.unit.store.values import NOW

TOKEN = MailboxToken(
    mailbox="service", access="access-1", refresh="refresh-1", expires=NOW + timedelta(hours=1), obtained=NOW
)


class TestTokens:
    def test_what_is_saved_is_found_again_and_sealed(self, store: SqlStore) -> None:
        """The row itself tells no token."""
        with store.write() as tx:
            assert tx.tokens.of("service") is None
            assert tx.tokens.save(TOKEN)
        with store.read() as tx:
            assert tx.tokens.of("service") == replace(TOKEN, serial=1)
            assert tx.tokens.of("other") is None
            row = tx.tokens._unit.row(select(oauth_token))
            assert row is not None
            assert b"access-1" not in bytes(row.access) and b"refresh-1" not in bytes(row.refresh)
        assert "access-1" not in repr(TOKEN) and "refresh-1" not in repr(TOKEN)

    def test_an_older_answer_never_takes_the_place_of_a_newer_one(self, store: SqlStore) -> None:
        """Two refreshes began from one row: the second to end changes nothing. A person's new sign-in always counts."""
        with store.write() as tx:
            tx.tokens.save(TOKEN)
            assert tx.tokens.save(replace(TOKEN, refresh="refresh-2", serial=1))
            assert not tx.tokens.save(replace(TOKEN, refresh="refresh-late", serial=1))
            assert tx.tokens.of("service") == replace(TOKEN, refresh="refresh-2", serial=2)
            assert tx.tokens.save(replace(TOKEN, refresh="signed-in-anew"))
            found = tx.tokens.of("service")
        assert found is not None and (found.refresh, found.serial) == ("signed-in-anew", 3)

    def test_one_refresh_at_a_time(self, store: SqlStore) -> None:
        """A lease is had once, until it is given back, the tokens are saved, or its time is over."""
        with store.write() as tx:
            tx.tokens.save(TOKEN)
            assert tx.tokens.take("service", 11, 60)
            assert not tx.tokens.take("service", 12, 60)
            tx.tokens.give_back("service", 12, "")
            assert not tx.tokens.take("service", 12, 60)
            tx.tokens.give_back("service", 11, "invalid_grant")
            found = tx.tokens.of("service")
            assert found is not None and found.trouble == "invalid_grant"
            assert tx.tokens.take("service", 12, 60)
            tx.tokens.save(replace(TOKEN, serial=1))
            assert tx.tokens.take("service", 13, -1)
            assert tx.tokens.take("service", 14, 60)

    def test_a_mailbox_without_tokens_can_be_leased(self, store: SqlStore) -> None:
        """An application gets its first token so."""
        with store.write() as tx:
            assert tx.tokens.take("app", 1, 60)
            found = tx.tokens.of("app")
            assert found is not None and (found.access, found.serial) == ("", 0)

    def test_a_withdrawn_token_is_expired_once(self, store: SqlStore) -> None:
        """Only that of the serial: the next one is not touched."""
        with store.write() as tx:
            tx.tokens.save(TOKEN)
            tx.tokens.expire("service", 7)
            found = tx.tokens.of("service")
            assert found is not None and found.expires == TOKEN.expires
            tx.tokens.expire("service", 1)
            found = tx.tokens.of("service")
            assert found is not None and found.expires < NOW
            assert tx.tokens.forget("service") and not tx.tokens.forget("service")
