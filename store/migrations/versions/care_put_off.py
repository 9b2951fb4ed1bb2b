"""Whom a care plan could not get in touch with is tried again while the term lasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "care_put_off"
down_revision = "views_of_the_queue"
branch_labels = None
depends_on = None

# Code of the schema before leaves it empty.
VERSION = 34
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "care_put_off",
        sa.Column("plan", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("customer_id", ID, nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("plan", "occasion", "customer_id", name="pk_care_put_off"),
    )
    op.create_index("ix_care_put_off_at", "care_put_off", ["at", "customer_id"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
