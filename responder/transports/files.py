"""Writes letters as .eml files into a folder instead of sending them: for trials without a mail server."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from core.domain.errors import TransportUnavailable
from core.domain.letter import Delivery, Outcome, OutgoingMail, SendLimit

UNLIMITED = 1_000_000


class FilesTransport:
    """One file a letter, named by its id: a resend replaces the same bytes by themselves."""

    def __init__(self, folder: Path, now: Callable[[], datetime]) -> None:
        self._folder = folder
        self._now = now
        self._closed = False

    def room(self, mailbox: str) -> int:
        """A folder takes whatever comes."""
        return UNLIMITED

    def limit(self, mailbox: str) -> SendLimit | None:
        return None

    def send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]:
        """One outcome a letter. Raises ``TransportUnavailable`` once closed or when the folder cannot be made."""
        if self._closed:
            raise TransportUnavailable("发信通道已关闭 (the transport is closed)")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise TransportUnavailable(f"{self._folder}: {error.strerror}") from error
        return tuple(self._write(letter) for letter in letters)

    def close(self) -> None:
        self._closed = True

    def _write(self, letter: OutgoingMail) -> Delivery:
        begun = self._now()
        target = self._folder / f"{letter.letter_id}.eml"
        partial = target.with_suffix(".part")
        try:
            with partial.open("wb") as file:
                file.write(letter.data)
                file.flush()
                os.fsync(file.fileno())
            partial.replace(target)
        except OSError as error:
            outcome, code, answer = Outcome.DEFERRED, 0, f"{target.name}: {error.strerror}"
        else:
            outcome, code, answer = Outcome.SENT, 250, f"250 {target.name}"
        at = self._now()
        seconds = max(0.0, (at - begun).total_seconds())
        return Delivery(letter_id=letter.letter_id, at=at, outcome=outcome, code=code, answer=answer, seconds=seconds)
