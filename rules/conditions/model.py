"""The condition ``model``: what the model suggested, and how sure it was."""

from __future__ import annotations

from dataclasses import dataclass

from core.domain.decision import Words
from core.domain.taxonomy import TARGETS
from core.settings.nodes import Node
from core.settings.reader import Reader
from rules.condition import Making
from rules.looking import Look

ABOVE_ALL = 2.0
"""No confidence reaches it."""

_BOUNDS = ("confidence_above", "confidence_below")


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSays:
    """The model's word for ``target`` is one of ``values`` (any when empty) with a confidence from ``above`` to
    just under ``below``; no when it said nothing."""

    line: int
    target: str
    values: frozenset[str]
    above: float = 0.0
    below: float = ABOVE_ALL
    word: str = "model"

    @property
    def needs_suggestion(self) -> bool:
        return True

    @property
    def needed_words(self) -> frozenset[int] | None:
        return None

    @property
    def fields(self) -> frozenset[str]:
        return frozenset()

    def holds(self, look: Look) -> bool:
        said = look.suggestion.fields.get(self.target) if look.suggestion is not None else None
        if said is None:
            return False
        return (not self.values or said.value in self.values) and self.above <= said.confidence < self.below

    def quotes(self, look: Look) -> tuple[Words, ...]:
        said = look.suggestion.fields.get(self.target) if look.suggestion is not None else None
        return (Words(where="model", text=f"{said.value} {said.confidence:.0%}"),) if said is not None else ()


def read(reader: Reader, node: Node, making: Making) -> ModelSays | None:
    entries = reader.mapping(node, ("model", "model"), optional=(*TARGETS, *_BOUNDS))
    if entries is None:
        return None
    fields = [name for name in TARGETS if name in entries]
    if len(fields) != 1:
        reader.problem(
            node,
            "model 里要写一个字段",
            "model needs exactly one field",
            "例如 model: {type: 投诉, confidence_above: 0.6}",
            "for example model: {type: complaint, confidence_above: 0.6}",
        )
        return None
    field = fields[0]
    items = getattr(entries[field], "items", (entries[field],))
    values = (reader.value_of(item, making.taxonomy, field) for item in items)
    return ModelSays(
        line=node.line,
        target=field,
        values=frozenset(value for value in values if value is not None),
        above=_bound(reader, entries.get("confidence_above"), 0.0),
        below=_bound(reader, entries.get("confidence_below"), ABOVE_ALL),
    )


def _bound(reader: Reader, node: Node | None, default: float) -> float:
    found = reader.fraction(node, ("confidence", "confidence")) if node is not None else None
    return default if found is None else found
