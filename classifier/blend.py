"""Decides how the desk's own model and the one that ships speak with one voice (LEARNING, point 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace

import numpy as np

from classifier.evidence import WrittenText, explain
from classifier.model import Floats, Target
from classifier.serving import (
    UNKNOWN_WORDS,
    ArrayModel,
    Seen,
    make_field,
    target_probabilities,
    unreadable,
    written_texts,
)
from core.domain.suggestion import FieldSuggestion, MessageText, Suggestion

HALF_AT = 30
"""With so many own labels the two models count alike."""
_LEAST = 1e-9


def own_weight(labels: int) -> float:
    """How much the desk's own model counts beside the seed, 0 to 1."""
    return labels / (labels + HALF_AT)


def blended(own: Floats, seed: Floats, weight: float) -> Floats:
    """Probabilities of both over the same classes, mixed; rows or one row."""
    return np.asarray(weight * own + (1 - weight) * seed)


def over_classes(probabilities: Floats, known: Sequence[str], classes: Sequence[str]) -> Floats:
    """Probabilities put into the order of ``classes``, 0 for a class that the model does not know, those of one that it
    knows twice added up; rows or one row."""
    place = {value: i for i, value in enumerate(classes)}
    result = np.zeros((*probabilities.shape[:-1], len(classes)))
    for i, value in enumerate(known):
        if value in place:
            result[..., place[value]] += probabilities[..., i]
    return result


def union(own: Sequence[str], seed: Sequence[str]) -> tuple[str, ...]:
    """The classes of both, the own ones first, each once."""
    return tuple(dict.fromkeys((*own, *seed)))


def todays(target: Target, renamed: Mapping[str, str]) -> Target:
    """The target under the keys that its values have today; merged ones are in it twice."""
    if not renamed:
        return target
    classes = tuple(renamed.get(value, value) for value in target.classes)
    return replace(target, classes=classes, coarse={renamed.get(v, v): coarse for v, coarse in target.coarse.items()})


def sharpened(probabilities: Floats, temperature: float) -> Floats:
    """Probabilities at another temperature: below one they are surer."""
    powers = np.maximum(probabilities, _LEAST) ** (1.0 / temperature)
    return np.asarray(powers / powers.sum(axis=-1, keepdims=True))


class BlendedModel:
    """The desk's own model with the seed beside it, weighted by the own labels of each target.

    A target that only one of them knows is that one's alone. The seed's values have the keys that they had when the
    own model was fitted (``renamed`` in its card). Immutable, as ``ArrayModel``.
    """

    def __init__(self, own: ArrayModel, seed: ArrayModel) -> None:
        self._own = own
        self._seed = seed
        renamed: Mapping[str, Mapping[str, str]] = own.arrays.card.get("renamed", {})
        self._seed_targets = {target.name: todays(target, renamed.get(target.name, {})) for target in seed.targets}
        own_names = {target.name for target in own.targets}
        self._seed_only = tuple(target for target in seed.targets if target.name not in own_names)

    @property
    def version(self) -> str:
        return self._own.version

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """The values that it can say, by target, in the order of ``probabilities``."""
        both = {t.name: union(t.classes, self._known_to_seed(t)) for t in self._own.targets}
        return {**both, **{t.name: t.classes for t in self._seed_only}}

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        return tuple(map(self._suggest, messages))

    def probabilities(self, message: MessageText) -> dict[str, Floats]:
        """Calibrated probabilities by target, in the order of ``classes``, even where ``suggest`` abstains."""
        own, seed = self._see(message)
        spoken = {target.name: self._mixed(target, own, seed) for target in self._own.targets}
        return {**spoken, **{target.name: target_probabilities(target, seed) for target in self._seed_only}}

    def _suggest(self, message: MessageText) -> Suggestion:
        because = unreadable(message)
        if because:
            return Suggestion(model=self.version, because=because)
        own, seed = self._see(message)
        known = round(max(own.known, seed.known), 4)
        if not (own.enough or seed.enough):
            return Suggestion(model=self.version, because=UNKNOWN_WORDS, known=known)
        written = written_texts(message)
        fields = {target.name: self._field(target, own, seed, *written) for target in self._own.targets}
        for target in self._seed_only:
            probabilities = target_probabilities(target, seed)
            words = self._seed.contributions(target, int(probabilities.argmax()), seed)
            fields[target.name] = make_field(
                target.classes, probabilities, None, target.coarse, explain(words, *written), seed.known
            )
        return Suggestion(model=self.version, fields=fields, known=known)

    def _see(self, message: MessageText) -> tuple[Seen, Seen]:
        """The message as both see it, read once; twice only where a word of the desk stands in it, which the seed
        would know by its parts."""
        terms = self._own.features.terms(message)
        theirs = self._seed.features.terms(message) if terms.special else terms
        return self._own.see(terms), self._seed.see(theirs)

    def _known_to_seed(self, target: Target) -> tuple[str, ...]:
        found = self._seed_targets.get(target.name)
        return found.classes if found else ()

    def _mixed(self, target: Target, own: Seen, seed: Seen) -> Floats:
        theirs = self._seed_targets.get(target.name)
        ours = target_probabilities(target, own)
        if theirs is None:
            return ours
        classes = union(target.classes, theirs.classes)
        said = over_classes(target_probabilities(theirs, seed), theirs.classes, classes)
        mixed = blended(over_classes(ours, target.classes, classes), said, own_weight(target.rows))
        return sharpened(mixed, target.blend_temperature)

    def _field(self, target: Target, own: Seen, seed: Seen, body: WrittenText, subject: WrittenText) -> FieldSuggestion:
        theirs = self._seed_targets.get(target.name)
        probabilities = self._mixed(target, own, seed)
        classes = union(target.classes, theirs.classes if theirs else ())
        value = classes[int(probabilities.argmax())]
        evidence = explain(self._contributions(target, theirs, value, own, seed), body, subject)
        coarse = {**(theirs.coarse if theirs else {}), **target.coarse}
        threshold = target.threshold_of(value, target.threshold if theirs is None else target.blend_threshold)
        return make_field(classes, probabilities, threshold, coarse, evidence, max(own.known, seed.known))

    def _contributions(
        self, target: Target, theirs: Target | None, value: str, own: Seen, seed: Seen
    ) -> Iterator[tuple[str, float]]:
        """The words of both models, each as loud as the model counts."""
        weight = own_weight(target.rows) if theirs else 1.0
        if value in target.classes:
            for term, share in self._own.contributions(target, target.classes.index(value), own):
                yield term, weight * share
        if theirs is not None and value in theirs.classes:
            for term, share in self._seed.contributions(theirs, theirs.classes.index(value), seed):
                yield term, (1 - weight) * share
