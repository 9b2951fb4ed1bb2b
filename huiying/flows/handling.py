"""What a flow needs of the tables of handling: parts, analyses, extensions, timers, tasks, votes, appraisals. A part
of ``ports.py``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.analysis import Analysis
from core.domain.appraisal import Appraisal
from core.domain.extension import Extension, ExtensionState
from core.domain.part import Part, PartState
from core.domain.task import Task, TaskFilter, TaskRow
from core.domain.ticket import State
from core.domain.timer import RuleTimer, Timer
from core.domain.views import Page
from core.domain.vote import Vote


class Parts(Protocol):
    """Parts 协办 of tickets."""

    def of_ticket(self, ticket_id: int) -> tuple[Part, ...]: ...

    def get(self, part_id: int) -> Part | None: ...

    def add(self, new: Part) -> None: ...

    def change(self, changed: Part, expected: PartState) -> None:
        """``Conflict`` unless it still has the state ``expected``."""
        ...


class Analyses(Protocol):
    """Analyses 需求分析 of tickets."""

    def of_ticket(self, ticket_id: int) -> Analysis | None: ...

    def quadrants_of(self, ticket_ids: Sequence[int]) -> dict[int, int]:
        """By ticket, where a person said one."""
        ...

    def save(self, new: Analysis) -> None:
        """``Conflict`` unless the stored one has the version before."""
        ...


class Extensions(Protocol):
    """Extensions 延期 of promises."""

    def of_ticket(self, ticket_id: int) -> tuple[Extension, ...]: ...

    def get(self, extension_id: int) -> Extension | None: ...

    def asked(self, key: str, limit: int) -> Page[Extension]:
        """Those that wait for a lead on tickets that are not over, oldest first."""
        ...

    def add(self, new: Extension) -> None: ...

    def change(self, changed: Extension, expected: ExtensionState) -> None:
        """``Conflict`` unless it still has the state ``expected``."""
        ...


class Timers(Protocol):
    """What happens to tickets by itself."""

    def of_ticket(self, ticket_id: int) -> tuple[Timer, ...]: ...

    def set(self, ticket_id: int, timers: Sequence[Timer]) -> None:
        """Puts these in place of all timers of the ticket."""
        ...

    def drop(self, timer_id: int) -> bool:
        """False when it was gone already."""
        ...

    def due(self, now: datetime, limit: int) -> tuple[Timer, ...]:
        """Timers whose instant has come, earliest first: by index, cost grows with what is due."""
        ...

    def set_rules(self, ticket_id: int, timers: Sequence[RuleTimer]) -> None:
        """Puts these in place of all instants at which rules were to be asked about the ticket."""
        ...

    def add_rules(self, timers: Sequence[RuleTimer]) -> None:
        """Adds instants, but none for a rule that has one on that ticket already."""
        ...

    def standing(self, state: State, since: datetime, limit: int) -> tuple[tuple[int, datetime | None], ...]:
        """The newest tickets that arrived since then and are in that state, with when they came into it where that is
        known."""
        ...

    def acted(self, rule: str, tickets: Sequence[int]) -> frozenset[int]:
        """Those of the tickets on which that rule has held at its time after a state, otherwise than on trial."""
        ...

    def drop_rule(self, timer_id: int) -> bool:
        """False when it was gone already."""
        ...

    def rules_due(self, now: datetime, limit: int) -> tuple[RuleTimer, ...]:
        """As ``due``."""
        ...


class Tasks(Protocol):
    """Communication tasks 沟通任务."""

    def get(self, task_id: int) -> Task | None: ...

    def row(self, task_id: int) -> TaskRow | None: ...

    def of_ticket(self, ticket_id: int) -> tuple[TaskRow, ...]:
        """Of the ticket and of those that were merged into it: what is live, then what is over, the newest first."""
        ...

    def of_customers(self, customer_ids: Collection[int]) -> tuple[TaskRow, ...]:
        """In the same order."""
        ...

    def listed(self, which: TaskFilter, key: str, limit: int) -> Page[TaskRow]:
        """What is live by its due time, the earliest first; what is over by its end, the latest first."""
        ...

    def count(self, which: TaskFilter) -> int:
        """At most ``MOST_COUNTED``."""
        ...

    def overdue(self, now: datetime, limit: int) -> tuple[Task, ...]:
        """Those whose ``warn_at`` has come, earliest first: by index, cost grows with what is due."""
        ...

    def add(self, new: Task) -> bool:
        """False when there is one of that ``occasion`` already."""
        ...

    def change(self, changed: Task) -> Task:
        """The task as it is then; ``Conflict`` unless the stored one still has its version."""
        ...


class Votes(Protocol):
    """What customers said about results."""

    def last_of(self, customer_id: int) -> Vote | None:
        """The customer's newest vote, on whichever ticket."""
        ...

    def of_ticket(self, ticket_id: int) -> tuple[Vote, ...]: ...

    def save(self, new: Vote) -> None:
        """The customer's last word on that letter counts: it takes the place of an earlier one."""
        ...


class Appraisals(Protocol):
    """What customers think of us, once a half-year or a quarter."""

    def of_customer(self, customer_id: int) -> tuple[Appraisal, ...]:
        """The customer's last ones, under whichever of his addresses, the oldest first."""
        ...

    def given(self, since: datetime | None, before: datetime | None, after: int, limit: int) -> tuple[Appraisal, ...]:
        """Those given in that time with an id above ``after``, the oldest first."""
        ...

    def save(self, new: Appraisal) -> None:
        """The customer's last word on that term counts: it takes the place of an earlier one."""
        ...
