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
    # What a policy counts in natural time says so in its own arithmetic: "→ 72 小时", not "→ 3 工作日".
    op.execute(
        "UPDATE promise SET working = false WHERE because LIKE '%→ %' "
        "AND because NOT LIKE '%→ %工作%' AND because NOT LIKE '%→ %working%'"
    )
    # Mail over the size limit was only noted; the next comparison with the server brings its beginning in.
    op.execute(
        "UPDATE ledger SET stage = 'vanished' WHERE stage = 'too_large' "
        "AND NOT EXISTS (SELECT 1 FROM raw_mail WHERE raw_mail.ledger_id = ledger.id)"
    )
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
