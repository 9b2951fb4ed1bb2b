"""Decides what the shipped model learns from: ``python -m classifier.seed.build`` makes seed.npz from the rows here."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from classifier.features import Cutter
from classifier.model import ModelArrays, to_bytes
from classifier.seed import SEED_FILE
from classifier.seed.rows import TARGETS, seed_rows
from classifier.training import Progress, Recipe, train_model
from core.text.segment import Segmenter

HERE = Path(__file__).parent
# Our letters are few beside the bank's questions: what two of them say is worth keeping. What two say is also little
# proof: more regularisation carries over to other writers better (chosen on letters of which none is learnt here).
RECIPE = Recipe(strength=1.0, most_terms=30_000, precision="float16", rarer_dropped_from=1_000_000)


def build(words: Cutter, progress: Progress = lambda line: None) -> ModelArrays:
    """The seed model. It never accepts by itself: how often it is right is known only once a desk has labels."""
    arrays = train_model(tuple(seed_rows()), TARGETS, words, name="seed", recipe=RECIPE, progress=progress)
    targets = {name: {**entry, "threshold": None} for name, entry in arrays.card["targets"].items()}
    return replace(arrays, card={**arrays.card, "targets": targets})


def main() -> None:
    def tell(line: str) -> None:
        sys.stderr.write(f"{line}\n")

    data = to_bytes(build(Segmenter(), tell))
    (HERE / SEED_FILE).write_bytes(data)
    tell(f"{SEED_FILE}: {len(data)} bytes")


if __name__ == "__main__":
    main()
