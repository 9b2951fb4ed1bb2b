"""Customers are found by their telephone number: its digest stands beside it; upkeep writes those of before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "callers_by_number"
down_revision = "customers_merged"
branch_labels = None
depends_on = None

# Code of the schema before writes numbers without it: upkeep finds them.
VERSION = 15
KNOWN, OLD = "phone_key IS NOT NULL", "phone IS NOT NULL AND phone_key IS NULL"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("customer", sa.Column("phone_key", sa.LargeBinary(), nullable=True))
    for name, column, where in (
        ("ix_customer_phone_key", "phone_key", KNOWN), ("ix_customer_phone_old", "id", OLD),
    ):  # fmt: skip
        op.create_index(name, "customer", [column], sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
