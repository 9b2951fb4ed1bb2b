"""What is told of the models in the registry, and how two of them differ."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.errors import NotFound
from core.domain.model import ModelRecord
from huiying.flows.ports import Transaction

MOST = 100
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
    """Both cards side by side by target. Raises ``NotFound``."""
    one, other = (_found(tx, version) for version in (first, second))
    targets = sorted({*one.card["targets"], *other.card["targets"]})
    return {
        "first": one.version,
        "second": other.version,
        "labels": [one.labels, other.labels],
        "gate": [one.card.get("gate"), other.card.get("gate")],
        "targets": {name: _side_by_side(one, other, name) for name in targets},
    }


def _side_by_side(one: ModelRecord, other: ModelRecord, target: str) -> dict[str, Any]:
    both = [record.card["targets"].get(target) for record in (one, other)]
    told = [figures(entry) if entry else None for entry in both]
    accuracies = [each["accuracy"] if each else None for each in told]
    gained = None
    if accuracies[0] is not None and accuracies[1] is not None:
        gained = round(accuracies[1] - accuracies[0], 4)
    return {"first": told[0], "second": told[1], "gained": gained}


def _found(tx: Transaction, version: str) -> ModelRecord:
    record = tx.models.record(version)
    if record is None:
        raise NotFound(f"no model {version}")
    return record
