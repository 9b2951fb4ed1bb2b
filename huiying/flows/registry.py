"""What flows need of the models and of what is remembered for them; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Protocol

from core.domain.correction import Correction
from core.domain.learning import Precedent, WeekFigures
from core.domain.model import ModelRecord
from core.domain.suggestion import Suggestion
from core.domain.ticket import Message


class Models(Protocol):
    """The registry of models: every version is kept, one at most serves."""

    def add(self, record: ModelRecord, arrays: bytes) -> None:
        """Keeps a version that does not serve yet; one that is there already stays as it is."""
        ...

    def active(self) -> str:
        """The version that serves, '' for the one that ships."""
        ...

    def latest(self) -> ModelRecord | None: ...

    def newest(self) -> int:
        """The id of the version that was made last, 0 when there is none."""
        ...

    def record(self, version: str) -> ModelRecord | None: ...

    def records(self, limit: int) -> tuple[ModelRecord, ...]:
        """Newest first."""
        ...

    def arrays(self, version: str) -> bytes | None: ...

    def activate(self, version: str) -> None:
        """Makes a version serve, '' the one that ships; workers notice. ``NotFound`` for an unknown one."""
        ...


class Corrections(Protocol):
    def add(self, correction: Correction) -> None: ...

    def of_ticket(self, ticket_id: int) -> tuple[Correction, ...]: ...

    def labels(self, after_id: int, limit: int) -> tuple[tuple[Correction, Message], ...]:
        """Corrections with the message they label, oldest first, for training."""
        ...

    def newest(self) -> int:
        """The id of what an agent said last, 0 when none has spoken."""
        ...

    def labelled(self) -> int:
        """How many messages were ever confirmed or corrected."""
        ...


class Precedents(Protocol):
    """Past tickets by their telling words."""

    def put(self, ticket_id: int, sketch: Mapping[str, float]) -> None:
        """Remembers a ticket that an agent has decided, in place of what was remembered of it."""
        ...

    def known(self, ticket_ids: Sequence[int]) -> frozenset[int]:
        """Those of the tickets that are remembered."""
        ...

    def nearest(self, sketch: Mapping[str, float], ticket_id: int, limit: int, least: float) -> tuple[Precedent, ...]:
        """The tickets most alike of those that an agent's word stands on, but for ``ticket_id``; alike by ``least`` at
        the least. Of each word only the newest tickets are looked at: the cost does not grow with what is stored."""
        ...


class Weeks(Protocol):
    """How the model did, by week."""

    def newest(self, limit: int) -> tuple[WeekFigures, ...]: ...

    def counted(self) -> tuple[int, int]:
        """The last decision and the last correction that are counted."""
        ...

    def suggestions(self, after: int, until: datetime, limit: int) -> tuple[tuple[int, datetime, Suggestion], ...]:
        """(id, instant, suggestion) of decisions that follow, oldest first."""
        ...

    def verdicts(
        self, after: int, until: datetime, limit: int
    ) -> tuple[tuple[int, datetime, Mapping[str, str], Suggestion], ...]:
        """(id, instant, what the agent set, what had been suggested) of corrections that follow, oldest first; an
        undone word sets nothing."""
        ...

    def add(self, weeks: Mapping[str, WeekFigures], last_decision: int, last_correction: int) -> None:
        """Adds to the figures of those weeks, and says up to where is counted."""
        ...
