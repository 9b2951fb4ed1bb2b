"""Customers who write from several addresses are one: a row names the customer whose other address it is."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "customers_merged"
down_revision = "forms_and_phones"
branch_labels = None
depends_on = None

# Code of the schema before takes each address for a customer of its own.
VERSION = 14
JOINED = "merged_into <> 0"


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("customer", sa.Column("merged_into", number, nullable=False, server_default="0"))
    op.create_index(
        "ix_customer_merged_into",
        "customer",
        ["merged_into"],
        sqlite_where=sa.text(JOINED),
        postgresql_where=sa.text(JOINED),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
