"""A communication task 沟通任务: what somebody is to do for a customer by when (DOMAIN 7, 8 and 10)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class TaskKind(StrEnum):
    FOLLOW_UP = "follow_up"
    HAND_OVER = "hand_over"
    CALL_BACK = "call_back"
    SATISFACTION_ROUND = "satisfaction_round"
    KEY_DATE = "key_date"
    GONE_QUIET = "gone_quiet"
    CONTENT = "content"
    GIFT = "gift"


class TaskState(StrEnum):
    """``asked``: a lead has to approve it before it is to be done."""

    ASKED = "asked"
    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


TO_APPROVE = (TaskKind.GIFT,)
"""What a lead approves first (DOMAIN 8)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """It is about a customer, a ticket, or both (0 for none); ``owner`` does it, or whoever of the ``team`` takes it.

    ``occasion`` is unique: the same is never made twice. ``because`` is why: ``call:ID`` of a message, ``mail:ID`` of a
    demand that an agent logged, ``plan:NAME``, or ``person``. ``words`` say what to do, ``wording`` is prepared for the
    customer, in his language; ``reason`` is why it was dropped. ``warn_at`` is when its owner is told that it is
    overdue, None when that is done or needless; ``version`` counts the changes, from 1."""

    id: int
    kind: TaskKind
    occasion: str
    due: datetime
    at: datetime
    customer_id: int = 0
    ticket_id: int = 0
    owner: str = ""
    team: str = ""
    words: str = ""
    wording: str = ""
    state: TaskState = TaskState.OPEN
    made_by: str = ""
    because: str = ""
    ended: datetime | None = None
    ended_by: str = ""
    reason: str = ""
    warn_at: datetime | None = None
    version: int = 1

    @property
    def is_live(self) -> bool:
        """Whether somebody still has to do it, or to approve it."""
        return self.ended is None

    @property
    def subject(self) -> str:
        """Under which its lines stand in the trail: its ticket, else its customer."""
        return f"ticket:{self.ticket_id}" if self.ticket_id else f"customer:{self.customer_id}"


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFilter:
    """Which tasks a list shows: those that are live, or with ``ended`` those that are over. Empty is all: of every
    owner, of every team, in every state, due whenever."""

    owner: str = ""
    teams: tuple[str, ...] = ()
    since: datetime | None = None
    before: datetime | None = None
    ended: bool = False
    state: TaskState | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskRow:
    """A task as a list shows it: with its customer's name and its ticket's number and subject, '' where there is
    none."""

    task: Task
    customer: str = ""
    number: str = ""
    subject: str = ""
