"""Decides how texts become a matrix and a matrix a regression; the home of scikit-learn, imported on the first fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from classifier.counting import Matrix, weighted
from classifier.features import GROUPS, signal_weight
from classifier.model import Floats
from classifier.reading import Reading

_ABSENT = -30.0
# Half the bytes, half the time: the solver waits for memory. What it leaves to the optimum is a thousand times more.
_PRECISION = np.float32


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The texts as a sparse matrix over the vocabularies of all groups, as scikit-learn's TF-IDF makes it."""

    vocabulary: Mapping[str, tuple[str, ...]]
    weights: Floats
    matrix: Matrix

    @property
    def size(self) -> int:
        return len(self.weights)

    @classmethod
    def of(cls, reading: Reading, chosen: Mapping[str, NDArray[np.intp]], worth: Floats) -> Space:
        """``chosen`` are the columns of each group's counts; ``worth`` is the weight of each text: it counts in the
        frequencies of terms as in the fit."""
        from scipy.sparse import csr_matrix, hstack

        blocks: list[Matrix] = [csr_matrix((reading.texts, 0))]
        weights: list[Floats] = [np.empty(0)]
        vocabulary: dict[str, tuple[str, ...]] = {}
        for group in GROUPS:
            counts, columns = reading.counts[group], chosen[group]
            vocabulary[group] = tuple(counts.terms[i] for i in columns.tolist())
            if len(columns):
                matrix = counts.matrix[:, columns]
                weights.append(_term_weights(group, vocabulary[group], matrix, worth))
                blocks.append(weighted(group, matrix, weights[-1]))
        return cls(
            vocabulary=vocabulary,
            weights=np.concatenate(weights),
            matrix=hstack(blocks, format="csr", dtype=_PRECISION),
        )


def _term_weights(group: str, vocabulary: Sequence[str], counts: Matrix, worth: Floats) -> Floats:
    """The smoothed inverse document frequency, as scikit-learn has it, with every text counted by its worth."""
    if group == "signal":
        return np.array([signal_weight(term) for term in vocabulary])
    texts = np.repeat(worth, np.diff(counts.indptr))
    found = np.bincount(counts.indices, weights=texts, minlength=counts.shape[1])
    return np.asarray(np.log((1.0 + worth.sum()) / (1.0 + found)) + 1.0)


def fit_regression(
    matrix: Matrix, right: NDArray[np.intp], weights: Floats, classes: int, strength: float
) -> tuple[Floats, Floats]:
    """Coefficients (terms × classes) and intercepts of one multinomial regression, classes of equal total weight.

    A class that no row has gets no coefficient and an intercept that keeps it away.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

    # Newton's steps need a quarter of the time of the default's, and end nearer to the optimum.
    model = LogisticRegression(C=strength, max_iter=1000, solver="newton-cg")
    # The solver's vectors are short for many threads: with them it takes three times as long.
    with threadpool_limits(1, user_api="blas"):
        model.fit(matrix, right, sample_weight=weights)
    known = np.asarray(model.classes_)
    coefficients = np.zeros((matrix.shape[1], classes))
    intercepts = np.full(classes, _ABSENT)
    if len(known) == 2:
        # scikit-learn keeps one row for two classes: the odds of the second.
        coefficients[:, known[1]] = model.coef_[0]
        intercepts[known] = (0.0, model.intercept_[0])
    else:
        coefficients[:, known] = model.coef_.T
        intercepts[known] = model.intercept_
    return coefficients, intercepts


def balanced(right: NDArray[np.intp], weights: Floats, sources: NDArray[np.intp]) -> Floats:
    """The weights scaled so that within each source every class has the same total and the source's total stays.

    With one source that is scikit-learn's ``class_weight="balanced"``. Balanced across sources, a class that a
    second source has many rows of would lose its weight in the first.
    """
    result = weights.astype(np.float64)
    for source in np.unique(sources):
        rows = sources == source
        totals = np.bincount(right[rows], weights=weights[rows])
        present = int(np.count_nonzero(totals))
        result[rows] *= totals.sum() / (present * totals[right[rows]])
    return result


def sklearn_version() -> str:
    import sklearn

    return str(sklearn.__version__)
