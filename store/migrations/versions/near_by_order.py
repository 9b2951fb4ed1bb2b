"""Of colleagues' tickets only those that name an order are kept in an index of their own."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "near_by_order"
down_revision = "dates_of_customers"
branch_labels = None
depends_on = None

# Code of the schema before finds the same tickets without it.
VERSION = 27


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    named = sa.text("near_scope IS NOT NULL AND near_orders <> '[]'")
    op.create_index(
        "ix_ticket_near_orders",
        "ticket",
        ["near_scope", "id", "near_orders"],
        sqlite_where=named,
        postgresql_where=named,
    )
    op.drop_index("ix_ticket_near_scope", "ticket")
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
