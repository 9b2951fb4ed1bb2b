"""The condition ``customer``: level, tags, company, industry, whether we know the sender, tickets and last score."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict

from core.domain.decision import Words
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.lexicon import fold_for_matching
from rules.looking import Look
from rules.operators.amount import BOUNDS, Amount, read_amount, read_bounds
from rules.operators.folded import read_folded

_KEYS = ("level", "tags_any", "tags_none", "company", "industry", "known", "open_tickets", "tickets", "last_score")
_MOST_DAYS = 3650
_SCORES = (1, 5)


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIs(Plain):
    """The customer has one of the levels, one of the tags and none of the barred ones and so on; what is not
    written does not matter."""

    levels: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()
    companies: tuple[str, ...] = ()
    industries: tuple[str, ...] = ()
    known: bool | None = None
    open_tickets: Amount | None = None
    days: int = 0
    tickets: Amount | None = None
    last_score: Amount | None = None

    def holds(self, look: Look) -> bool:
        facts = look.facts
        return (
            (self.levels is None or facts.level in self.levels)
            and (self.tags is None or not self.tags.isdisjoint(facts.tags))
            and self.barred.isdisjoint(facts.tags)
            and (not self.companies or _has(facts.company, self.companies))
            and (not self.industries or _has(facts.industry, self.industries))
            and (self.known is None or facts.known_sender == self.known)
            and (self.open_tickets is None or self.open_tickets.fits(facts.open_tickets))
            and (self.tickets is None or self.tickets.fits(dict(facts.recent).get(self.days, 0)))
            and (self.last_score is None or self._scored(facts.last_score))
        )

    def _scored(self, score: float) -> bool:
        """Who has never voted has no score."""
        return score > 0 and self.last_score is not None and self.last_score.fits(round(score))

    def quotes(self, look: Look) -> tuple[Words, ...]:
        if self.levels is not None:
            return (Words(where="customer", text=look.facts.level),)
        return tuple(Words(where="customer", text=tag) for tag in look.facts.tags if self.tags and tag in self.tags)


def _has(text: str, words: tuple[str, ...]) -> bool:
    folded = fold_for_matching(text)
    return any(word in folded for word in words)


def read(reader: Reader, node: Node, making: Making) -> CustomerIs | None:
    entries = reader.mapping(node, ("customer", "customer"), optional=_KEYS)
    if not entries:
        return None
    levels = None
    if "level" in entries:
        items = getattr(entries["level"], "items", (entries["level"],))
        levels = frozenset(
            key for key in (reader.value_of(item, making.taxonomy, "level") for item in items) if key is not None
        )
    return CustomerIs(
        word="customer",
        line=node.line,
        levels=levels,
        tags=frozenset(reader.texts(entries["tags_any"], ("tags_any", "tags_any"))) if "tags_any" in entries else None,
        barred=frozenset(reader.texts(entries["tags_none"], ("tags_none",) * 2))
        if "tags_none" in entries
        else frozenset(),
        companies=read_folded(reader, entries.get("company"), "company"),
        industries=read_folded(reader, entries.get("industry"), "industry"),
        known=reader.flag(entries["known"], ("known", "known")) if "known" in entries else None,
        open_tickets=read_amount(reader, entries["open_tickets"], "open_tickets")
        if "open_tickets" in entries
        else None,
        **_read_tickets(reader, entries.get("tickets"), making),
        last_score=_read_score(reader, entries.get("last_score"), making),
    )


class _Tickets(TypedDict, total=False):
    days: int
    tickets: Amount


def _read_tickets(reader: Reader, node: Node | None, making: Making) -> _Tickets:
    """So many tickets within so many days, the new one not among them."""
    what = ("tickets", "tickets")
    entries = reader.mapping(node, what, required=("days",), optional=BOUNDS) if node is not None else None
    if node is None or entries is None or "days" not in entries:
        return {}
    days = reader.integer(entries["days"], ("days", "days"), low=1, high=_MOST_DAYS)
    if not entries.keys() & set(BOUNDS):
        reader.problem(
            node,
            "tickets 要写数量",
            "tickets needs a number",
            "例如 tickets: {days: 30, at_least: 3}",
            "for example tickets: {days: 30, at_least: 3}",
        )
        return {}
    if days is None:
        return {}
    making.days.add(days)
    return {"days": days, "tickets": read_bounds(reader, node, entries)}


def _read_score(reader: Reader, node: Node | None, making: Making) -> Amount | None:
    """The last vote in whole marks, from 1 to 5."""
    amount = read_amount(reader, node, "last_score") if node is not None else None
    if amount is None:
        return None
    low, high = _SCORES
    if amount.at_least > high or amount.at_most < low:
        reader.problem(node, "评分是 1 到 5", "a score is from 1 to 5")
    making.scores.add("last_score")
    return amount
