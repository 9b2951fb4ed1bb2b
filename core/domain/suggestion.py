"""What the model says about a message: values with calibrated confidence and the evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    value: str
    confidence: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """A term that spoke for (weight > 0) or against the value; the unit of weight is log-odds.

    ``start`` and ``end`` are its place in the text the writer wrote, -1 when it has none."""

    term: str
    weight: float
    start: int = -1
    end: int = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldSuggestion:
    """One field's suggestion; ``confidence`` is the calibrated probability of ``value``, 0 to 1."""

    value: str
    confidence: float
    accepted: bool = False
    coarse: str = ""
    alternatives: tuple[Alternative, ...] = ()
    evidence: tuple[Evidence, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """The fields the model spoke about (a missing field: it abstained), and the version that spoke.

    ``because`` says why nothing was suggested, where nothing was; ``known`` is the share of the text's words that the
    model knows."""

    model: str
    fields: Mapping[str, FieldSuggestion] = field(default_factory=dict)
    because: str = ""
    known: float = 1.0


NO_SUGGESTION = Suggestion(model="", because="no model")


@dataclass(frozen=True, slots=True, kw_only=True)
class MessageText:
    """What the model reads: the writer's own words (without quote and signature) and the ids of rules that hit."""

    subject: str
    body: str
    language: str = "und"
    hits: tuple[str, ...] = ()
