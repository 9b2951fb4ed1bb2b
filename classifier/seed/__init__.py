"""The model that ships: what to suggest before the desk has labels of its own."""

from __future__ import annotations

from importlib.resources import files

from classifier.features import Cutter
from classifier.serving import ArrayModel
from core.text.segment import Segmenter

SEED_FILE = "seed.npz"


def load_seed(words: Cutter | None = None) -> ArrayModel:
    """The shipped model; ``words`` cuts texts (without it a segmenter of its own does)."""
    data = files(__name__).joinpath(SEED_FILE).read_bytes()
    return ArrayModel.from_bytes(data, words or Segmenter())
