"""What a message says, as far as its text does: found by reading, never made up, kept beside the message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

LONGEST_GIST = 40
"""Characters of a distillation 提炼 (DOMAIN 2)."""
LONGEST_WORDS = 80
"""Characters of each other text."""
MOST_FOUND = 10
"""Entries of a list."""
FARTHEST = 14 * 60
"""Minutes by which a clock may be off UTC."""


class Remark(StrEnum):
    """What a reply is beside its words: ``thanks`` and ``assent`` want nothing, ``urges`` asks where the answer is,
    ``solved`` says that nothing is needed any more."""

    NONE = "none"
    THANKS = "thanks"
    ASSENT = "assent"
    URGES = "urges"
    SOLVED = "solved"


WANTS_NOTHING = (Remark.THANKS, Remark.ASSENT, Remark.SOLVED)
"""Said about what is over, it opens nothing again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadline:
    """The time that the customer asks for: its instant, the words that name it and where they stand in ``reply``."""

    at: datetime
    words: str
    start: int = 0
    end: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """``remark_by`` is the rule that decided the remark, empty for the reading of the text;
    ``gist`` is the proposed distillation; ``phones`` are masked; ``goal``, ``background`` and ``happened`` (when it
    happened, which is not when it arrived) are the text's own words. ``offset`` is by how many minutes the writer's
    clock is ahead of UTC, 0 where his mail program does not say."""

    gist: str = ""
    remark: Remark = Remark.NONE
    remark_by: str = ""
    orders: tuple[str, ...] = ()
    products: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    deadline: Deadline | None = None
    goal: str = ""
    background: str = ""
    happened: str = ""
    offset: int = 0


NOTHING_SAID = Said()


@dataclass(frozen=True, slots=True, kw_only=True)
class Aids:
    """What a parser, of which there are many, works out for the desk beside what a message says; it is not kept.

    ``clean`` names the texts in which nothing is private (``subject``, ``reply``, ``text``, ``html``), ``pieces`` are
    the hashes by which a near copy is found, ``asking`` the (start, end) of each sentence of the masked own words that
    may ask for a time."""

    clean: frozenset[str] = frozenset()
    pieces: tuple[int, ...] = ()
    asking: tuple[tuple[int, int], ...] = ()
