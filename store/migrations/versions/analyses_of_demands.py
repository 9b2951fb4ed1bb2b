"""What the team makes of a demand has its table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "analyses_of_demands"
down_revision = "words_of_messages"
branch_labels = None
depends_on = None

# Code of the schema before does not know the table.
VERSION = 17
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
_CODES = ("reasonable", "advice", "cause")
_WORDS = ("people", "technology", "budget", "cause_words", "improvement")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "analysis",
        sa.Column("ticket_id", ID, nullable=False, autoincrement=False),
        sa.Column("version", ID, nullable=False),
        sa.Column("analyst", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Boolean(), nullable=True) for name in ("in_service", "customary", "feasible")),
        *(sa.Column(name, sa.Text(), nullable=False) for name in (*_CODES, *_WORDS)),
        sa.Column("quadrant", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_analysis_ticket_id"),
        sa.PrimaryKeyConstraint("ticket_id", name="pk_analysis"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
