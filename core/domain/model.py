"""A stored model: its card, when it was made, and whether it serves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRecord:
    """One version in the registry, without its arrays. ``card`` says what it learnt from, how good it was on labels
    it had not seen, and what the gate said."""

    id: int
    version: str
    at: datetime
    card: Mapping[str, Any]
    active: bool = False

    @property
    def labels(self) -> int:
        """How many labelled messages there were when it was made."""
        return int(self.card.get("labels", 0))

    @property
    def last_label(self) -> int:
        """The id of the newest correction it learnt from; 0 for none."""
        return int(self.card.get("last_label", 0))

    @property
    def passed(self) -> bool:
        """Whether the gate let it serve."""
        return bool(self.card.get("gate", {}).get("passed", False))
