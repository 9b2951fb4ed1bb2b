"""Decides what a model learns from labelled texts, how it is calibrated and what its card says."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.blend import blended, over_classes, own_weight, sharpened, todays, union
from classifier.calibration import accept_threshold, fit_temperature, softmax
from classifier.counting import Matrix
from classifier.features import GROUPS, SETTINGS, Cutter
from classifier.fitting import Space, balanced, fit_regression, sklearn_version
from classifier.model import FORMAT, Floats, ModelArrays
from classifier.portrait import portrait
from classifier.reading import Aids, Reading, read_texts
from classifier.rows import LabelledText, data_lines
from classifier.serving import ArrayModel
from core.domain.errors import BadInput

Progress = Callable[[str], None]

AIDS_SHARE = 0.3
"""All aids together weigh so much of a desk's own labels, so that the first of these are not drowned."""
AID_MOST = 0.3
"""What one aid counts at most, however many labels there are."""

NOTHING_RENAMED: Mapping[str, Mapping[str, str]] = {}

COARSE: Mapping[str, Mapping[str, str]] = {
    "type": {
        "咨询": "咨询",
        "问题反馈": "反馈",
        "投诉": "反馈",
        "功能需求": "需求",
        "服务需求": "需求",
        "合作需求": "需求",
        "其他": "其他",
    }
}
"""The coarse value of each shipped type (DOMAIN 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """How to fit.

    ``strength`` is the inverse of the regularisation (``strength_of_many`` from 5,000 rows on). A term needs
    ``fewest`` texts to be learnt (an erasure must not leave one customer's words behind); a piece of a word needs
    ``fewest_pieces`` from ``rarer_dropped_from`` rows on, which costs nothing on held-out rows and halves the fit: rare
    words tell something, rare pieces do not. ``most_terms`` keeps the strongest. Below ``folds_below`` rows every row
    is held out once, from there on 15 % are.
    """

    strength: float = 2.0
    strength_of_many: float = 8.0
    fewest: int = 2
    most_terms: int = 120_000
    precision: str = "float32"
    rarer_dropped_from: int = 1000
    fewest_pieces: int = 5
    folds_below: int = 3000
    seed: int = 20240101

    def strength_for(self, rows: int) -> float:
        return self.strength if rows < 5000 else self.strength_of_many

    def fewest_for(self, group: str, texts: int) -> int:
        return self.fewest_pieces if group == "char" and texts >= self.rarer_dropped_from else self.fewest


def train_model(
    rows: Sequence[LabelledText],
    targets: Sequence[str],
    words: Cutter,
    *,
    name: str = "own",
    coarse: Mapping[str, Mapping[str, str]] = COARSE,
    recipe: Recipe | None = None,
    seed: ArrayModel | None = None,
    reading: Reading | None = None,
    aids: Aids | None = None,
    renamed: Mapping[str, Mapping[str, str]] = NOTHING_RENAMED,
    progress: Progress = lambda line: None,
) -> ModelArrays:
    """Fits one regression a target on shared terms and calibrates each on rows it was not fitted on.

    With a ``seed``, which saw none of the rows, the mixture of both is calibrated too. ``reading`` is of just these
    rows and this seed, when they have been read before. ``aids`` are learnt beside the rows where they have the same
    values; nothing is measured on them. ``renamed`` says by target which keys of the seed mean which of these rows.
    Raises ``BadInput`` when a target has fewer than two values.
    """
    recipe = recipe or Recipe()
    problems = [_problem(rows, target, aids.rows if aids else ()) for target in targets]
    if reading is None:
        progress(f"reading {len(rows)} texts")
        reading = read_texts(rows, words, seed)
    worth = np.array([row.weight for row in rows], dtype=np.float64)
    chosen = {group: _vocabulary(reading, group, recipe) for group in GROUPS}
    space = Space.of(reading, chosen, worth)
    if space.size > recipe.most_terms:
        space = Space.of(reading, _strongest(space, chosen, problems, recipe), worth)
    more = aids.over(space.vocabulary, space.weights) if aids else None
    keys, known = [row.key for row in rows], _known(reading, recipe)
    fitted = []
    for problem in problems:
        progress(f"{problem.target}: {len(problem.where)} labels, {len(problem.classes)} values")
        said = _of_seed(seed, reading, problem, renamed.get(problem.target, {}))
        fitted.append(_fit_target(space, more, problem, keys, known, said, coarse.get(problem.target, {}), recipe))
    arrays = _arrays(space, fitted, rows, aids, name, recipe, words)
    return replace(arrays, card={**arrays.card, "renamed": renamed}) if renamed else arrays


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One target's rows: their numbers, the class of each and their weights; those of the aids come last."""

    target: str
    classes: tuple[str, ...]
    where: NDArray[np.intp]
    aids: NDArray[np.intp]
    right: NDArray[np.intp]
    weights: Floats
    sources: NDArray[np.intp]

    @property
    def own(self) -> NDArray[np.intp]:
        """The places of the rows that are no aids."""
        return np.arange(len(self.where))

    def matrix(self, space: Space, aids: Matrix | None) -> Matrix:
        from scipy.sparse import vstack

        mine = space.matrix[self.where]
        return mine if aids is None else vstack([mine, aids[self.aids]], format="csr", dtype=mine.dtype)

    def fit(self, matrix: Matrix, rows: NDArray[np.intp], recipe: Recipe) -> tuple[Floats, Floats]:
        """Coefficients and intercepts from those of its own rows and all aids; ``matrix`` has all of them."""
        # A part of the rows weighs as much as all of them: else it is regularised more, its scores are flatter than
        # those of the final model, and a temperature found on them makes that one overconfident.
        whole = self.weights[self.own].sum() / self.weights[rows].sum()
        weights = np.where(np.arange(len(self.right)) < len(self.where), self.weights * whole, self.weights)
        rows = np.concatenate([rows, np.arange(len(self.where), matrix.shape[0])])
        weights = balanced(self.right[rows], weights[rows], self.sources[rows])
        strength = recipe.strength_for(len(self.where))
        return fit_regression(matrix[rows], self.right[rows], weights, len(self.classes), strength)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fitted:
    problem: Problem
    coefficients: Floats
    intercepts: Floats
    entry: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfSeed:
    """What the seed, which saw none of them, says about the rows of a problem: probabilities over its classes."""

    version: str
    classes: tuple[str, ...]
    probabilities: Floats
    known: Floats


def _of_seed(seed: ArrayModel | None, reading: Reading, problem: Problem, renamed: Mapping[str, str]) -> OfSeed | None:
    found = next((t for t in seed.targets if t.name == problem.target), None) if seed is not None else None
    if seed is None or found is None or reading.seed_scores is None or reading.seed_known is None:
        return None
    known = reading.seed_known[problem.where]
    scores = reading.seed_scores[problem.where][:, found.columns]
    return OfSeed(
        version=seed.version,
        classes=todays(found, renamed).classes,
        probabilities=softmax(scores / found.temperature),
        known=known,
    )


def _vocabulary(reading: Reading, group: str, recipe: Recipe) -> NDArray[np.intp]:
    """The terms of enough texts and of two writers at least: what one customer alone says is not learnt."""
    by_term = reading.counts[group].matrix.tocsc()
    texts = np.diff(by_term.indptr)
    # A signal that every text gives says nothing, and would only slow the fit.
    most = reading.texts - 1 if group == "signal" else reading.texts
    enough = np.flatnonzero((texts >= recipe.fewest_for(group, reading.texts)) & (texts <= most))
    if not len(enough):
        return enough
    by_term = by_term[:, enough]
    writers, begins = reading.writers[by_term.indices], by_term.indptr[:-1]
    shared = np.minimum.reduceat(writers, begins) != np.maximum.reduceat(writers, begins)
    return np.asarray(enough[shared], dtype=np.intp)


def _known(reading: Reading, recipe: Recipe) -> Floats:
    """Of each text the share of words that the others would have taught, each as loud as it is rare (as serving
    has it)."""
    counts = reading.counts["word"]
    single = np.array([" " not in term for term in counts.terms], dtype=bool)
    matrix = counts.matrix[:, np.flatnonzero(single)]
    texts = np.bincount(matrix.indices, minlength=matrix.shape[1])
    loud = np.log((1.0 + reading.texts) / (1.0 + texts)) + 1.0
    learnt = texts > recipe.fewest_for("word", reading.texts)
    rarest = float(loud[learnt].max(initial=1.0))
    spoken = matrix @ (loud * learnt)
    unknown = (reading.words - matrix @ learnt.astype(np.float64)) * rarest
    return np.asarray(spoken / np.maximum(spoken + unknown, 1e-9))


def _problem(rows: Sequence[LabelledText], target: str, aids: Sequence[LabelledText] = ()) -> Problem:
    where = np.array([i for i, row in enumerate(rows) if target in row.labels], dtype=np.intp)
    classes = tuple(sorted({rows[i].labels[target] for i in where}))
    if len(classes) < 2:
        raise BadInput(f"{target}: {len(where)} labelled rows with {len(classes)} value(s); two values are needed")
    helping = np.array([i for i, row in enumerate(aids) if row.labels.get(target) in classes], dtype=np.intp)
    sources = sorted({row.source for row in rows})
    taught = [*(rows[i] for i in where), *(aids[i] for i in helping)]
    weights = np.array([row.weight for row in taught], dtype=np.float64)
    own = weights[: len(where)].sum()
    weights[len(where) :] *= min(AID_MOST, AIDS_SHARE * own / max(len(helping), 1))
    return Problem(
        target=target,
        classes=classes,
        where=where,
        aids=helping,
        right=np.array([classes.index(row.labels[target]) for row in taught], dtype=np.intp),
        weights=weights,
        sources=np.array([*(sources.index(rows[i].source) for i in where), *[len(sources)] * len(helping)]),
    )


def _fit_target(
    space: Space,
    aids: Matrix | None,
    problem: Problem,
    keys: Sequence[str],
    known: Floats,
    seed: OfSeed | None,
    coarse: Mapping[str, str],
    recipe: Recipe,
) -> Fitted:
    matrix = problem.matrix(space, aids)
    held, scores = _held_out(matrix, problem, recipe)
    temperature = fit_temperature(scores, problem.right[held], problem.weights[held])
    probabilities = softmax(scores / temperature) if len(held) else np.zeros((0, len(problem.classes)))
    unseen, known = [keys[i] for i in problem.where[held].tolist()], known[problem.where[held]]
    coefficients, intercepts = problem.fit(matrix, problem.own, recipe)
    counts = Counter(problem.right[problem.own].tolist())
    entry = {
        "classes": list(problem.classes),
        "temperature": temperature,
        "threshold": _threshold(probabilities, problem.right[held], known),
        "coarse": {value: coarse[value] for value in problem.classes if value in coarse},
        "rows": len(problem.where),
        "counts": {value: counts[i] for i, value in enumerate(problem.classes)},
        "held_out": portrait(probabilities, problem.right[held], problem.classes, unseen, known),
    }
    if seed is not None:
        entry["blend"] = _blend(problem, probabilities, held, unseen, known, seed)
    return Fitted(problem=problem, coefficients=coefficients, intercepts=intercepts, entry=entry)


def _threshold(probabilities: Floats, right: NDArray[np.intp], known: Floats) -> float | None:
    if not len(right):
        return None
    return accept_threshold(probabilities.max(axis=1) * known, probabilities.argmax(axis=1) == right)


def _blend(
    problem: Problem, own: Floats, held: NDArray[np.intp], keys: Sequence[str], known: Floats, seed: OfSeed
) -> dict[str, Any]:
    """How the mixture with the seed answers on the rows that neither has seen, and its calibration."""
    classes = union(problem.classes, seed.classes)
    right, weight = problem.right[held], own_weight(len(problem.where))
    seeds = over_classes(seed.probabilities[held], seed.classes, classes)
    mixed = blended(over_classes(own, problem.classes, classes), seeds, weight)
    temperature = fit_temperature(np.log(np.maximum(mixed, 1e-9)), right, problem.weights[held])
    mixed = sharpened(mixed, temperature) if len(held) else mixed
    known = np.maximum(known, seed.known[held])
    return {
        "seed": seed.version,
        "weight": round(weight, 4),
        "classes": list(classes),
        "temperature": temperature,
        "threshold": _threshold(mixed, right, known),
        "seed_accuracy": round(float((seeds.argmax(axis=1) == right).mean()), 4) if len(held) else None,
        "held_out": portrait(mixed, right, classes, keys, known),
    }


def _held_out(matrix: Matrix, problem: Problem, recipe: Recipe) -> tuple[NDArray[np.intp], Floats]:
    """Numbers of rows and their scores by models that were not fitted on them."""
    folds = _folds(problem.right[problem.own], recipe)
    rows: list[NDArray[np.intp]] = []
    scores: list[Floats] = []
    for fold in folds:
        rest = np.setdiff1d(problem.own, fold)
        if len(set(problem.right[rest].tolist())) < 2:
            continue
        coefficients, intercepts = problem.fit(matrix, rest, recipe)
        rows.append(fold)
        scores.append(matrix[fold] @ coefficients + intercepts)
    if not rows:
        return np.empty(0, dtype=np.intp), np.empty((0, len(problem.classes)))
    return np.concatenate(rows), np.concatenate(scores)


def _folds(right: NDArray[np.intp], recipe: Recipe) -> list[NDArray[np.intp]]:
    """Five folds below 500 rows, three below ``folds_below``, else one of 15 %; each class spread evenly."""
    count = 5 if len(right) < 500 else 3
    random = np.random.default_rng(recipe.seed)
    order = random.permutation(len(right))
    order = order[np.argsort(right[order], kind="stable")]
    if len(right) >= recipe.folds_below:
        return [np.sort(order[::7])]
    return [np.sort(order[i::count]) for i in range(count)]


def _strongest(
    space: Space, chosen: Mapping[str, NDArray[np.intp]], problems: Sequence[Problem], recipe: Recipe
) -> dict[str, NDArray[np.intp]]:
    """The chosen terms cut to ``most_terms``: those whose largest pull on any class is strongest."""
    pull = np.zeros(space.size)
    for problem in problems:
        # The strongest of them are the strongest without the aids, too.
        alone = replace(problem, aids=problem.aids[:0])
        coefficients, _ = alone.fit(alone.matrix(space, None), alone.own, recipe)
        centred = coefficients - coefficients.mean(axis=1, keepdims=True)
        pull = np.maximum(pull, np.abs(centred).max(axis=1) * space.weights)
    kept = np.zeros(space.size, dtype=bool)
    kept[np.argsort(-pull, kind="stable")[: recipe.most_terms]] = True
    strongest: dict[str, NDArray[np.intp]] = {}
    first = 0
    for group in GROUPS:
        columns = chosen[group]
        strongest[group] = columns[kept[first : first + len(columns)]]
        first += len(columns)
    return strongest


def _arrays(
    space: Space,
    fitted: Sequence[Fitted],
    rows: Sequence[LabelledText],
    aids: Aids | None,
    name: str,
    recipe: Recipe,
    cutter: Cutter,
) -> ModelArrays:
    data, beside = _digest(rows), [_digest(aids.rows)] if aids else []
    entries = {fit.problem.target: dict(fit.entry) for fit in fitted}
    settings = json.dumps([data, SETTINGS, FORMAT, sorted(entries), repr(recipe), *cutter.extra, *beside])
    card = {
        "format": FORMAT,
        "version": f"{name}-{hashlib.sha256(settings.encode()).hexdigest()[:10]}",
        "rows": len(rows),
        "aids": len(aids.rows) if aids else 0,
        "terms": space.size,
        "data_sha256": data,
        "sklearn": sklearn_version(),
        "numpy": np.__version__,
        "precision": recipe.precision,
        "features": SETTINGS,
        "words": list(cutter.extra),
        "targets": entries,
    }
    precision = np.dtype(recipe.precision)
    return ModelArrays(
        card=card,
        terms=space.vocabulary,
        # As they will be stored, so that a model in memory and one read back answer alike.
        weights=space.weights.astype(precision).astype(np.float64),
        coefficients=np.hstack([fit.coefficients for fit in fitted]).astype(precision).astype(np.float64),
        intercepts=np.concatenate([fit.intercepts for fit in fitted]),
    )


def _digest(rows: Sequence[LabelledText]) -> str:
    digest = hashlib.sha256()
    for line in data_lines(rows):
        digest.update(line.encode() + b"\n")
    return digest.hexdigest()
