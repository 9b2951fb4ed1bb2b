"""What people of the desk are to do for a customer by when: communication tasks."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tasks_for_customers"
down_revision = "plans_of_communication"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 23


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    texts = ("owner", "team", "words", "wording", "state", "made_by", "because", "ended_by", "reason")
    op.create_table(
        "task",
        sa.Column("id", number, nullable=False, autoincrement=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occasion", sa.Text(), nullable=False),
        sa.Column("customer_id", number, nullable=True),
        sa.Column("ticket_id", number, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in ("at", "due")),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in ("ended", "warn_at")),
        sa.Column("version", number, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_task"),
        sa.UniqueConstraint("occasion", name="uq_task_occasion"),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_task_customer_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_task_ticket_id"),
    )
    live, over, warned = sa.text("ended IS NULL"), sa.text("ended IS NOT NULL"), sa.text("warn_at IS NOT NULL")
    for name, columns, where in (
        ("live", ["due", "id"], live),
        ("owner", ["owner", "due", "id"], live),
        ("over", ["ended", "id"], over),
        ("warn_at", ["warn_at", "id"], warned),
        ("due", ["due", "id"], None),
        ("ticket_id", ["ticket_id", "id"], None),
        ("customer_id", ["customer_id", "id"], None),
    ):
        op.create_index(f"ix_task_{name}", "task", columns, sqlite_where=where, postgresql_where=where)
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
