"""Promises can be paused (which kind of time they count, what was not counted); letters carry files."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "pauses_of_promises"
down_revision = "first_schema"
branch_labels = None
depends_on = None

# Rows get their values from the defaults, and code of the schema before goes on working.
VERSION = 2


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("promise", sa.Column("working", sa.Boolean(), nullable=False, server_default=sa.true()))
    op.add_column("promise", sa.Column("pauses", sa.Text(), nullable=False, server_default="[]"))
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "letter_file",
        sa.Column("letter_id", number, nullable=False, autoincrement=False),
        sa.Column("place", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("name", sa.LargeBinary(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("letter_id", "place", name="pk_letter_file"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
