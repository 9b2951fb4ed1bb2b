"""Rules' figures are counted by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "figures_of_rules"
down_revision = "precedents_and_weeks"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 8
COUNTS = ("hits", "overridden", "errors", "sets", "changed", "decided", "agreed", "changed_decided", "changed_agreed")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "rule_day",
        sa.Column("day", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("trial", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTS),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "rule", "field", "trial", name="pk_rule_day"),
        sqlite_with_rowid=False,
    )
    failing = sa.text("errors > 0")
    op.create_index("ix_rule_day_failing", "rule_day", ["day"], sqlite_where=failing, postgresql_where=failing)
    op.create_table(
        "counted_mark",
        sa.Column("what", sa.Text(), nullable=False),
        sa.Column("last_id", number, nullable=False, autoincrement=False),
        sa.PrimaryKeyConstraint("what", name="pk_counted_mark"),
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
