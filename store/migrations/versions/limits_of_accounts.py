"""What an outgoing account let out in the last minute is counted for all processes and machines together."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "limits_of_accounts"
down_revision = "trusted_verdicts"
branch_labels = None
depends_on = None

# Code of the schema before goes on counting by itself.
VERSION = 12


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "account_second",
        sa.Column("account", sa.Text(), nullable=False),
        sa.Column("second", sa.BigInteger(), nullable=False, autoincrement=False),
        sa.Column("letters", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("account", "second", name="pk_account_second"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
