"""The sheets 表格 that people fill in today (DOMAIN 12), and everything of one ticket that a row of them tells."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from core.domain.analysis import Analysis
from core.domain.correction import Correction
from core.domain.part import Part
from core.domain.promise import Promise
from core.domain.task import Task
from core.domain.ticket import Customer, Message, Ticket
from core.domain.views import AuditRow
from core.domain.vote import Vote


class Sheet(StrEnum):
    """In the order of their numbers."""

    DEMANDS = "demands"
    ANALYSIS = "analysis"
    COMMUNICATION = "communication"
    EXECUTION = "execution"
    RESPONSE = "response"
    PROBLEMS = "problems"
    CALL_BACKS = "call-backs"
    SATISFACTION = "satisfaction"

    @property
    def number(self) -> int:
        """From 1."""
        return list(Sheet).index(self) + 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SheetCase:
    """One ticket as sheets read it. ``messages`` are without HTML, and without letters of ours that have not left;
    ``trail`` are the lines of the audit trail about it, those of the message by which an agent logged it first;
    ``into`` is the number of the ticket that it was merged into or linked to."""

    ticket: Ticket
    customer: Customer | None = None
    messages: tuple[Message, ...] = ()
    promises: tuple[Promise, ...] = ()
    parts: tuple[Part, ...] = ()
    corrections: tuple[Correction, ...] = ()
    votes: tuple[Vote, ...] = ()
    tasks: tuple[Task, ...] = ()
    trail: tuple[AuditRow, ...] = ()
    analysis: Analysis | None = None
    into: str = ""
