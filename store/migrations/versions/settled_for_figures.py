"""Indexes by which figures find what was closed, kept and missed in a span of time."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "settled_for_figures"
down_revision = "tokens_of_programs"
branch_labels = None
depends_on = None

# Two indexes more: code of the schema before goes on working.
VERSION = 19


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    closed = sa.text("closed IS NOT NULL")
    op.create_index("ix_ticket_closed", "ticket", ["closed"], sqlite_where=closed, postgresql_where=closed)
    settled = sa.text("state = 'missed' OR (state = 'kept' AND clock IN ('first_response', 'resolution'))")
    op.create_index("ix_promise_settled", "promise", ["told", "due"], sqlite_where=settled, postgresql_where=settled)
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
