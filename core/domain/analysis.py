"""An analysis 需求分析: what the team makes of a demand, how it means to talk to the customer, and what it learned from
it (DOMAIN 7 and 8)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

CHECKS = ("in_service", "customary", "feasible")
"""The three checks of reasonableness: within our service, within the trade's norms, feasible (DOMAIN A5)."""
RESOURCES = ("people", "technology", "budget")
"""人力, 技术, 预算: what it takes, in words."""


class Reasonable(StrEnum):
    YES = "yes"
    PARTLY = "partly"
    NO = "no"


class Advice(StrEnum):
    AT_ONCE = "at-once"
    NEEDS_RESOURCES = "needs-resources"
    NEEDS_ALTERNATIVE = "needs-alternative"


class Way(StrEnum):
    """How the customer is to be reached (DOMAIN A8)."""

    PHONE = "phone"
    ONLINE = "online"
    MAIL = "mail"
    MEETING = "meeting"
    MANAGER = "manager"


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """One a ticket. What is not said is None, 0 or empty; ``quadrant`` 1 to 4 stands above the computed one. ``aim``,
    ``way``, ``wording`` and ``fallback`` are the communication plan: its owner is the ticket's, its points in time are
    the promises. ``cause`` is a key of the desk's list of root causes. Words are masked; ``version`` counts the
    changes, from 1."""

    ticket_id: int
    version: int
    analyst: str
    at: datetime
    in_service: bool | None = None
    customary: bool | None = None
    feasible: bool | None = None
    reasonable: Reasonable | None = None
    advice: Advice | None = None
    people: str = ""
    technology: str = ""
    budget: str = ""
    quadrant: int = 0
    aim: str = ""
    way: Way | None = None
    wording: str = ""
    fallback: str = ""
    cause: str = ""
    cause_words: str = ""
    improvement: str = ""

    @property
    def judged(self) -> Reasonable | None:
        """Whether it is reasonable: as somebody said, else as the three checks together say once all are answered."""
        checks = (self.in_service, self.customary, self.feasible)
        if self.reasonable is not None or None in checks:
            return self.reasonable
        return Reasonable.YES if all(checks) else Reasonable.PARTLY if any(checks) else Reasonable.NO

    @property
    def says_something(self) -> bool:
        """Whether anything is said but who said it."""
        chosen = (self.in_service, self.customary, self.feasible, self.reasonable, self.advice, self.way)
        plan = (self.aim, self.wording, self.fallback)
        words = (self.people, self.technology, self.budget, self.cause, self.cause_words, self.improvement, *plan)
        return any(one is not None for one in chosen) or bool(self.quadrant) or any(words)


def usual_way(*, level: str, priority: str, is_complex: bool) -> Way:
    """By which way such customers are reached, unless they prefer another: a VIP by his account manager, what is of
    high priority by telephone, what is complex in a meeting, everything else by mail (DOMAIN A8)."""
    if level == "VIP":
        return Way.MANAGER
    if priority == "高":
        return Way.PHONE
    return Way.MEETING if is_complex else Way.MAIL
