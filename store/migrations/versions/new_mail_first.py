"""What is new is claimed before an archive: the waiting mails stand in that order."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "new_mail_first"
down_revision = "tokens_of_mailboxes"
branch_labels = None
depends_on = None

# Code of the schema before sorts what waits, and finds the same mails.
VERSION = 6


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    waiting = sa.text("stage = 'kept' AND claim IS NULL")
    op.create_index("ix_ledger_waiting_old_id", "ledger", ["old", "id"], sqlite_where=waiting, postgresql_where=waiting)
    op.drop_index("ix_ledger_waiting", "ledger")
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
