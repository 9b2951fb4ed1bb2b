"""Decides what to suggest for a message, from stored arrays alone: numpy, never scikit-learn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from classifier.evidence import WrittenText, explain, tells
from classifier.features import GROUPS, SCALES, SETTINGS, Cutter, Features, Terms
from classifier.model import Floats, ModelArrays, Target, from_bytes
from core.domain.suggestion import Alternative, Evidence, FieldSuggestion, MessageText, Suggestion

MOST_ALTERNATIVES = 3
EMPTY, TOO_SHORT, UNKNOWN_WORDS = "empty text", "text too short", "unknown words"
_FEWEST_LETTERS = 2
_KNOWN_SHARE = 0.2
_MOST_WEIGHED, _FAINT = 60, 0.002
"""So many words are looked at, and none that says less: it takes ten of those to be shown."""

Columns = NDArray[np.intp]


class ArrayModel:
    """A model that answers; its probabilities equal scikit-learn's pipeline from which the arrays were taken.

    It abstains (no fields, and ``because``) on texts that are empty, too short, or of words it never saw.
    Immutable: one instance serves any number of threads.
    """

    def __init__(self, arrays: ModelArrays, words: Cutter) -> None:
        self.arrays = arrays
        # What it was fitted on was cut with these words of the desk, whatever the desk says today.
        self.features = Features(words.with_words(arrays.card.get("words", ())))
        self.targets = arrays.targets
        self._lookups: list[tuple[str, dict[str, int]]] = []
        first = 0
        for group in GROUPS:
            terms = arrays.terms[group]
            self._lookups.append((group, {term: first + i for i, term in enumerate(terms)}))
            first += len(terms)
        self._word_columns = len(arrays.terms["word"])
        self._rarest = float(arrays.weights[: self._word_columns].max(initial=1.0))
        self._subject_end = self._word_columns + len(arrays.terms["subject"])

    @classmethod
    def from_bytes(cls, data: bytes, words: Cutter) -> ArrayModel:
        return cls(from_bytes(data), words)

    @property
    def version(self) -> str:
        return self.arrays.version

    @property
    def card(self) -> Mapping[str, object]:
        return self.arrays.card

    @property
    def classes(self) -> dict[str, tuple[str, ...]]:
        """The values that it can say, by target, in the order of ``probabilities``."""
        return {target.name: target.classes for target in self.targets}

    def suggest(self, messages: Sequence[MessageText]) -> tuple[Suggestion, ...]:
        """One suggestion a message, in order; evidence places are in the body (-1 for the subject's words)."""
        return tuple(map(self._suggest, messages))

    def probabilities(self, message: MessageText) -> dict[str, Floats]:
        """Calibrated probabilities by target, in the order of its classes, even where ``suggest`` abstains."""
        seen = self.see(self.features.terms(message))
        return {target.name: target_probabilities(target, seen) for target in self.targets}

    def _suggest(self, message: MessageText) -> Suggestion:
        because = unreadable(message)
        if because:
            return Suggestion(model=self.version, because=because)
        seen = self.see(self.features.terms(message))
        if not seen.enough:
            return Suggestion(model=self.version, because=UNKNOWN_WORDS, known=round(seen.known, 4))
        written = written_texts(message)
        fields = {target.name: self._field(target, seen, *written) for target in self.targets}
        return Suggestion(model=self.version, fields=fields, known=round(seen.known, 4))

    def _field(self, target: Target, seen: Seen, body: WrittenText, subject: WrittenText) -> FieldSuggestion:
        probabilities = target_probabilities(target, seen)
        best = int(probabilities.argmax())
        evidence = explain(self.contributions(target, best, seen), body, subject)
        threshold = target.threshold_of(target.classes[best], target.threshold)
        return make_field(target.classes, probabilities, threshold, target.coarse, evidence, seen.known)

    def certainty(self, message: MessageText) -> dict[str, float]:
        """By target: the best probability times the share of the text that the model knows. What is asked about
        another world has words that it never saw."""
        seen = self.see(self.features.terms(message))
        return {t.name: float(target_probabilities(t, seen).max()) * seen.known for t in self.targets}

    def _known(self, words: Sequence[str]) -> tuple[bool, float]:
        """Whether enough of the words are known, and the known share, each word as loud as it is rare.

        Pairs of words do not count; a word never seen is as rare as the rarest."""
        singles = [word for word in words if " " not in word]
        columns = [column for column in map(self._lookups[0][1].get, singles) if column is not None]
        if not columns:
            return False, 0.0
        spoken = float(self.arrays.weights[columns].sum())
        unknown = (len(singles) - len(columns)) * self._rarest
        return len(columns) >= _KNOWN_SHARE * len(singles), spoken / (spoken + unknown)

    def see(self, terms: Terms) -> Seen:
        """The columns that the message has, and their values: (1 + ln(count)) times weight, each group scaled."""
        columns: list[Columns] = []
        values: list[Floats] = []
        for group, lookup in self._lookups:
            counts = Counter(map(lookup.get, terms.group(group)))
            del counts[None]
            if not counts:
                continue
            where = np.fromiter(counts, dtype=np.intp, count=len(counts))
            value = self.arrays.weights[where]
            if group != "signal":
                value = value * (1.0 + np.log(np.fromiter(counts.values(), dtype=np.float64, count=len(counts))))
                value = value * (SCALES[group] / np.sqrt(value @ value))
            columns.append(where)
            values.append(value)
        everywhere = np.concatenate([np.empty(0, dtype=np.intp), *columns])
        value = np.concatenate([np.empty(0), *values])
        rows = self.arrays.coefficients[everywhere]
        scores = value @ rows + self.arrays.intercepts
        enough, known = self._known(terms.word)
        return Seen(columns=everywhere, values=value, rows=rows, scores=scores, enough=enough, known=known)

    @cached_property
    def _told(self) -> NDArray[np.bool_]:
        """Which of the words and of the subject's words explain something to a reader."""
        terms = self.arrays.terms
        return np.fromiter(map(tells, (*terms["word"], *terms["subject"])), dtype=np.bool_, count=self._subject_end)

    def contributions(self, target: Target, best: int, seen: Seen) -> Iterator[tuple[str, float]]:
        """Each word's share in the log-odds of the best class against the mean of the others, the strongest first."""
        # Columns come in the order of the groups: words, the subject's words, the rest.
        wordy = int(np.count_nonzero(seen.columns < self._subject_end))
        rows = seen.rows[:wordy, target.columns]
        others = max(len(target.classes) - 1, 1)
        odds = rows[:, best] - (rows.sum(axis=1) - rows[:, best]) / others
        shares = seen.values[:wordy] * odds / target.temperature * self._told[seen.columns[:wordy]]
        strongest = np.argsort(-np.abs(shares), kind="stable")[:_MOST_WEIGHED]
        words, subjects = self.arrays.terms["word"], self.arrays.terms["subject"]
        for column, share in zip(seen.columns[strongest].tolist(), shares[strongest].tolist(), strict=True):
            if abs(share) < _FAINT:
                return
            term = words[column] if column < self._word_columns else subjects[column - self._word_columns]
            yield term, share


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A message as the model sees it: its columns, their values and coefficients, and the scores of all classes.

    ``known`` is the share of its words that the model knows; ``enough`` says no when most are unknown: another
    language or another world."""

    columns: Columns
    values: Floats
    rows: Floats
    scores: Floats
    enough: bool
    known: float


def written_texts(message: MessageText) -> tuple[WrittenText, WrittenText]:
    """What is read of the body and of the subject, as they were written."""
    return WrittenText(message.body[: SETTINGS["body"]]), WrittenText(message.subject[: SETTINGS["subject"]])


def unreadable(message: MessageText) -> str:
    letters = filter(str.isalpha, f"{message.subject[:200]} {message.body[:200]}")
    if len(list(islice(letters, _FEWEST_LETTERS))) == _FEWEST_LETTERS:
        return ""
    return TOO_SHORT if (message.subject + message.body).strip() else EMPTY


def target_probabilities(target: Target, seen: Seen) -> Floats:
    """The calibrated probabilities of a target's classes."""
    return softmax(seen.scores[target.columns] / target.temperature)


def make_field(
    classes: Sequence[str],
    probabilities: Floats,
    threshold: float | None,
    coarse: Mapping[str, str],
    evidence: tuple[Evidence, ...],
    known: float,
) -> FieldSuggestion:
    """The best value with its confidence, whether that is sure enough for a text of which so much is ``known``, and
    the next best ones."""
    order = np.argsort(-probabilities, kind="stable").tolist()
    value, confidence = classes[order[0]], float(probabilities[order[0]])
    return FieldSuggestion(
        value=value,
        confidence=confidence,
        accepted=threshold is not None and confidence * known >= threshold,
        coarse=coarse.get(value, ""),
        alternatives=tuple(
            Alternative(value=classes[i], confidence=float(probabilities[i])) for i in order[1 : MOST_ALTERNATIVES + 1]
        ),
        evidence=evidence,
    )


def softmax(scores: Floats) -> Floats:
    powers = np.exp(scores - scores.max())
    return powers / powers.sum()  # type: ignore[no-any-return]  # numpy's division gives Any here
