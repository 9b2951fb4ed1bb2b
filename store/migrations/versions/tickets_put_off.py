"""Which tickets an agent has put off (稍后处理): his own queue leaves them out until an hour that he named."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tickets_put_off"
down_revision = "second_factors"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 32


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "snooze",
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("ticket_id", number, nullable=False, autoincrement=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.Column("version", number, nullable=False),
        sa.PrimaryKeyConstraint("person", "ticket_id", name="pk_snooze"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
