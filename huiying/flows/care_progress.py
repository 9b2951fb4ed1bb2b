"""What care plans ask of the store. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date, datetime
from typing import Protocol

from core.domain.care_plan import PlanProgress, PutOff


class Care(Protocol):
    def progress(self, plans: Collection[str]) -> Mapping[str, PlanProgress]:
        """How far each of these plans has come; without those that never began."""
        ...

    def save(self, plan: str, progress: PlanProgress) -> None: ...

    def put_off(self, one: PutOff, until: datetime) -> None:
        """He is tried again then."""
        ...

    def put_off_until(self, now: datetime, limit: int) -> tuple[PutOff, ...]:
        """Those whose time has come by now, the earliest first: by index, cost grows with what is due."""
        ...

    def take_up(self, one: PutOff) -> None:
        """He is not put off any more."""
        ...

    def made_on(self, day: date) -> int:
        """How many letters and tasks plans have made on that day."""
        ...

    def note_made(self, day: date, count: int) -> None:
        """So many in all by now."""
        ...

    def contacts(self, since: datetime, before: datetime, after: int, limit: int) -> tuple[tuple[int, int, int], ...]:
        """Messages to or from customers that were filed in that time, with ids above ``after``: (message, ticket,
        customer), the oldest first. By the primary key."""
        ...

    def last_contact(self, customer_id: int) -> int:
        """The id of the newest message to or from him, under whichever of his addresses; 0 for none."""
        ...

    def was_made(self, customer_id: int, occasions: Collection[str]) -> bool:
        """Whether there is a task for one of these occasions, or a letter of care to that customer."""
        ...
