"""Words of past tickets that agents have decided, and how the model did week by week."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "precedents_and_weeks"
down_revision = "new_mail_first"
branch_labels = None
depends_on = None

# Two tables more: code of the schema before goes on working.
VERSION = 7


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "precedent",
        sa.Column("word", number, nullable=False, autoincrement=False),
        sa.Column("ticket_id", number, nullable=False, autoincrement=False),
        sa.Column("weight", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("word", "ticket_id", name="pk_precedent"),
    )
    op.create_index("ix_precedent_ticket_id", "precedent", ["ticket_id"])
    op.create_table(
        "model_week",
        sa.Column("week", sa.Text(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("suggested", "accepted")),
        sa.Column("known", sa.Float(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("judged", "agreed")),
        *(
            sa.Column(name, number, nullable=False, autoincrement=False)
            for name in ("last_decision", "last_correction")
        ),
        sa.PrimaryKeyConstraint("week", name="pk_model_week"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
