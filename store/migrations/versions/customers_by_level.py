"""Customers of a level are found however many others there are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_by_level"
down_revision = "tasks_by_team"
branch_labels = None
depends_on = None

# Code of the schema before finds the same customers without it.
VERSION = 29


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    levelled = sa.text("level <> ''")
    op.create_index("ix_customer_level", "customer", ["level", "id"], sqlite_where=levelled, postgresql_where=levelled)
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
