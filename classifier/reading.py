"""Decides how labelled texts are read and counted: once for all fits of a lesson."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from classifier.counting import Matrix, Tally, counted, placed
from classifier.features import GROUPS, Cutter, Features, Terms
from classifier.model import Floats, ModelArrays
from classifier.rows import LabelledText
from classifier.serving import ArrayModel

_FEWEST = 2
_LEAST = 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How often each text has each term of one group; the terms are those of two texts or more, in order."""

    terms: tuple[str, ...]
    matrix: Matrix


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """Texts as a fit needs them: their terms counted by group, the number of each writer, and what the seed says.

    ``words`` is how many words each has, pairs apart. ``seed_scores`` has a row a text and a column a class of each of
    the seed's targets, ``seed_known`` the share of its words that the seed knows; None without a seed.
    """

    counts: Mapping[str, Counts]
    writers: NDArray[np.intp]
    words: Floats
    seed_scores: Floats | None
    seed_known: Floats | None

    @property
    def texts(self) -> int:
        return len(self.writers)

    def first(self, count: int) -> Reading:
        """The first of the texts, as if they had been read alone."""
        return replace(
            self,
            counts={g: replace(each, matrix=each.matrix[:count]) for g, each in self.counts.items()},
            writers=self.writers[:count],
            words=self.words[:count],
            seed_scores=None if self.seed_scores is None else self.seed_scores[:count],
            seed_known=None if self.seed_known is None else self.seed_known[:count],
        )


def read_texts(rows: Sequence[LabelledText], words: Cutter, seed: ArrayModel | None = None) -> Reading:
    """Reads every row once; a row without a writer has one of its own."""
    features = Features(words)
    terms = [features.terms(row.message) for row in rows]
    numbers: dict[str, int] = {}
    writers = [numbers.setdefault(row.writer or f"row {i}", len(numbers)) for i, row in enumerate(rows)]
    tallies = {group: counted(terms, group) for group in GROUPS}
    said = np.array([sum(" " not in word for word in each.word) for each in terms], dtype=np.float64)
    scores, known = (None, None) if seed is None else _of_seed(seed, tallies, said, rows, terms)
    return Reading(
        counts={group: _shared(tally) for group, tally in tallies.items()},
        writers=np.array(writers, dtype=np.intp),
        words=said,
        seed_scores=scores,
        seed_known=known,
    )


def _of_seed(
    seed: ArrayModel, tallies: Mapping[str, Tally], said: Floats, rows: Sequence[LabelledText], terms: Sequence[Terms]
) -> tuple[Floats, Floats]:
    """The texts as ``seed.see`` has them one by one; the seed does not know the words of the desk."""
    scores, known = seen_at_once(seed.arrays, tallies, said)
    for i, each in enumerate(terms):
        if each.special:
            seen = seed.see(seed.features.terms(rows[i].message))
            scores[i], known[i] = seen.scores, seen.known
    return scores, known


def seen_at_once(arrays: ModelArrays, tallies: Mapping[str, Tally], said: Floats) -> tuple[Floats, Floats]:
    """The scores of all classes for each text, and the share of its words (it has ``said`` so many) that is known."""
    scores = np.zeros((len(said), len(arrays.intercepts))) + arrays.intercepts
    first = 0
    for group in GROUPS:
        last = first + len(arrays.terms[group])
        texts = placed(tallies[group], group, arrays.terms[group], arrays.weights[first:last])
        scores += texts @ arrays.coefficients[first:last]
        first = last
    return scores, _known(arrays, tallies["word"], said)


def _known(arrays: ModelArrays, tally: Tally, said: Floats) -> Floats:
    words, weights = arrays.terms["word"], arrays.weights
    columns = tally.columns(words)
    single = [i for i, word in enumerate(words) if columns[i] >= 0 and " " not in word]
    counts = tally.matrix[:, columns[single]]
    spoken = counts @ weights[single]
    unknown = (said - counts.sum(axis=1).A1) * float(weights[: len(words)].max(initial=1.0))
    return np.asarray(spoken / np.maximum(spoken + unknown, _LEAST))


@dataclass(frozen=True, slots=True, kw_only=True)
class Aids:
    """Rows of ours beside those of a desk: they add no term and no frequency to what its own texts gave."""

    rows: tuple[LabelledText, ...]
    tallies: Mapping[str, Tally]

    @classmethod
    def of(cls, rows: Sequence[LabelledText], words: Cutter) -> Aids:
        features = Features(words)
        terms = [features.terms(row.message) for row in rows]
        return cls(rows=tuple(rows), tallies={group: counted(terms, group) for group in GROUPS})

    def over(self, vocabulary: Mapping[str, Sequence[str]], weights: Floats) -> Matrix:
        from scipy.sparse import csr_matrix, hstack

        blocks: list[Matrix] = [csr_matrix((len(self.rows), 0))]
        first = 0
        for group in GROUPS:
            last = first + len(vocabulary[group])
            blocks.append(placed(self.tallies[group], group, vocabulary[group], weights[first:last]))
            first = last
        return hstack(blocks, format="csr")


def _shared(tally: Tally) -> Counts:
    matrix = tally.matrix
    several = np.flatnonzero(np.bincount(matrix.indices, minlength=matrix.shape[1]) >= _FEWEST)
    # In this order a model's vocabulary is the same whatever came first.
    kept = sorted((name, i) for name, i in zip(tally.names(several), several.tolist(), strict=True) if "\n" not in name)
    matrix = matrix[:, [i for _, i in kept]]
    matrix.sort_indices()
    return Counts(terms=tuple(name for name, _ in kept), matrix=matrix)
