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
    def of(cls, terms: Sequence[Terms], vocabulary: Mapping[str, tuple[str, ...]]) -> Space:
        from scipy.sparse import csr_matrix, diags_array, hstack

        blocks: list[Any] = [csr_matrix((len(terms), 0))]
        weights: list[Floats] = []
        for group in GROUPS:
            if not vocabulary[group]:
                continue
            vectorizer = vectorizer_for(group, vocabulary[group])
            block = vectorizer.fit_transform([list(t.group(group)) for t in terms]) * SCALES[group]
            blocks.append(block @ diags_array(_signals(vocabulary)) if group == "signal" else block)
            weights.append(_signals(vocabulary) if group == "signal" else np.asarray(vectorizer.idf_))
        return cls(
            vocabulary=vocabulary, weights=np.concatenate([np.empty(0), *weights]), matrix=hstack(blocks).tocsr()
        )


def _signals(vocabulary: Mapping[str, tuple[str, ...]]) -> Floats:
    return np.array([signal_weight(term) for term in vocabulary["signal"]])


def vectorizer_for(group: str, terms: Sequence[str]) -> Vectorizer:
    """scikit-learn's vectorizer of one group: TF-IDF of length one, but presence for signals."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    tells = group != "signal"
    return TfidfVectorizer(
        analyzer=_as_given,
        vocabulary={term: i for i, term in enumerate(terms)},
        sublinear_tf=tells,
        use_idf=tells,
        norm="l2" if tells else None,
        binary=not tells,
    )


def _as_given(terms: Iterable[str]) -> Iterable[str]:
    return terms


def fit_regression(
    matrix: Matrix, right: NDArray[np.intp], weights: Floats, classes: int, strength: float
) -> tuple[Floats, Floats]:
    """Coefficients (terms × classes) and intercepts of one multinomial regression, classes of equal total weight.

    A class that no row has gets no coefficient and an intercept that keeps it away.
    """
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, class_weight="balanced", max_iter=500, tol=1e-3)
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


def sklearn_version() -> str:
    import sklearn

    return str(sklearn.__version__)
