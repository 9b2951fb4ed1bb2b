"""How many letters each mailbox may send now: what its account's limit leaves, over all processes and machines."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from core.domain.letter import SendLimit
from huiying.flows.context import Context
from huiying.flows.ports import Store, Transaction


class Room:
    """Of the account that each mailbox asks first; mailboxes of one account share what it leaves. What a fall-back
    takes is counted by ``admit``, letter by letter."""

    def __init__(self, ctx: Context, mailboxes: Iterable[str]) -> None:
        self._now = ctx.now()
        self._left = {name: ctx.transport.room(name) for name in mailboxes}
        limits = {name: ctx.transport.limit(name) for name in self._left}
        self._limits = {name: limit for name, limit in limits.items() if limit is not None}
        self._used: dict[str, int] = {}

    def look(self, tx: Transaction) -> None:
        """Counts what the others sent; until the transaction ends they wait to do the same."""
        for limit in self._accounts():
            shared = tx.accounts.room(limit, self._now)
            for name in self._mailboxes(limit.account):
                self._left[name] = min(self._left[name], shared)

    def note(self, tx: Transaction) -> None:
        """Tells the others what goes out now."""
        for account in sorted(self._used):
            tx.accounts.note(account, self._used[account], self._now)

    def full(self) -> list[str]:
        return [name for name, left in self._left.items() if left <= 0]

    def is_full(self) -> bool:
        """Whether no mailbox at all may send."""
        return bool(self._left) and len(self.full()) == len(self._left)

    def lets(self, mailbox: str) -> bool:
        """Whether one more may go; a mailbox that is no more is not asked."""
        return self._left.get(mailbox, 1) > 0

    def take(self, mailbox: str) -> None:
        limit = self._limits.get(mailbox)
        if limit is not None:
            self._used[limit.account] = self._used.get(limit.account, 0) + 1
        for name in self._mailboxes(limit.account) if limit else (mailbox,):
            if name in self._left:
                self._left[name] -= 1

    def _accounts(self) -> list[SendLimit]:
        """Each once, always in the same order: two processes never wait for each other."""
        return sorted(set(self._limits.values()), key=lambda limit: (limit.account, limit.per_minute))

    def _mailboxes(self, account: str) -> list[str]:
        return [name for name, limit in self._limits.items() if limit.account == account]


def admit(store: Store, limit: SendLimit, now: datetime) -> bool:
    """Takes one letter of a fall-back's limit, over all processes and machines; False when nothing is left."""
    with store.write() as tx:
        left = tx.accounts.room(limit, now)
        if left > 0:
            tx.accounts.note(limit.account, 1, now)
    return left > 0
