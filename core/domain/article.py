"""An article 知识条目: a case worth learning from, or words worth saying again, for everybody (DOMAIN 7 and 8)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

BEFORE = "K"
"""How an article's number begins: K1, K2 and so on."""


class ArticleKind(StrEnum):
    CASE = "case"
    PHRASING = "phrasing"


class ArticleState(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    RETIRED = "retired"


class ArticleStep(StrEnum):
    """What made a version of it."""

    WRITTEN = "written"
    CHANGED = "changed"
    RESTORED = "restored"
    PUBLISHED = "published"
    REVIEWED = "reviewed"
    RETIRED = "retired"
    DRAFTED = "drafted"


PARTS: dict[ArticleKind, tuple[str, ...]] = {
    ArticleKind.CASE: ("problem", "cause", "solution", "caution"),
    ArticleKind.PHRASING: ("occasion", "words", "objection"),
}
"""What each kind says, in this order."""
SAID = {ArticleKind.CASE: "solution", ArticleKind.PHRASING: "words"}
"""The part without which it is of no use, and which goes into an answer."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """``parts`` are the words by the names of ``PARTS``; ``type`` and ``topic`` are keys of the taxonomy or empty.
    ``version`` counts the steps, from 1: ``step``, ``by`` and ``at`` tell the last one. ``ticket`` is the number of the
    ticket that it was drawn from; ``review`` is when it is to be looked at again, which only a published one is;
    ``used`` is how often it went into an answer."""

    id: int
    serial: int = 0
    version: int = 1
    kind: ArticleKind
    state: ArticleState = ArticleState.DRAFT
    language: str = "zh-CN"
    title: str
    type: str = ""
    topic: str = ""
    parts: Mapping[str, str] = field(default_factory=dict)
    owner: str = ""
    ticket_id: int = 0
    ticket: str = ""
    step: ArticleStep = ArticleStep.WRITTEN
    by: str
    at: datetime
    review: datetime | None = None
    used: int = 0

    @property
    def number(self) -> str:
        return f"{BEFORE}{self.serial}"

    @property
    def said(self) -> str:
        """What goes into an answer."""
        return self.parts.get(SAID[self.kind], "")

    def is_due(self, now: datetime) -> bool:
        """Whether a lead has to look at it again."""
        return self.state is ArticleState.PUBLISHED and self.review is not None and self.review <= now


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleFilter:
    """Which articles a list shows; '' means any. ``types`` are all keys under which one type may be stored, ``text``
    are words, ``due`` asks for those whose review has come by then."""

    kind: str = ""
    state: str = ""
    types: tuple[str, ...] = ()
    language: str = ""
    text: str = ""
    due: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleMatch:
    """An article and those of the words looked for that stand in it."""

    article: Article
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class KnowledgeSettings:
    """After how many days a published article is looked at again, and whether agents publish, too."""

    review_days: int = 30
    agents_publish: bool = False


def serial_of(number: str) -> int:
    """The serial that a number such as K12 (or 12) names, 0 for none."""
    digits = number.strip().upper().removeprefix(BEFORE)
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 10 else 0
