"""The contract of the tokens of programs."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from sqlalchemy import select

from core.domain.api_token import ApiScope, ApiToken, new_secret
from store.open import SqlStore
from store.tables import api_token
from tests.unit.store.values import NOW, minutes

SECRET = new_secret(b"p" * 32)
PORTAL = ApiToken(id=1, name="portal", may=ApiScope.MESSAGES, created=NOW)


class TestApiTokens:
    def test_a_token_is_found_by_its_secret_and_stored_without_it(self, store: SqlStore) -> None:
        """By a digest that needs the key ring; a name is had once; a removed one is gone."""
        other = ApiToken(id=2, name="monitor", may=ApiScope.READ, created=NOW, until=minutes(60))
        with store.write() as tx:
            assert tx.api_tokens.add(PORTAL, SECRET) and tx.api_tokens.add(other, new_secret(b"q" * 32))
            assert not tx.api_tokens.add(replace(PORTAL, id=3), new_secret(b"r" * 32))
        with store.read() as tx:
            assert tx.api_tokens.by_secret(SECRET) == PORTAL
            assert tx.api_tokens.by_secret(SECRET[:-1]) is None
            assert tx.api_tokens.all() == (other, PORTAL)
            row = tx.api_tokens._unit.row(select(api_token).where(api_token.c.id == 1))
            assert row is not None and SECRET.encode() not in bytes(row.digest)
            assert bytes(row.digest) != hashlib.sha256(SECRET.encode()).digest()[: len(row.digest)]
        with store.write() as tx:
            assert tx.api_tokens.remove("portal") == PORTAL
            assert tx.api_tokens.remove("portal") is None and tx.api_tokens.by_secret(SECRET) is None

    def test_the_last_use_is_noted_once_in_a_while(self, store: SqlStore) -> None:
        """Of many that ask at the same time one writes."""
        with store.write() as tx:
            tx.api_tokens.add(PORTAL, SECRET)
            for at, unless_since in ((10, -50), (20, -40), (70, 10)):
                tx.api_tokens.used(1, minutes(at), minutes(unless_since))
                [token] = tx.api_tokens.all()
                assert token.last_used == minutes(70 if at == 70 else 10)
