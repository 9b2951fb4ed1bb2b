"""What our mail server found out about a sender is kept with the mail; spam has a list, and a person may clear it."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "trusted_verdicts"
down_revision = "occasions_of_rules"
branch_labels = None
depends_on = None

# Code of the schema before writes no verdict, and finds the same mails.
VERSION = 11


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("ledger", sa.Column("authentication", sa.Text(), nullable=False, server_default=""))
    op.add_column("ledger", sa.Column("not_spam", sa.Boolean(), nullable=False, server_default=sa.false()))
    spam = sa.text("substr(silent_because, 1, 4) = 'spam' AND ticket_id IS NULL")
    op.create_index("ix_ledger_spam", "ledger", ["id"], sqlite_where=spam, postgresql_where=spam)
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
