"""When the original of a mail or letter was removed because it had been kept long enough."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "removed_originals"
down_revision = "managers_of_customers"
branch_labels = None
depends_on = None

# A table more: code of the schema before goes on working.
VERSION = 21


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "removed_original",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_removed_original"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
