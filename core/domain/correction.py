"""What an agent said about a decision: confirmed, corrected or undone; each is a label for the model."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class CorrectionKind(StrEnum):
    CONFIRM = "confirm"
    CORRECT = "correct"
    UNDO = "undo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """Appended, never edited. ``before`` and ``after`` are (field, value) pairs of the fields it touched,
    ``before_by`` who had decided each; ``undoes`` names the correction that an undo takes back;
    ``weight`` is its worth as a label (LEARNING, point 10)."""

    id: int
    ticket_id: int
    message_id: int
    kind: CorrectionKind
    at: datetime
    agent: str
    before: tuple[tuple[str, str], ...] = ()
    before_by: tuple[tuple[str, str], ...] = ()
    after: tuple[tuple[str, str], ...] = ()
    undoes: int = 0
    weight: float = 1.0
