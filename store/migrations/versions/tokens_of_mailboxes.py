"""Mailboxes sign in with tokens, tell more of their state, and are known by content when their numbering changes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tokens_of_mailboxes"
down_revision = "notices_to_people"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new.
VERSION = 5


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "oauth_token",
        sa.Column("mailbox", sa.Text(), nullable=False),
        sa.Column("access", sa.LargeBinary(), nullable=False),
        sa.Column("refresh", sa.LargeBinary(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.Column("obtained", sa.BigInteger(), nullable=False),
        sa.Column("refresh_until", sa.BigInteger(), nullable=True),
        sa.Column("serial", number, nullable=False, autoincrement=False),
        sa.Column("trouble", sa.Text(), nullable=False),
        sa.Column("claim", number, nullable=True, autoincrement=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("mailbox", name="pk_oauth_token"),
    )
    op.add_column("mailbox_state", sa.Column("certificate_until", sa.BigInteger(), nullable=True))
    op.add_column("mailbox_state", sa.Column("announced", sa.BigInteger(), nullable=True))
    op.add_column("mailbox_state", sa.Column("progress", sa.Text(), nullable=False, server_default=""))
    with_uid = sa.text("uid IS NOT NULL")
    op.create_index(
        "ix_ledger_mailbox_sha256",
        "ledger",
        ["mailbox", "sha256"],
        sqlite_where=with_uid,
        postgresql_where=with_uid,
    )
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
