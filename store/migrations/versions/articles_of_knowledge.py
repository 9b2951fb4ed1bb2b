"""The knowledge base: articles, their versions and the words by which they are found."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "articles_of_knowledge"
down_revision = "appraisals_of_customers"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 25


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    content = ("language", "title", "type", "topic", "parts", "owner", "step", "by")
    op.create_table(
        "article",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("serial", number, nullable=False),
        sa.Column("version", number, nullable=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("kind", "state", *content)],
        sa.Column("ticket_id", number, nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("review", sa.BigInteger(), nullable=True),
        sa.Column("used", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_article"),
        sa.UniqueConstraint("serial", name="uq_article_serial"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_article_ticket_id"),
    )
    op.create_index("ix_article_state", "article", ["state", "serial"])
    op.create_index("ix_article_type", "article", ["type", "serial"])
    op.create_index("ix_article_ticket_id", "article", ["ticket_id"])
    due, published = sa.text("review IS NOT NULL"), sa.text("state = 'published'")
    op.create_index("ix_article_review", "article", ["review", "serial"], sqlite_where=due, postgresql_where=due)
    columns = ["kind", "used", "serial"]
    op.create_index("ix_article_used", "article", columns, sqlite_where=published, postgresql_where=published)
    op.create_table(
        "article_version",
        sa.Column("article_id", number, nullable=False, autoincrement=False),
        sa.Column("version", number, nullable=False, autoincrement=False),
        *[sa.Column(name, sa.Text(), nullable=False) for name in ("state", *content)],
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("article_id", "version", name="pk_article_version"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_article_version_article_id"),
    )
    op.create_table(
        "article_word",
        sa.Column("word", sa.LargeBinary(), nullable=False),
        sa.Column("article_id", number, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("word", "article_id", name="pk_article_word"),
        sa.ForeignKeyConstraint(["article_id"], ["article.id"], name="fk_article_word_article_id"),
    )
    op.create_index("ix_article_word_article_id", "article_word", ["article_id"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
