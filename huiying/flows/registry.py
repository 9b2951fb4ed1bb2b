"""What flows need of the registry of models; a part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from typing import Protocol

from core.domain.model import ModelRecord


class Models(Protocol):
    """The registry of models: every version is kept, one at most serves."""

    def add(self, record: ModelRecord, arrays: bytes) -> None:
        """Keeps a version that does not serve yet; one that is there already stays as it is."""
        ...

    def active(self) -> str:
        """The version that serves, '' for the one that ships."""
        ...

    def latest(self) -> ModelRecord | None: ...

    def record(self, version: str) -> ModelRecord | None: ...

    def records(self, limit: int) -> tuple[ModelRecord, ...]:
        """Newest first."""
        ...

    def arrays(self, version: str) -> bytes | None: ...

    def activate(self, version: str) -> None:
        """Makes a version serve, '' the one that ships; workers notice. ``NotFound`` for an unknown one."""
        ...
