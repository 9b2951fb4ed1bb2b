"""A mail server in memory that answers as a test has scripted it; conforms to ``huiying.flows.ports.Transport``."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from core.domain.errors import TransportUnavailable
from core.domain.letter import Delivery, Outcome, OutgoingMail, SendLimit

ACCEPTED = (Outcome.SENT, 250, "250 2.0.0 OK")
LATER = (Outcome.DEFERRED, 451, "451 4.3.0 later")
NEVER = (Outcome.REFUSED, 550, "550 5.1.1 no such user")
ROOM = 1_000_000
UNKNOWN = (Outcome.UNCERTAIN, 0, "connection lost")


class MemoryTransport:
    """Takes every letter unless ``script`` holds an answer for the next one."""

    def __init__(self, now: Callable[[], datetime]) -> None:
        self._now = now
        self._closed = False
        self.script: list[tuple[Outcome, int, str]] = []
        self.tried: list[OutgoingMail] = []
        self.left = ROOM
        self.limits: dict[str, SendLimit] = {}

    def room(self, mailbox: str) -> int:
        return self.left

    def limit(self, mailbox: str) -> SendLimit | None:
        return self.limits.get(mailbox)

    def send(self, letters: Sequence[OutgoingMail]) -> tuple[Delivery, ...]:
        if self._closed:
            raise TransportUnavailable
        return tuple(self._one(letter) for letter in letters)

    def close(self) -> None:
        self._closed = True

    def is_plain(self) -> bool:
        """Whether it takes every letter, as it does unless a test told it something."""
        return not (self._closed or self.script or self.limits) and self.left == ROOM - len(self.tried)

    def took(self, letters: Sequence[OutgoingMail]) -> None:
        """It was sent those."""
        self.tried.extend(letters)
        self.left -= len(letters)

    def _one(self, letter: OutgoingMail) -> Delivery:
        self.took([letter])
        outcome, code, answer = self.script.pop(0) if self.script else ACCEPTED
        return Delivery(letter_id=letter.letter_id, at=self._now(), outcome=outcome, code=code, answer=answer)
