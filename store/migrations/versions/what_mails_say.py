"""What a message says, its one line on the ticket, what nearly the same came before."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "what_mails_say"
down_revision = "figures_of_rules"
branch_labels = None
depends_on = None

# Columns with defaults: code of the schema before goes on working.
VERSION = 9


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.add_column("message", sa.Column("said", sa.Text(), nullable=False, server_default="{}"))
    op.add_column("ticket", sa.Column("gist", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("gist_by", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("maybe_copy_of", number, nullable=False, server_default="0"))
    op.add_column("ticket", sa.Column("copy_because", sa.Text(), nullable=False, server_default=""))
    op.add_column("ticket", sa.Column("near_scope", sa.LargeBinary(), nullable=True))
    op.add_column("ticket", sa.Column("near_text", sa.Text(), nullable=False, server_default="[]"))
    op.add_column("ticket", sa.Column("near_orders", sa.Text(), nullable=False, server_default="[]"))
    where = sa.text("near_scope IS NOT NULL")
    op.create_index("ix_ticket_near_scope", "ticket", ["near_scope", "id"], sqlite_where=where, postgresql_where=where)
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
