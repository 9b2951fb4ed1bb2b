"""A customer has key dates, and a day on which he agreed to be sent content."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "dates_of_customers"
down_revision = "articles_of_knowledge"
branch_labels = None
depends_on = None

# Code of the schema before writes neither, and erases nobody who has key dates: the reference keeps him.
VERSION = 26
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("customer", sa.Column("consent", sa.Text(), nullable=False, server_default=""))
    op.create_table(
        "key_date",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("month_day", sa.Integer(), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_key_date_customer_id"),
        sa.PrimaryKeyConstraint("id", name="pk_key_date"),
    )
    op.create_index("ix_key_date_customer_id", "key_date", ["customer_id"])
    op.create_index("ix_key_date_month_day", "key_date", ["month_day", "id"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
