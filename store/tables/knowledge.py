"""Tables of the knowledge base: articles, each step of them, and the words by which they are found."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, LargeBinary, Table, UniqueConstraint, text

from store.tables.base import code, count, data, instant, key, link, metadata, number, words
from store.types import Id

PUBLISHED, REVIEWED = "state = 'published'", "review IS NOT NULL"

article = Table(
    "article",
    metadata,
    key(),
    number("serial"),
    number("version"),
    code("kind"),
    code("state"),
    code("language"),
    words("title"),
    code("type"),
    code("topic"),
    data("parts"),
    words("owner"),
    link("ticket_id", "ticket.id", nullable=True),
    code("step"),
    words("by"),
    instant("at"),
    instant("review", nullable=True),
    count("used"),
    UniqueConstraint("serial"),
)
Index("ix_article_state", article.c.state, article.c.serial)
Index("ix_article_type", article.c.type, article.c.serial)
Index("ix_article_review", article.c.review, article.c.serial,
      sqlite_where=text(REVIEWED), postgresql_where=text(REVIEWED))  # fmt: skip
Index("ix_article_used", article.c.kind, article.c.used, article.c.serial,
      sqlite_where=text(PUBLISHED), postgresql_where=text(PUBLISHED))  # fmt: skip
Index("ix_article_ticket_id", article.c.ticket_id)

article_version = Table(
    "article_version",
    metadata,
    Column("article_id", Id, ForeignKey("article.id"), primary_key=True, autoincrement=False),
    Column("version", Id, primary_key=True, autoincrement=False),
    code("state"),
    code("language"),
    words("title"),
    code("type"),
    code("topic"),
    data("parts"),
    words("owner"),
    code("step"),
    words("by"),
    instant("at"),
)

article_word = Table(
    "article_word",
    metadata,
    Column("word", LargeBinary(), primary_key=True),
    Column("article_id", Id, ForeignKey("article.id"), primary_key=True, autoincrement=False),
)
Index("ix_article_word_article_id", article_word.c.article_id)
