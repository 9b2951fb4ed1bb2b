"""The small models of the unit tests: what really fits stands here."""

from tests.unit.classifier.conftest import arrays, model, rows, seed, segmenter, words

__all__ = ["arrays", "model", "rows", "seed", "segmenter", "words"]
