"""What is told of the models in the registry, and how two of them differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.errors import NotFound
from core.domain.model import ModelRecord
from huiying.flows.ports import Transaction

MOST = 100
SHIPPED = "seed"
"""How commands call the model that ships."""
FIGURES = ("rows", "accuracy", "interval", "macro_f1", "ece", "ece_noise")


def known_models(tx: Transaction) -> tuple[ModelRecord, ...]:
    """Every version, newest first."""
    return tx.models.records(MOST)


def spoken(entry: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a target's card says about the answers as agents see them: the mixture with the seed where there is one."""
    said: Mapping[str, Any] = entry.get("blend", entry)
    return said


def summary(record: ModelRecord) -> dict[str, Any]:
    """One line of ``models list``."""
    card = record.card
    return {
        "version": record.version,
        "at": record.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "active": record.active,
        "labels": record.labels,
        "labelled": card.get("labelled", []),
        "terms": card.get("terms", 0),
        "before": card.get("before") or None,
        "passed": record.passed,
        "because": card.get("gate", {}).get("because", []),
        "targets": {name: figures(entry) for name, entry in card.get("targets", {}).items()},
    }


def figures(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Held-out figures of one target, and from which probability on it is accepted."""
    said = spoken(entry)
    held = said.get("held_out", {})
    return {
        **{name: held.get(name) for name in FIGURES},
        "counts": entry.get("counts", {}),
        "threshold": said.get("threshold"),
        "seed_accuracy": entry.get("blend", {}).get("seed_accuracy"),
    }


def difference(tx: Transaction, first: str, second: str) -> dict[str, Any]:
    """Both cards side by side by target; ``seed``, the model that ships, by its answers to the other's held-out rows.
    Raises ``NotFound``."""
    one, other = (None if version == SHIPPED else _found(tx, version) for version in (first, second))
    known = [record for record in (one, other) if record is not None]
    if not known:
        raise NotFound(f"{first} {second}: 至少一个是自己的版本 (at least one must be a version of the desk's own)")
    targets = sorted({name for record in known for name in record.card["targets"]})
    return {
        "first": one.version if one else SHIPPED,
        "second": other.version if other else SHIPPED,
        "labels": [record.labels if record else 0 for record in (one, other)],
        "gate": [record.card.get("gate") if record else None for record in (one, other)],
        "targets": {name: _side_by_side(_told(one, other, name), _told(other, one, name)) for name in targets},
    }


def _told(record: ModelRecord | None, beside: ModelRecord | None, target: str) -> dict[str, Any] | None:
    shown = record or beside
    entry = shown.card["targets"].get(target) if shown else None
    if entry is None or record is not None:
        return figures(entry) if entry else None
    right = figures(entry)
    accuracy = right["seed_accuracy"]
    return {
        **dict.fromkeys(right),
        "counts": {},
        "rows": right["rows"],
        "accuracy": accuracy,
        "seed_accuracy": accuracy,
    }


def _side_by_side(first: dict[str, Any] | None, second: dict[str, Any] | None) -> dict[str, Any]:
    accuracies = [each["accuracy"] if each else None for each in (first, second)]
    gained = None
    if accuracies[0] is not None and accuracies[1] is not None:
        gained = round(accuracies[1] - accuracies[0], 4)
    return {"first": first, "second": second, "gained": gained}


def _found(tx: Transaction, version: str) -> ModelRecord:
    record = tx.models.record(version)
    if record is None:
        raise NotFound(f"没有模型 {version} (no model {version})")
    return record
