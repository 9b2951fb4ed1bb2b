"""Who works on the tickets of a customer with an account manager 客户经理 (DOMAIN 4)."""

from __future__ import annotations

from core.domain.errors import BadInput
from core.domain.people import Permission
from huiying.flows.ports import Transaction


def manager_of(tx: Transaction, name: str) -> str:
    """The account manager; '' where there is none, or when he no longer works on tickets."""
    user = tx.people.user(name) if name else None
    return name if user is not None and user.may(Permission.WORK_TICKETS) else ""


def require_manager(tx: Transaction, name: str) -> None:
    """Raises ``BadInput`` for somebody who works on no tickets."""
    if name and not manager_of(tx, name):
        known = ", ".join(one.name for one in tx.people.users() if manager_of(tx, one.name))
        raise BadInput(f"没有处理工单的用户 {name[:40]} (no user who works on tickets: {known})")
