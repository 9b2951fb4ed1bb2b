"""Notices to people with their copies; marked addresses; a letter's variables are sealed, its clocks can be owed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "notices_to_people"
down_revision = "states_and_parts"
branch_labels = None
depends_on = None

# Letters of the schema before are sealed by the service, which has the key ring; until then they are read as they are.
VERSION = 4
_NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("letter", sa.Column("sealed", sa.LargeBinary(), nullable=True))
    op.add_column("letter", sa.Column("clocks_due", sa.BigInteger(), nullable=True))
    _index("ix_letter_unsealed", "letter", ["id"], "sealed IS NULL")
    _index("ix_letter_clocks_due", "letter", ["clocks_due"], "clocks_due IS NOT NULL")
    _notices()
    _copies()
    op.create_table(
        "address_mark",
        sa.Column("address_key", sa.LargeBinary(), nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("address", sa.LargeBinary(), nullable=False),
        sa.Column("because", sa.Text(), nullable=False),
        sa.Column("letter_id", _NUMBER, nullable=False),
        sa.Column("ticket_id", _NUMBER, nullable=False),
        sa.PrimaryKeyConstraint("address_key", "mark", name="pk_address_mark"),
    )
    op.create_index("ix_address_mark_at", "address_mark", ["mark", "at"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    # A program of the schema before would compose a sealed letter without its words.
    op.execute(meta.update().where(meta.c.key.in_(("version", "min_code"))).values(value=str(VERSION)))


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(name, table, columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))


def _notices() -> None:
    op.create_table(
        "notice",
        sa.Column("id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("event", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("ticket_id", _NUMBER, nullable=False),
        sa.Column("details", sa.Text(), nullable=False),
        sa.Column("to", sa.Text(), nullable=False),
        sa.Column("spread_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice"),
        sa.UniqueConstraint("key", name="uq_notice_key"),
    )
    _index("ix_notice_unspread", "notice", ["id"], "spread_at IS NULL")


def _copies() -> None:
    op.create_table(
        "notice_copy",
        sa.Column("id", _NUMBER, nullable=False, autoincrement=False),
        sa.Column("notice_id", _NUMBER, nullable=False),
        sa.Column("channel", sa.Text(), nullable=False),
        sa.Column("person", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("claim", _NUMBER, nullable=True),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("uncertain", sa.Boolean(), nullable=False),
        sa.Column("code", sa.Integer(), nullable=False),
        sa.Column("answer", sa.LargeBinary(), nullable=True),
        sa.Column("ended_at", sa.BigInteger(), nullable=True),
        sa.Column("seen_at", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_notice_copy"),
        sa.ForeignKeyConstraint(["notice_id"], ["notice.id"], name="fk_notice_copy_notice_id"),
        sa.UniqueConstraint("notice_id", "channel", "person", name="uq_notice_copy_notice_id_channel_person"),
    )
    _index("ix_notice_copy_waiting", "notice_copy", ["due", "id"], "state = 'queued' AND claim IS NULL")
    _index("ix_notice_copy_claim", "notice_copy", ["claim"], "claim IS NOT NULL")
    op.create_index("ix_notice_copy_inbox", "notice_copy", ["person", "channel", "id"])
    _index("ix_notice_copy_unseen", "notice_copy", ["person", "id"], "channel = 'console' AND seen_at IS NULL")
    op.create_index("ix_notice_copy_state", "notice_copy", ["state", "id"])
