"""What was decided about a message, by whom and because of what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.suggestion import NO_SUGGESTION, Suggestion


class By(StrEnum):
    """Who made a choice; an agent's binds, then a rule's, then the model's (DESIGN 3.5)."""

    AGENT = "agent"
    RULE = "rule"
    MODEL = "model"
    DERIVED = "derived"
    DEFAULT = "default"


class Occasion(StrEnum):
    """When rules are asked: a demand arrives, its customer replies, an agent has changed its fields, one of its clocks
    warns or runs out, or it has been in a state for some time."""

    ARRIVAL = "arrival"
    REPLY = "reply"
    CHANGE = "change"
    CLOCK = "clock"
    AFTER = "after"


DECIDED_FIELDS = ("type", "urgency", "emotion", "topic", "impact", "gravity", "priority", "team")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One decided field with its reason. ``source`` is the rule id, model version or user name."""

    value: str
    by: By
    because: str = ""
    source: str = ""
    suggested: str = ""
    confidence: float | None = None
    accepted: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """A place in a message's text that made a condition true."""

    where: str
    text: str
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """A rule that matched. ``where`` is file:line; ``sets`` what it wanted; ``overridden`` the fields another won."""

    id: str
    where: str
    title: str = ""
    words: tuple[Words, ...] = ()
    sets: tuple[tuple[str, str], ...] = ()
    overridden: tuple[str, ...] = ()
    trial: bool = False
    error: str = ""

    @property
    def acts(self) -> bool:
        """Whether the rule decides, and is told to the model: one on trial or that failed does neither."""
        return not self.trial and not self.error


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything besides the mail that a decision looked at; stored with it, so that it can be recomputed.

    ``level`` and ``tags`` are the customer's; ``received`` is the arrival (aware, UTC); ``working`` says
    whether the calendar counted that instant; ``is_reply`` whether the mail joined a ticket; ``headers`` are those
    that a rule of the book asks about, ``recent`` the customer's tickets of so many days, (days, tickets), likewise;
    ``last_score`` is the customer's last vote from 1 to 5, 0 without one; ``to`` says how many of the recipients stand
    in To (-1: not known), the others in Cc.

    Later than on arrival ``at`` is when the rules were asked, ``state`` and ``age`` (whole minutes since the arrival)
    are the ticket's, ``fields`` and ``decided_by`` what stood there and by whom, and ``urged`` whether its customer
    has asked where the answer is. ``clock`` and ``clock_event`` say which clock did what, ``rule`` whose time had come.
    """

    received: datetime
    mailbox: str = ""
    channel: str = "email"
    level: str = "普通"
    tags: tuple[str, ...] = ()
    known_sender: bool = False
    open_tickets: int = 0
    is_reply: bool = False
    working: bool = True
    company: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    industry: str = ""
    recent: tuple[tuple[int, int], ...] = ()
    last_score: float = 0.0
    to: int = -1
    occasion: Occasion = Occasion.ARRIVAL
    at: datetime | None = None
    state: str = ""
    age: int = 0
    urged: bool = False
    fields: tuple[tuple[str, str], ...] = ()
    decided_by: tuple[tuple[str, str], ...] = ()
    clock: str = ""
    clock_event: str = ""
    rule: str = ""

    @property
    def instant(self) -> datetime:
        """When the rules were asked."""
        return self.at or self.received


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """All decided fields with the facts, hits, bundle and model version they came from.

    ``letter`` is empty, or the reason a rule gave for sending none; ``spam`` the verdict of a rule."""

    choices: Mapping[str, Choice]
    facts: Facts
    hits: tuple[RuleHit, ...] = ()
    bundle: str = ""
    model: str = ""
    suggestion: Suggestion = NO_SUGGESTION
    tags: tuple[str, ...] = ()
    letter: str = ""
    spam: bool = False
    occasion: Occasion = Occasion.ARRIVAL

    def value(self, name: str) -> str:
        choice = self.choices.get(name)
        return choice.value if choice else ""
