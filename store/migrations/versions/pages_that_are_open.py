"""Which pages have a ticket open just now: two agents on one ticket see each other."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "pages_that_are_open"
down_revision = "customers_by_level"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 30


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "presence",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("page", number, nullable=False, autoincrement=False),
        sa.Column("ticket_id", number, nullable=False),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("writing", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("person", "page", name="pk_presence"),
    )
    op.create_index("ix_presence_until", "presence", ["until"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
