"""Decides what ``train`` and ``evaluate`` of the command line do with files (DESIGN 4).

Both read JSON lines. A row with a ``split`` is used by ``train`` when it says train and by ``evaluate`` when it says
test; rows without one are used by both.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from classifier.evaluation import evaluate_model
from classifier.features import Cutter
from classifier.model import to_bytes
from classifier.rows import BadRow, Columns, Hits, LabelledText, no_hits, read_rows
from classifier.serving import ArrayModel
from core.domain.errors import BadInput
from core.text.segment import Segmenter

MODEL_FILE = "model.npz"
_SHOWN = 20
"""So many lines that are no rows are told while it runs: a wrong key makes all of a million such."""


def train(
    data: Path,
    text: str,
    subject: str | None,
    labels: Mapping[str, str],
    out: Path,
    progress: Callable[[str], None] = lambda line: None,
    *,
    hits: Hits = no_hits,
    words: Cutter | None = None,
) -> dict[str, Any]:
    """Fits a model on ``data`` and writes it to ``out`` (a file, or ``model.npz`` in a directory that exists).

    ``labels`` maps each target to the key of the rows that holds it. The model's card, with ``bad_rows``: the lines
    that could not be used. Raises ``BadInput`` when nothing can be learnt.
    """
    from classifier.reading import Aids
    from classifier.seed.rows import aids
    from classifier.training import train_model

    columns, cut = Columns(text=text, subject=subject, labels=labels), words or Segmenter()
    rows, bad = _read(data, columns, "train", hits, progress)
    arrays = train_model(rows, tuple(labels), cut, aids=Aids.of(aids(), cut), progress=progress)
    _write(model_path(out), to_bytes(arrays))
    return {**arrays.card, "bad_rows": _told(bad)}


def stream(
    data: Path,
    text: str,
    subject: str | None,
    labels: Mapping[str, str],
    out: Path,
    tell: Callable[[dict[str, Any]], None],
    progress: Callable[[str], None] = lambda line: None,
    *,
    hits: Hits = no_hits,
    words: Cutter | None = None,
) -> None:
    """As ``train``, with the rows replayed in the order of the file as if agents corrected them one by one.

    ``tell`` is given one object a hundred rows and target as they come, and the card last.
    """
    from classifier.seed import load_seed
    from classifier.stream import replay

    cut = words or Segmenter()
    rows, bad = _read(data, Columns(text=text, subject=subject, labels=labels), "train", hits, progress)
    for found in replay(rows, tuple(labels), cut, load_seed(cut), progress):
        if isinstance(found, dict):
            tell(found)
        else:
            _write(model_path(out), to_bytes(found))
            tell({**found.card, "bad_rows": _told(bad)})


def evaluate(
    model: Path,
    data: Path,
    text: str,
    subject: str | None,
    labels: Mapping[str, str],
    progress: Callable[[str], None] = lambda line: None,
    *,
    hits: Hits = no_hits,
    words: Cutter | None = None,
) -> dict[str, Any]:
    """Scores a stored model on ``data``: ``{"targets": {name: figures}, "model": version, "bad_rows": […]}``."""
    loaded = load_model(model, words or Segmenter())
    unknown = [target for target in labels if target not in {t.name for t in loaded.arrays.targets}]
    if unknown:
        raise BadInput(f"the model does not speak about {', '.join(unknown)}")
    rows, bad = _read(data, Columns(text=text, subject=subject, labels=labels), "test", hits, progress)
    figures = evaluate_model(loaded, rows, tuple(labels))
    return {"targets": figures, "model": loaded.version, "bad_rows": _told(bad)}


def load_model(path: Path, words: Cutter) -> ArrayModel:
    """Reads a stored model; ``BadInput`` when there is none."""
    file = model_path(path)
    try:
        return ArrayModel.from_bytes(file.read_bytes(), words)
    except OSError as error:
        raise BadInput(f"{file} cannot be read: {error.strerror}") from error


def model_path(path: Path) -> Path:
    """The file itself, or ``model.npz`` in it when it is a directory."""
    return path / MODEL_FILE if path.is_dir() else path


def _read(
    data: Path, columns: Columns, split: str, hits: Hits, progress: Callable[[str], None]
) -> tuple[list[LabelledText], list[BadRow]]:
    rows, bad = read_rows(data, columns, split, hits)
    for row in bad[:_SHOWN]:
        progress(f"{data}:{row.line}: {row.error}")
    if len(bad) > _SHOWN:
        progress(f"{data}: {len(bad) - _SHOWN} more lines that are no rows")
    if not rows:
        raise BadInput(f"{data} has no usable row for {split}")
    return rows, bad


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(data)
    os.replace(part, path)


def _told(bad: list[BadRow]) -> list[dict[str, Any]]:
    return [{"line": row.line, "error": row.error} for row in bad]
