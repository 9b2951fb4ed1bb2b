"""What the knowledge base asks of the store. A part of ``huiying/flows/ports.py``."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Protocol

from core.domain.article import Article, ArticleFilter, ArticleKind, ArticleMatch
from core.domain.views import Page


class Articles(Protocol):
    """Articles 知识条目 and all their versions."""

    def add(self, new: Article) -> int:
        """The serial that it got."""
        ...

    def save(self, new: Article) -> None:
        """The next version; ``Conflict`` unless the stored one is the version before. How often it was used stays."""
        ...

    def get(self, serial: int) -> Article | None: ...

    def of_ticket(self, ticket_id: int) -> tuple[Article, ...]:
        """Those that were drawn from it."""
        ...

    def used(self, article_id: int) -> None:
        """It went into an answer once more."""
        ...

    def find(self, which: ArticleFilter, key: str, limit: int) -> Page[Article]:
        """The newest first; what is due by its time of review."""
        ...

    def count(self, which: ArticleFilter) -> int:
        """At most ``MOST_COUNTED``."""
        ...

    def most_used(self, kind: ArticleKind, languages: Collection[str], limit: int) -> tuple[Article, ...]:
        """Published ones of that kind."""
        ...

    def versions(self, article_id: int, key: str, limit: int) -> Page[Article]:
        """The article as it was after each step, the last one first."""
        ...

    def version(self, article_id: int, version: int) -> Article | None: ...

    def matching(
        self, words: Sequence[str], types: Collection[str], languages: Collection[str]
    ) -> tuple[ArticleMatch, ...]:
        """Published ones in which some of the words stand, or that are of such a type. Of each word, and of each type,
        only the newest in those languages are looked at: the cost does not grow with what is stored."""
        ...
