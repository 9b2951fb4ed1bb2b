"""Decisions say on what occasion they were made; rules that run after a time are due; customers have an industry."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "occasions_of_rules"
down_revision = "what_mails_say"
branch_labels = None
depends_on = None

# What was decided before was decided on arrival; code of the schema before goes on working.
VERSION = 10


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("customer", sa.Column("industry", sa.Text(), nullable=False, server_default=""))
    op.add_column("decision", sa.Column("occasion", sa.Text(), nullable=False, server_default="arrival"))
    op.create_index("ix_ticket_of_customer", "ticket", ["customer_id", "id"])
    op.create_table(
        "rule_timer",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("ticket_id", number, nullable=False, autoincrement=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_rule_timer_ticket_id_ticket"),
        sa.PrimaryKeyConstraint("id", name="pk_rule_timer"),
        sa.UniqueConstraint("ticket_id", "rule", name="uq_rule_timer_ticket_id_rule"),
    )
    op.create_index("ix_rule_timer_at", "rule_timer", ["at", "id"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
