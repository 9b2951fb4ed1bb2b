"""Decides how labelled texts are read and counted: once for all fits of a lesson."""

from __future__ import annotations

from array import array
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.features import GROUPS, Cutter, Features, Terms
from classifier.model import Floats
from classifier.rows import LabelledText
from classifier.serving import ArrayModel, Seen

# scipy ships no types.
Matrix: TypeAlias = Any

_FEWEST = 2


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
    seen = None if seed is None else [_seen(seed, row, each) for row, each in zip(rows, terms, strict=True)]
    return Reading(
        counts={group: _counted(terms, group) for group in GROUPS},
        writers=np.array(writers, dtype=np.intp),
        words=np.array([sum(" " not in word for word in each.word) for each in terms], dtype=np.float64),
        seed_scores=None if seen is None else np.array([each.scores for each in seen]),
        seed_known=None if seen is None else np.array([each.known for each in seen]),
    )


def _seen(seed: ArrayModel, row: LabelledText, terms: Terms) -> Seen:
    """The row as the seed sees it, which does not know the words of the desk."""
    return seed.see(seed.features.terms(row.message) if terms.special else terms)


def _counted(terms: Sequence[Terms], group: str) -> Counts:
    from scipy.sparse import csr_matrix

    numbers: defaultdict[str, int] = defaultdict()
    numbers.default_factory = numbers.__len__
    columns, values, ends = array("i"), array("d"), array("q", (0,))
    for each in terms:
        found = Counter(each.group(group))
        columns.extend(map(numbers.__getitem__, found))
        values.extend(found.values())
        ends.append(len(columns))
    matrix = csr_matrix(
        (np.frombuffer(values), np.frombuffer(columns, dtype=np.intc), np.frombuffer(ends, dtype=np.int64)),
        shape=(len(terms), len(numbers)),
    )
    texts = np.bincount(matrix.indices, minlength=len(numbers))
    kept = sorted(term for term, i in numbers.items() if texts[i] >= _FEWEST and "\n" not in term)
    # In this order a model's vocabulary is the same whatever came first.
    matrix = matrix[:, [numbers[term] for term in kept]]
    matrix.sort_indices()
    return Counts(terms=tuple(kept), matrix=matrix)
