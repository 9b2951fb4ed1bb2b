"""Why each field has its value: the choice, what it overrode, the rules and the words behind it (判定依据)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import DECIDED_FIELDS, By, Choice, Decision, RuleHit
from core.domain.suggestion import FieldSuggestion
from core.domain.views import TicketDetail
from rules.actions import LETTER, RULE_FIELDS
from rules.orders import CLOCK_TIME

_MOST_EVIDENCE = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One field as the ticket has it now. ``hits`` is the rule that decided, ``also`` those that said the same,
    ``beaten`` those that said otherwise; ``agent`` is who decided it last, when a person did, and then ``before``
    what had been decided."""

    name: str
    value: str
    by: str
    because: str
    agent: str
    choice: Choice | None
    suggestion: FieldSuggestion | None
    hits: tuple[RuleHit, ...]
    also: tuple[RuleHit, ...]
    beaten: tuple[RuleHit, ...]

    @property
    def confidence(self) -> float | None:
        return self.choice.confidence if self.choice and self.choice.value == self.value else None

    @property
    def overridden(self) -> str:
        """The model's word when the value is another, else ''."""
        said = self.choice.suggested if self.choice else ""
        return said if said != self.value else ""

    @property
    def before(self) -> str:
        return self.choice.value if self.by == By.AGENT and self.choice and self.choice.value != self.value else ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Term:
    """A word that spoke for (or against); ``share`` is its part of the strongest one's weight, 0 to 100."""

    term: str
    is_for: bool
    share: int
    weight: float


def reasons(detail: TicketDetail, decision: Decision | None) -> tuple[Reason, ...]:
    """Every decided field of a ticket, in the order of the taxonomy."""
    return tuple(_reasons(detail, decision))


def _reasons(detail: TicketDetail, decision: Decision | None) -> Iterator[Reason]:
    agents = _agents(detail.corrections)
    ordered = [name for name in detail.ticket.fields if name in (*RULE_FIELDS, LETTER) or name.startswith(CLOCK_TIME)]
    for name in (*DECIDED_FIELDS, *ordered):
        choice = decision.choices.get(name) if decision else None
        value = detail.ticket.fields.get(name) or (choice.value if choice else "")
        if not value:
            continue
        by = detail.ticket.decided_by.get(name) or (choice.by if choice else "")
        hits = [h for h in decision.hits if not h.trial] if decision else []
        setting = [h for h in hits if _wanted(h, name) and name not in h.overridden]
        yield Reason(
            name=name,
            value=value,
            by=by,
            because=choice.because if choice and (by, value) == (choice.by, choice.value) else "",
            agent=agents.get(name, "") if by == By.AGENT else "",
            choice=choice,
            suggestion=decision.suggestion.fields.get(name) if decision else None,
            hits=tuple(h for h in setting if choice and h.id == choice.source),
            also=tuple(h for h in setting if choice and h.id != choice.source),
            beaten=tuple(h for h in hits if name in h.overridden),
        )


def _wanted(hit: RuleHit, name: str) -> bool:
    return any(field.removesuffix("_at_least") == name for field, _ in hit.sets)


def _agents(corrections: tuple[Correction, ...]) -> dict[str, str]:
    """Who touched each field last."""
    last: dict[str, str] = {}
    for done in sorted(corrections, key=lambda c: c.id):
        if done.kind is not CorrectionKind.UNDO:
            last.update((name, done.agent) for name, _ in done.after)
    return last


def terms(suggestion: FieldSuggestion) -> tuple[Term, ...]:
    """The strongest evidence, with lengths for its bars."""
    found = sorted(suggestion.evidence, key=lambda e: -abs(e.weight))[:_MOST_EVIDENCE]
    most = max((abs(e.weight) for e in found), default=1.0) or 1.0
    return tuple(
        Term(term=e.term, is_for=e.weight > 0, share=round(100 * abs(e.weight) / most), weight=e.weight) for e in found
    )
