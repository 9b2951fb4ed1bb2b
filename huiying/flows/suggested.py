"""Tells in figures and words what the model said about a message, or why it said nothing."""

from __future__ import annotations

from typing import Any

from core.domain.suggestion import FieldSuggestion, Suggestion

_WORDS = {
    "empty text": ("没有文字", "there is no text"),
    "text too short": ("文字太少，看不出意思", "there is too little text to tell"),
    "unknown words": (
        "多数词没有见过：可能是另一种语言或另一类话题",
        "most of its words are unknown: another language or another subject",
    ),
    "no model": ("没有模型", "there is no model"),
    "the model could not be loaded": ("模型没能载入", "the model could not be loaded"),
}


def abstained_words(because: str, language: str) -> str:
    """Why nothing was suggested, in words; an unknown reason as it is."""
    return _WORDS[because][1 if language.startswith("en") else 0] if because in _WORDS else because


def abstained(suggestion: Suggestion) -> str:
    """The reason for which the model said nothing at all; '' when it spoke."""
    return "" if suggestion.fields else suggestion.because


def suggestion_json(suggestion: Suggestion, language: str) -> dict[str, Any]:
    """All that the model said: each field with what else it could be and the words that spoke for and against."""
    because = abstained(suggestion)
    return {
        "model": suggestion.model,
        "known": round(suggestion.known, 4),
        "abstained": because,
        "abstained_words": abstained_words(because, language),
        "fields": {name: _field(said) for name, said in suggestion.fields.items()},
    }


def _field(said: FieldSuggestion) -> dict[str, Any]:
    return {
        "value": said.value,
        "confidence": said.confidence,
        "accepted": said.accepted,
        "coarse": said.coarse,
        "alternatives": alternatives_json(said),
        "evidence": evidence_json(said),
    }


def alternatives_json(said: FieldSuggestion | None) -> list[dict[str, Any]]:
    return [{"value": a.value, "confidence": a.confidence} for a in said.alternatives] if said else []


def evidence_json(said: FieldSuggestion | None) -> list[dict[str, Any]]:
    """The words for (weight above 0) and against, as they were written; a place of -1 is in the subject."""
    found = said.evidence if said else ()
    return [{"term": e.term, "weight": round(e.weight, 4), "start": e.start, "end": e.end} for e in found]
