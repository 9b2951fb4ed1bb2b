"""Tickets know when they were resolved and closed; parts, extensions, timers, votes; a told time, why it was missed."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "states_and_parts"
down_revision = "pauses_of_promises"
branch_labels = None
depends_on = None

# Only additions: rows get their values from the defaults, and code of the schema before goes on working.
VERSION = 3

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("promise", sa.Column("told", sa.BigInteger(), nullable=True))
    op.add_column("promise", sa.Column("breach", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("resolved", sa.BigInteger(), nullable=True))
    op.add_column("ticket", sa.Column("closed", sa.BigInteger(), nullable=True))
    op.add_column("ticket", sa.Column("verified_by", sa.Text(), nullable=False, server_default=""))
    _create("part", "id ticket_id", "department person output state asked_by", "at", "due ended")
    op.create_index("ix_part_ticket_id", "part", ["ticket_id", "id"])
    _create(
        "extension", "id ticket_id promise_id", "clock reason asked_by state decided_by because", "due wanted at",
        "decided",
    )  # fmt: skip
    op.create_index("ix_extension_ticket_id", "extension", ["ticket_id", "id"])
    asked = sa.text("state = 'asked'")
    op.create_index("ix_extension_asked", "extension", ["id"], sqlite_where=asked, postgresql_where=asked)
    _create("timer", "id ticket_id", "kind because", "at", "", unique=("ticket_id", "kind"))
    op.create_index("ix_timer_at", "timer", ["at", "id"])
    _create("vote", "id ticket_id letter_id", "marks words by", "at", "", unique=("ticket_id", "letter_id"))
    op.add_column("vote", sa.Column("satisfied", sa.Boolean(), nullable=False, server_default=sa.true()))
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def _create(
    table: str, ids: str, texts: str, instants: str, nullable_instants: str, *, unique: tuple[str, ...] = ()
) -> None:
    more: list[Any] = [sa.UniqueConstraint(*unique, name=f"uq_{table}_{'_'.join(unique)}")] if unique else []
    op.create_table(
        table,
        *(sa.Column(name, ID, nullable=False, autoincrement=False) for name in ids.split()),
        *(sa.Column(name, sa.Text(), nullable=False) for name in texts.split()),
        *(sa.Column(name, sa.BigInteger(), nullable=False) for name in instants.split()),
        *(sa.Column(name, sa.BigInteger(), nullable=True) for name in nullable_instants.split()),
        sa.PrimaryKeyConstraint("id", name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=f"fk_{table}_ticket_id"),
        *more,
    )


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
