"""Puts what the model says into the desk's own terms: values renamed, merged, retired, and those it never heard of."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from core.domain.decision import RuleHit
from core.domain.suggestion import Alternative, Evidence, FieldSuggestion, MessageText, Suggestion
from core.domain.taxonomy import TARGETS, Taxonomy
from core.domain.ticket import Message
from core.text.likeness import likeness, sketch
from core.text.segment import Segmenter
from huiying.flows.ports import Suggester

LEAST = 0.15
"""Less like all examples is chance: of letters of other types two in a hundred are as much alike."""
_SURE, _MOST = 1.5, 0.45
_MOST_ALTERNATIVES = 3

Sketch = Mapping[str, float]


def text_for_model(message: Message, hits: Iterable[RuleHit]) -> MessageText:
    """What a model is asked about: the writer's own words, masked, and which rules of the first pass act on them."""
    return MessageText(
        subject=message.subject,
        body=message.reply or message.text,
        language=message.language,
        hits=tuple(hit.id for hit in hits if hit.acts),
    )


class Newcomers:
    """The values of a taxonomy by their own words: name, description and examples. They are read once, when a model is
    asked that cannot say one of them."""

    def __init__(self, taxonomy: Taxonomy) -> None:
        self._taxonomy = taxonomy
        self._lock = threading.Lock()
        self._read: dict[tuple[str, str], tuple[Sketch, ...]] = {}

    def unknown_to(self, classes: Mapping[str, Sequence[str]]) -> tuple[tuple[str, str], ...]:
        """(field, value) of each living value with a description or examples that no value of the model means."""
        found = []
        for name in TARGETS:
            known = {value.key for word in classes.get(name, ()) if (value := self._taxonomy.find(name, word))}
            found += [(name, v.key) for v in self._taxonomy.values(name) if v.texts and known and v.key not in known]
        return tuple(found)

    def like(self, segmenter: Segmenter, field: str, key: str, text: Sketch) -> tuple[float, tuple[str, ...]]:
        """How like a text is to the value's own words, and the words in both, the most telling first."""
        best = max(self._sketches(segmenter, field, key), key=lambda each: likeness(text, each))
        shared = sorted((word for word in text if word in best), key=lambda word: -text[word] * best[word])
        return likeness(text, best), tuple(shared)

    def _sketches(self, segmenter: Segmenter, field: str, key: str) -> tuple[Sketch, ...]:
        with self._lock:
            if (field, key) not in self._read:
                value = next(v for v in self._taxonomy.values(field) if v.key == key)
                self._read[field, key] = tuple(sketch(segmenter, "", text) for text in value.texts)
            return self._read[field, key]


def suggest(
    taxonomy: Taxonomy,
    newcomers: Newcomers,
    suggester: Suggester,
    texts: Sequence[MessageText],
    segmenter: Segmenter | None = None,
) -> tuple[Suggestion, ...]:
    """One suggestion a text, in the taxonomy's living values; without a ``segmenter`` in those that the model knows."""
    if not texts:
        return ()
    said = [in_terms_of(taxonomy, each) for each in suggester.suggest(texts)]
    new = newcomers.unknown_to(suggester.classes) if segmenter is not None else ()
    if not new or segmenter is None:
        return tuple(said)
    return tuple(_with_new(newcomers, segmenter, new, text, each) for text, each in zip(texts, said, strict=True))


def in_terms_of(taxonomy: Taxonomy, suggestion: Suggestion) -> Suggestion:
    """A renamed value under its new name, merged ones as one, retired ones not at all; the same where nothing is."""
    fields = {name: _living(taxonomy, name, field) for name, field in suggestion.fields.items()}
    kept = {name: field for name, field in fields.items() if field is not None}
    return suggestion if kept == suggestion.fields else replace(suggestion, fields=kept)


def _living(taxonomy: Taxonomy, name: str, said: FieldSuggestion) -> FieldSuggestion | None:
    told = (said.value, *(each.value for each in said.alternatives))
    living = {value.key for value in taxonomy.values(name)}
    if not living or living.issuperset(told):
        return said
    shares: dict[str, float] = {}
    for word, confidence in ((said.value, said.confidence), *((a.value, a.confidence) for a in said.alternatives)):
        if (found := taxonomy.find(name, word)) is not None:
            shares[found.key] = shares.get(found.key, 0.0) + confidence
    if not shares:
        return None
    value, *others = sorted(shares, key=lambda key: -shares[key])
    meant = taxonomy.find(name, said.value)
    same = meant is not None and meant.key == value
    return replace(
        said,
        value=value,
        confidence=shares[value],
        accepted=said.accepted and same,
        coarse=next(v.coarse for v in taxonomy.values(name) if v.key == value) or (said.coarse if same else ""),
        alternatives=tuple(Alternative(value=key, confidence=shares[key]) for key in others),
        evidence=said.evidence if same else (),
    )


def _with_new(
    newcomers: Newcomers, segmenter: Segmenter, new: Sequence[tuple[str, str]], text: MessageText, said: Suggestion
) -> Suggestion:
    words = sketch(segmenter, text.subject, text.body)
    fields = dict(said.fields)
    for name, key in new:
        alike, shared = newcomers.like(segmenter, name, key, words) if words else (0.0, ())
        if alike >= LEAST and name in fields:
            fields[name] = _among(fields[name], key, min(_MOST, _SURE * alike), shared)
    return replace(said, fields=fields) if fields != said.fields else said


def _among(said: FieldSuggestion, key: str, share: float, words: Sequence[str]) -> FieldSuggestion:
    """A value that no label has taught yet takes its share from the others; somebody has to look."""
    old = [(said.value, said.confidence), *((a.value, a.confidence) for a in said.alternatives)]
    scaled = sorted([(key, share), *((v, c * (1 - share)) for v, c in old)], key=lambda each: -each[1])
    (value, confidence), *others = scaled[: _MOST_ALTERNATIVES + 1]
    is_new = value == key
    evidence = tuple(Evidence(term=word, weight=round(share, 4)) for word in words) if is_new else said.evidence
    return replace(
        said,
        value=value,
        confidence=confidence,
        accepted=False,
        coarse="" if is_new else said.coarse,
        alternatives=tuple(Alternative(value=v, confidence=c) for v, c in others),
        evidence=evidence,
    )
