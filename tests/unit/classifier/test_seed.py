"""The seed: its rows are sound, and the arrays that ship were built from them."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from importlib.resources import files

import numpy as np
import pytest

from classifier.rows import data_lines
from classifier.seed.build import build
from classifier.seed.rows import TARGETS, seed_rows
from classifier.training import COARSE
from core.domain.taxonomy import URGENCIES


def test_every_value_has_enough_letters():
    """At least 25 letters of ours a type, in three languages, and sixty urgent ones."""
    ours = [row for row in seed_rows() if row.source == "letters"]
    kinds = Counter(row.labels["type"] for row in ours)
    assert set(kinds) == set(COARSE["type"])
    assert min(kinds.values()) >= 25
    assert Counter(row.labels["urgency"] for row in ours)["紧急"] >= 60
    assert {row.labels["urgency"] for row in ours} == set(URGENCIES)


def test_no_letter_stands_twice():
    """Each letter of ours is its own."""
    texts = [(row.message.subject, row.message.body) for row in seed_rows() if row.source == "letters"]
    assert len(set(texts)) == len(texts)


def test_the_arrays_were_built_from_these_rows(seed):
    """The card names the hash of the rows: whoever changes a row must build the seed again."""
    digest = hashlib.sha256("".join(f"{line}\n" for line in data_lines(seed_rows())).encode()).hexdigest()
    assert seed.card["data_sha256"] == digest


def test_the_arrays_are_small():
    """Two megabytes at most."""
    assert len(files("classifier.seed").joinpath("seed.npz").read_bytes()) <= 2 * 1024 * 1024


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("HUIYING_TEST_ALL"), reason="builds a model for ten seconds; HUIYING_TEST_ALL=1")
def test_building_again_gives_the_arrays_that_ship(seed, segmenter):
    """``python -m classifier.seed.build`` is the only maker of seed.npz."""
    again = build(segmenter)
    assert again.version == seed.version
    assert again.terms == seed.arrays.terms
    for target in TARGETS:
        ours, theirs = again.card["targets"][target], seed.card["targets"][target]
        assert ours["counts"] == theirs["counts"]
        assert ours["temperature"] == pytest.approx(theirs["temperature"], rel=0.02)
    assert np.abs(again.coefficients - seed.arrays.coefficients).max() < 0.02
