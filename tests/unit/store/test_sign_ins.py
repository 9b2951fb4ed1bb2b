"""The contract of second factors and of sign-ins that wait for one."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select

from core.domain.people import User
from core.domain.second_factor import SecondFactor, SignInStep
from store.open import SqlStore
from store.tables import recovery_code, second_factor
from tests.unit.store.values import NOW, minutes

FACTOR = SecondFactor(user_id=1, secret="GEZDGNBV", pending="QGEZDGNB", until=minutes(15), since=NOW, last_step=7)


class TestSignIns:
    @pytest.fixture(autouse=True)
    def people(self, store: SqlStore) -> None:
        with store.write() as tx:
            for id_, name in ((1, "li"), (2, "an")):
                tx.people.save(User(id=id_, name=name, password_hash="x"))

    def test_a_factor_is_kept_sealed_and_changed(self, store: SqlStore) -> None:
        """Both secrets are found again and stand nowhere as they are; one that only waits is not in force."""
        waiting = SecondFactor(user_id=2, pending="QGEZDGNB", until=minutes(15))
        with store.write() as tx:
            assert tx.sign_ins.factor(1) == SecondFactor(user_id=1)
            tx.sign_ins.save(FACTOR)
            tx.sign_ins.save(waiting)
            assert tx.sign_ins.factor(1) == FACTOR and tx.sign_ins.factor(2) == waiting
            assert tx.sign_ins.with_factor() == {1}
            row = tx.sign_ins._unit.row(select(second_factor).where(second_factor.c.user_id == 1))
            assert row is not None and b"GEZDGNBV" not in bytes(row.secret) and b"QGEZDGNB" not in bytes(row.pending)
            later = replace(FACTOR, pending="", until=None, last_step=8)
            tx.sign_ins.save(later)
            assert tx.sign_ins.factor(1) == later
            assert tx.sign_ins.remove(1) and not tx.sign_ins.remove(1)
            assert tx.sign_ins.with_factor() == frozenset()

    def test_a_recovery_code_is_good_once(self, store: SqlStore) -> None:
        """For its owner; new ones take the place of all; they go with the factor, and none is stored as it is."""
        with store.write() as tx:
            tx.sign_ins.give_codes(1, ["AAAA", "BBBB"])
            tx.sign_ins.give_codes(2, ["CCCC"])
            assert not tx.sign_ins.use_code(2, "AAAA") and tx.sign_ins.use_code(1, "AAAA")
            assert not tx.sign_ins.use_code(1, "AAAA") and tx.sign_ins.codes_left(1) == 1
            rows = tx.sign_ins._unit.rows(select(recovery_code.c.digest))
            assert not [row for row in rows if b"BBBB" in bytes(row.digest) or b"CCCC" in bytes(row.digest)]
            tx.sign_ins.give_codes(1, ["DDDD"])
            assert not tx.sign_ins.use_code(1, "BBBB") and tx.sign_ins.codes_left(1) == 1
            tx.sign_ins.remove(1)
            assert (tx.sign_ins.codes_left(1), tx.sign_ins.codes_left(2)) == (0, 1)

    def test_a_step_ends(self, store: SqlStore) -> None:
        """Once, after its time, with all of its user's, and when he is let in differently."""
        steps = [SignInStep(token_hash=name, user_id=1, expires=minutes(15)) for name in "abcd"]
        with store.write() as tx:
            for each in (*steps, SignInStep(token_hash="an", user_id=2, expires=minutes(15))):
                tx.sign_ins.begin(each, NOW)
            assert tx.sign_ins.step("a", minutes(14)) == steps[0]
            assert tx.sign_ins.step("a", minutes(15)) is tx.sign_ins.step("x", NOW) is None
            assert tx.sign_ins.end("a") and not tx.sign_ins.end("a")
            tx.sign_ins.end_all(1)
            assert tx.sign_ins.step("b", NOW) is None and tx.sign_ins.step("an", NOW) is not None
            tx.sign_ins.begin(steps[1], NOW)
            tx.people.save(User(id=1, name="li", password_hash="x", language="en"))
            assert tx.sign_ins.step("b", NOW) is not None
            tx.people.save(User(id=1, name="li", password_hash="y"))
            assert tx.sign_ins.step("b", NOW) is None
            tx.sign_ins.begin(SignInStep(token_hash="new", user_id=1, expires=minutes(40)), minutes(15))
            assert not tx.sign_ins.end("an") and tx.sign_ins.end("new")
