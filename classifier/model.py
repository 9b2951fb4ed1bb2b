"""Decides what a stored model is: named arrays and a card, never anything that could run."""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from classifier.features import GROUPS, SETTINGS
from core.domain.errors import BadInput

FORMAT = 1
FEWEST_OF_A_VALUE = 10
"""With fewer labels a value is suggested, never accepted: how right the others were proves nothing about it."""
_MOST_BYTES = 512 * 1024 * 1024

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One field a model speaks about. ``first`` is its first column in the coefficients, one column a class.

    ``threshold`` is the least calibrated probability that is accepted without an agent; None: suggest only.
    ``blend_temperature`` and ``blend_threshold`` are the same for its mixture with the seed; ``rows`` is how many
    labels it learnt from, ``counts`` how many each value has.
    """

    name: str
    classes: tuple[str, ...]
    first: int
    temperature: float
    threshold: float | None
    coarse: Mapping[str, str]
    rows: int = 0
    blend_temperature: float = 1.0
    blend_threshold: float | None = None
    counts: Mapping[str, int] = field(default_factory=dict)

    def threshold_of(self, value: str, threshold: float | None) -> float | None:
        """The ``threshold`` for this value: none where too few labels say what it is."""
        return threshold if self.counts.get(value, 0) >= FEWEST_OF_A_VALUE else None

    @property
    def columns(self) -> slice:
        return slice(self.first, self.first + len(self.classes))


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelArrays:
    """Everything a model is. The rows of ``coefficients`` are the terms of all groups, in the order of ``GROUPS``.

    ``weights`` is the inverse document frequency of each term (one for signals).
    """

    card: Mapping[str, Any]
    terms: Mapping[str, tuple[str, ...]]
    weights: Floats
    coefficients: Floats
    intercepts: Floats

    @property
    def version(self) -> str:
        return str(self.card["version"])

    @property
    def targets(self) -> tuple[Target, ...]:
        targets: list[Target] = []
        first = 0
        for name, entry in self.card["targets"].items():
            targets.append(_target(name, entry, first))
            first += len(targets[-1].classes)
        return tuple(targets)


def _target(name: str, entry: Mapping[str, Any], first: int) -> Target:
    threshold, blend = entry["threshold"], entry.get("blend", {})
    accepted = blend.get("threshold")
    return Target(
        name=name,
        classes=tuple(map(str, entry["classes"])),
        first=first,
        temperature=float(entry["temperature"]),
        threshold=None if threshold is None else float(threshold),
        coarse=dict(entry.get("coarse", {})),
        rows=int(entry.get("rows", 0)),
        blend_temperature=float(blend.get("temperature", 1.0)),
        blend_threshold=None if accepted is None else float(accepted),
        counts=dict(entry.get("counts", {})),
    )


def to_bytes(arrays: ModelArrays) -> bytes:
    """The model as a compressed npz without pickles; the same arrays give the same bytes.

    The card's ``precision`` (float16 or float32) says how weights and coefficients are stored.
    """
    precision = np.dtype(arrays.card["precision"])
    stored: dict[str, NDArray[Any]] = {
        "card": _text_array(json.dumps(dict(arrays.card), ensure_ascii=False, sort_keys=False)),
        "weights": arrays.weights.astype(precision),
        "coefficients": arrays.coefficients.astype(precision),
        "intercepts": arrays.intercepts,
    }
    for group in GROUPS:
        stored[f"terms_{group}"] = _text_array("\n".join(arrays.terms[group]))
    buffer = io.BytesIO()
    np.savez_compressed(buffer, allow_pickle=False, **stored)
    return buffer.getvalue()


def from_bytes(data: bytes) -> ModelArrays:
    """Reads what ``to_bytes`` wrote; ``BadInput`` for anything else."""
    try:
        if sum(info.file_size for info in zipfile.ZipFile(io.BytesIO(data)).infolist()) > _MOST_BYTES:
            raise BadInput("the model is larger than a model can be")
        with np.load(io.BytesIO(data), allow_pickle=False) as stored:
            arrays = ModelArrays(
                card=json.loads(_text(stored["card"])),
                terms={group: _lines(_text(stored[f"terms_{group}"])) for group in GROUPS},
                weights=stored["weights"].astype(np.float64),
                coefficients=stored["coefficients"].astype(np.float64),
                intercepts=stored["intercepts"].astype(np.float64),
            )
        _check(arrays)
    except BadInput:
        raise
    except Exception as error:
        raise BadInput(f"not a model of this version: {error}") from error
    return arrays


def _check(arrays: ModelArrays) -> None:
    if arrays.card["format"] != FORMAT or arrays.card["features"] != SETTINGS:
        raise ValueError("made for other features")
    size = sum(len(terms) for terms in arrays.terms.values())
    columns = sum(len(target.classes) for target in arrays.targets)
    shapes = (arrays.weights.shape, arrays.coefficients.shape, arrays.intercepts.shape)
    if shapes != ((size,), (size, columns), (columns,)):
        raise ValueError(f"shapes {shapes} do not fit {size} terms and {columns} classes")
    if not all(np.isfinite(a).all() for a in (arrays.weights, arrays.coefficients, arrays.intercepts)):
        raise ValueError("a number is not finite")
    if any(min(target.temperature, target.blend_temperature) <= 0 for target in arrays.targets):
        raise ValueError("a temperature is not positive")


def _text_array(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), dtype=np.uint8)


def _text(array: NDArray[np.uint8]) -> str:
    return array.tobytes().decode()


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n")) if text else ()
