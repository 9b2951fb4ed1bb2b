"""Second factors, sealed; their recovery codes, as keyed digests; and sign-ins that wait for one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.domain.second_factor import SecondFactor, SignInStep
from store.tables import recovery_code, second_factor
from store.tables import sign_in_step as steps
from store.unit import Unit


class SqlSignIns:
    """Conforms to ``huiying.flows.sign_ins.SignIns``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def factor(self, user_id: int) -> SecondFactor:
        row = self._unit.row(select(second_factor).where(second_factor.c.user_id == user_id))
        if row is None:
            return SecondFactor(user_id=user_id)
        return SecondFactor(
            user_id=user_id,
            secret=self._opened(row.secret, "secret", user_id),
            pending=self._opened(row.pending, "pending", user_id),
            until=row.until,
            since=row.since,
            last_step=row.last_step,
        )

    def with_factor(self) -> frozenset[int]:
        c = second_factor.c
        return frozenset(row.user_id for row in self._unit.rows(select(c.user_id).where(c.since.is_not(None))))

    def save(self, factor: SecondFactor) -> None:
        columns = {
            "secret": self._sealed(factor.secret, "secret", factor.user_id),
            "pending": self._sealed(factor.pending, "pending", factor.user_id),
            "until": factor.until,
            "since": factor.since,
            "last_step": factor.last_step,
        }
        insert = self._unit.insert(second_factor).values(user_id=factor.user_id, **columns)
        self._unit.change(insert.on_conflict_do_update(index_elements=["user_id"], set_=columns), quiet=True)

    def remove(self, user_id: int) -> bool:
        self._unit.change(recovery_code.delete().where(recovery_code.c.user_id == user_id), quiet=True)
        gone = second_factor.delete().where(second_factor.c.user_id == user_id)
        return self._unit.change(gone, quiet=True) == 1

    def give_codes(self, user_id: int, codes: Sequence[str]) -> None:
        self._unit.change(recovery_code.delete().where(recovery_code.c.user_id == user_id), quiet=True)
        rows = [{"user_id": user_id, "digest": self._digest(code)} for code in codes]
        self._unit.change(recovery_code.insert(), rows, quiet=True)

    def use_code(self, user_id: int, code: str) -> bool:
        c = recovery_code.c
        used = recovery_code.delete().where(c.user_id == user_id, c.digest == self._digest(code))
        return self._unit.change(used, quiet=True) == 1

    def codes_left(self, user_id: int) -> int:
        return int(self._unit.value(select(func.count()).where(recovery_code.c.user_id == user_id)))

    def begin(self, step: SignInStep, now: datetime) -> None:
        self._unit.change(steps.delete().where(steps.c.expires <= now), quiet=True)
        row = {"token_hash": step.token_hash, "user_id": step.user_id, "expires": step.expires}
        self._unit.change(steps.insert(), row, quiet=True)

    def step(self, token_hash: str, now: datetime) -> SignInStep | None:
        row = self._unit.row(select(steps).where(steps.c.token_hash == token_hash, steps.c.expires > now))
        if row is None:
            return None
        return SignInStep(token_hash=row.token_hash, user_id=row.user_id, expires=row.expires)

    def end(self, token_hash: str) -> bool:
        return self._unit.change(steps.delete().where(steps.c.token_hash == token_hash), quiet=True) == 1

    def end_all(self, user_id: int) -> None:
        self._unit.change(steps.delete().where(steps.c.user_id == user_id), quiet=True)

    def _sealed(self, secret: str, column: str, user_id: int) -> bytes | None:
        return self._unit.seal.seal(secret.encode(), f"second_factor.{column}.{user_id}") if secret else None

    def _opened(self, sealed: bytes | None, column: str, user_id: int) -> str:
        return self._unit.seal.open(sealed, f"second_factor.{column}.{user_id}").decode() if sealed else ""

    def _digest(self, code: str) -> bytes:
        return self._unit.seal.digest("recovery-code", code)
