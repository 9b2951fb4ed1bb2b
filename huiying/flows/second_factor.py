"""The second factor of a person: set up, asked for, changed, switched off, and reset for who lost his telephone."""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum

from core.domain.errors import BadInput, NotFound
from core.domain.filing import AuditEntry
from core.domain.people import User
from core.domain.second_factor import PATIENCE, SecondFactor
from huiying.flows.context import Context
from huiying.flows.one_time_code import new_recovery_codes, new_secret, recovery_code, step_of, typed
from huiying.flows.ports import Transaction


class Answer(StrEnum):
    RIGHT = ""
    WRONG = "wrong"
    USED = "used"


def answer(ctx: Context, tx: Transaction, user: User, code: str) -> Answer:
    """Whether that is the code of now, or a recovery code: neither is good again. The caller holds the user."""
    factor = tx.sign_ins.factor(user.id)
    step = step_of(factor.secret, typed(code), ctx.now()) if factor.is_on else 0
    if step:
        if step <= factor.last_step:
            return Answer.USED
        tx.sign_ins.save(replace(factor, last_step=step))
        return Answer.RIGHT
    if factor.is_on and tx.sign_ins.use_code(user.id, recovery_code(code)):
        note(ctx, tx, user.name, "person.recovery-code", user, left=str(tx.sign_ins.codes_left(user.id)))
        return Answer.RIGHT
    return Answer.WRONG


def begin(ctx: Context, tx: Transaction, user: User, random: bytes) -> None:
    """A new secret, which is in force once a first code of it was given; one that is in force stays so till then. No
    sign-in that waits elsewhere is shown it."""
    tx.sign_ins.end_all(user.id)
    factor = tx.sign_ins.factor(user.id)
    tx.sign_ins.save(replace(factor, pending=new_secret(random), until=ctx.now() + PATIENCE))


def confirm(ctx: Context, tx: Transaction, user: User, code: str, random: bytes) -> tuple[str, ...]:
    """The recovery codes, told this once; none when the code is wrong. The caller holds the user and ends what else he
    has open: it was opened without."""
    factor = tx.sign_ins.factor(user.id)
    secret = factor.waiting(ctx.now())
    step = step_of(secret, typed(code), ctx.now()) if secret else 0
    if not step:
        return ()
    tx.sign_ins.save(SecondFactor(user_id=user.id, secret=secret, since=ctx.now(), last_step=step))
    note(ctx, tx, user.name, f"person.second-factor-{'changed' if factor.is_on else 'on'}", user)
    return _give_codes(tx, user, random)


def renew_codes(ctx: Context, tx: Transaction, user: User, random: bytes) -> tuple[str, ...]:
    """Ten new ones; those that he had are good no more."""
    note(ctx, tx, user.name, "person.recovery-codes", user)
    return _give_codes(tx, user, random)


def switch_off(ctx: Context, tx: Transaction, user: User) -> None:
    """Raises ``BadInput`` where the role must have one."""
    if user.role in ctx.desk().people.second_factor_of:
        raise BadInput("您的角色必须使用两步验证 (your role needs two-step verification)")
    tx.sign_ins.remove(user.id)
    note(ctx, tx, user.name, "person.second-factor-off", user)


def reset(ctx: Context, name: str, by: str) -> bool:
    """Whoever lost telephone and recovery codes signs in by the password alone again; what he has open ends. False when
    there was nothing to take away. Raises ``NotFound``."""
    with ctx.store.write() as tx:
        user = tx.people.user(name, hold=True)
        if user is None:
            raise NotFound(f"没有用户 {name} (no such user)")
        if not tx.sign_ins.remove(user.id):
            return False
        tx.sign_ins.end_all(user.id)
        tx.people.end_sessions(user.id)
        note(ctx, tx, by, "user.second-factor-reset", user)
    return True


def note(ctx: Context, tx: Transaction, by: str, action: str, user: User, **details: str) -> None:
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=by, action=action, subject=f"user:{user.id}", details=tuple(details.items())
    )
    tx.audit.add([entry])


def _give_codes(tx: Transaction, user: User, random: bytes) -> tuple[str, ...]:
    codes = new_recovery_codes(random)
    tx.sign_ins.give_codes(user.id, [recovery_code(code) for code in codes])
    return codes
