"""The condition ``customer``: level, tags, whether we know the sender, and how many tickets are open."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making, Plain
from rules.lexicon import fold_for_matching
from rules.looking import Look
from rules.operators.amount import Amount, read_amount
from rules.operators.folded import read_folded

_KEYS = ("level", "tags_any", "tags_none", "company", "known", "open_tickets")


@dataclass(frozen=True, slots=True, kw_only=True)
class CustomerIs(Plain):
    """The customer has one of the levels, one of the tags and none of the barred ones and so on; what is not
    written does not matter."""

    levels: frozenset[str] | None = None
    tags: frozenset[str] | None = None
    barred: frozenset[str] = frozenset()
    companies: tuple[str, ...] = ()
    known: bool | None = None
    open_tickets: Amount | None = None

    def holds(self, look: Look) -> bool:
        facts = look.facts
        return (
            (self.levels is None or facts.level in self.levels)
            and (self.tags is None or not self.tags.isdisjoint(facts.tags))
            and self.barred.isdisjoint(facts.tags)
            and (not self.companies or any(word in fold_for_matching(facts.company) for word in self.companies))
            and (self.known is None or facts.known_sender == self.known)
            and (self.open_tickets is None or self.open_tickets.fits(facts.open_tickets))
        )

    def quotes(self, look: Look) -> tuple[Words, ...]:
        if self.levels is not None:
            return (Words(where="customer", text=look.facts.level),)
        return tuple(Words(where="customer", text=tag) for tag in look.facts.tags if self.tags and tag in self.tags)


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
        known=reader.flag(entries["known"], ("known", "known")) if "known" in entries else None,
        open_tickets=read_amount(reader, entries["open_tickets"], "open_tickets")
        if "open_tickets" in entries
        else None,
    )
