"""The model that ships: what to suggest before the desk has labels of its own."""

from __future__ import annotations

from importlib.resources import files

from classifier.features import Words
from classifier.serving import ArrayModel
from core.text.segment import Segmenter

SEED_FILE = "seed.npz"


def load_seed(words: Words | None = None) -> ArrayModel:
    """The shipped model; ``words`` is the desk's ``Segmenter.words`` (without one it makes its own)."""
    data = files(__name__).joinpath(SEED_FILE).read_bytes()
    return ArrayModel.from_bytes(data, words or Segmenter().words)
