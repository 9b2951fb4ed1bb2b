"""Views of the queue: filters that people keep under a name."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "views_of_the_queue"
down_revision = "tickets_put_off"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 33


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("owner", "name", "state", "type", "urgency", "assignee", "text")
    op.create_table(
        "saved_view",
        sa.Column("id", number, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
    )
    op.create_index("ix_saved_view_owner", "saved_view", ["owner", "place", "id"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
