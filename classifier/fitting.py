"""Decides how texts become a matrix and a matrix a regression; the home of scikit-learn, imported on the first fit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from classifier.features import GROUPS, SCALES, Terms, signal_weight
from classifier.model import Floats

# scipy and scikit-learn ship no types.
Matrix: TypeAlias = Any
Vectorizer: TypeAlias = Any

_ABSENT = -30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """The texts as a sparse matrix over the vocabularies of all groups, as scikit-learn's vectorizers make it."""

    vocabulary: Mapping[str, tuple[str, ...]]
    weights: Floats
    matrix: Matrix

    @property
    def size(self) -> int:
        return len(self.weights)

    @classmethod
    def of(cls, terms: Sequence[Terms], vocabulary: Mapping[str, tuple[str, ...]], worth: Floats) -> Space:
        """``worth`` is the weight of each text: it counts in the frequencies of terms as in the fit."""
        from scipy.sparse import csr_matrix, hstack

        blocks: list[Matrix] = [csr_matrix((len(terms), 0))]
        weights: list[Floats] = [np.empty(0)]
        for group in GROUPS:
            if not vocabulary[group]:
                continue
            texts = [list(each.group(group)) for each in terms]
            weights.append(_term_weights(group, vocabulary[group], texts, worth))
            vectorizer = vectorizer_for(group, vocabulary[group], weights[-1])
            blocks.append(vectorizer.transform(texts) * SCALES[group])
        return cls(vocabulary=vocabulary, weights=np.concatenate(weights), matrix=hstack(blocks).tocsr())


def _term_weights(group: str, vocabulary: Sequence[str], texts: Sequence[Sequence[str]], worth: Floats) -> Floats:
    """The smoothed inverse document frequency, as scikit-learn has it, with every text counted by its worth."""
    if group == "signal":
        return np.array([signal_weight(term) for term in vocabulary])
    number = {term: i for i, term in enumerate(vocabulary)}
    found = np.zeros(len(vocabulary))
    for text, each in zip(texts, worth.tolist(), strict=True):
        found[[number[term] for term in set(text) if term in number]] += each
    return np.asarray(np.log((1.0 + worth.sum()) / (1.0 + found)) + 1.0)


def vectorizer_for(group: str, terms: Sequence[str], weights: Floats) -> Vectorizer:
    """scikit-learn's vectorizer of one group: TF-IDF of length one, but weighted presence for signals."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    tells = group != "signal"
    vectorizer = TfidfVectorizer(
        analyzer=_as_given,
        vocabulary={term: i for i, term in enumerate(terms)},
        sublinear_tf=tells,
        norm="l2" if tells else None,
        binary=not tells,
    )
    vectorizer.idf_ = weights
    return vectorizer


def _as_given(terms: Iterable[str]) -> Iterable[str]:
    return terms


def fit_regression(
    matrix: Matrix, right: NDArray[np.intp], weights: Floats, classes: int, strength: float
) -> tuple[Floats, Floats]:
    """Coefficients (terms × classes) and intercepts of one multinomial regression, classes of equal total weight.

    A class that no row has gets no coefficient and an intercept that keeps it away.
    """
    from sklearn.linear_model import LogisticRegression
    from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]  # it ships no types

    model = LogisticRegression(C=strength, max_iter=1000)
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
