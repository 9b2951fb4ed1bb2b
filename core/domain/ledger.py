"""The ledger: one row for each mail a source ever showed, with its stage and the server's side (DESIGN 3.1)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from core.domain.channel import Channel

HISTORY = "import"
"""The source of old mail that a person brought in: closed tickets of a series of their own, never a letter."""

SENT = "sent"
"""The source of what was sent from somebody's mail program: an answer, never a demand."""

SPLIT = "split:"
"""Begins the folder of what a person made a demand of its own; the id of the ticket that it was said on follows."""


class Stage(StrEnum):
    """Where a raw mail is. KEPT waits; UNFETCHABLE is tried again; the others are final unless it is replayed.

    TOO_LARGE was filed by its beginning: the whole mail is on the server and can be fetched from there."""

    FILED = "filed"
    QUARANTINED = "quarantined"
    SHUNTED = "shunted"
    VANISHED = "vanished"
    TOO_LARGE = "too_large"
    UNFETCHABLE = "unfetchable"
    KEPT = "kept"


class AfterFiling(StrEnum):
    """What is done to the mail on the server once it is kept: ``mailboxes.yaml`` → ``after``."""

    NOTHING = "nothing"
    SEEN = "seen"
    MOVE = "move"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntry:
    """A claimed raw mail. ``attempts`` counts claims, this one included; ``old`` marks mail from before
    the mailbox was first connected, and history (they never get a letter); ``replay_of`` is the ticket a replay
    works on; ``not_spam`` that a person said so, or that no machine wrote it, whatever header or rule says.
    """

    id: int
    source: str
    mailbox: str
    folder: str
    uidvalidity: int
    uid: int
    sha256: str
    size: int
    arrived: datetime
    kept_at: datetime
    stage: Stage = Stage.KEPT
    attempts: int = 0
    old: bool = False
    replay_of: int = 0
    because: str = ""
    not_spam: bool = False

    @property
    def is_history(self) -> bool:
        return self.source == HISTORY

    @property
    def is_sent(self) -> bool:
        return self.source == SENT

    @property
    def split_from(self) -> int:
        """The ticket on which it was said together with something else (拆分); 0 for all others."""
        is_split = self.folder.startswith(SPLIT) and self.source in set(Channel)
        return int(self.folder.removeprefix(SPLIT)) if is_split else 0

    @property
    def is_demand(self) -> bool:
        """Whether a person said so, whatever a header or a rule says."""
        return self.not_spam or bool(self.split_from)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerAction:
    """A flag, move or delete still owed to the server; ``verified`` says the bytes were read back once."""

    ledger_id: int
    folder: str
    uidvalidity: int
    uid: int
    action: AfterFiling
    verified: bool = False
