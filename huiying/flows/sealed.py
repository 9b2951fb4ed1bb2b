"""What changing the data keys asks of the store. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Protocol

from core.domain.keys import RenewedRow, SealedRows


class Sealed(Protocol):
    """Rows with sealed values, table by table in short steps; ``after`` is where the step before ended, () at first."""

    @property
    def tables(self) -> tuple[str, ...]: ...

    def size(self, table: str) -> int: ...

    def look(self, table: str, after: tuple[Any, ...]) -> SealedRows: ...

    def renewed(self, table: str, after: tuple[Any, ...]) -> tuple[SealedRows, tuple[RenewedRow, ...]]:
        """Those rows of the step that an older key seals, sealed with the newest. Nothing is written."""
        ...

    def put(self, table: str, rows: Sequence[RenewedRow]) -> bool:
        """Writes them; False where one was changed meanwhile: that step is to be done again."""
        ...

    def newest(self) -> int:
        """The newest data key that the database was told of."""
        ...

    def met(self) -> frozenset[str]:
        """The places of stored values that this process met and that do not open, such as customer.phone.17."""
        ...

    def faults(self) -> tuple[str, ...]:
        """The places, of those that were noted, whose values still do not open."""
        ...

    def note_faults(self, places: Collection[str]) -> None:
        """Keeps in mind, for every process, that these do not open; what opens again is forgotten."""
        ...

    def note_newest(self) -> None:
        """From now on only a key ring opens this database that holds the key that writes here."""
        ...
