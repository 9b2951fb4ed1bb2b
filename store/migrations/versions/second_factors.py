"""People sign in with a second factor."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "second_factors"
down_revision = "pages_that_are_open"
branch_labels = None
depends_on = None

# Code of the schema before goes on working: it neither reads nor writes what is new, and asks for no code.
VERSION = 31


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    number = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
    op.create_table(
        "second_factor",
        sa.Column("user_id", number, nullable=False, autoincrement=False),
        sa.Column("secret", sa.LargeBinary(), nullable=True),
        sa.Column("pending", sa.LargeBinary(), nullable=True),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("since", sa.BigInteger(), nullable=True),
        sa.Column("last_step", number, nullable=False),
        sa.PrimaryKeyConstraint("user_id", name="pk_second_factor"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_second_factor_user_id"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("user_id", number, nullable=False, autoincrement=False),
        sa.Column("digest", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("user_id", "digest", name="pk_recovery_code"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_recovery_code_user_id"),
    )
    op.create_table(
        "sign_in_step",
        sa.Column("token_hash", sa.Text(), nullable=False),
        sa.Column("user_id", number, nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("token_hash", name="pk_sign_in_step"),
        sa.ForeignKeyConstraint(["user_id"], ["user_account.id"], name="fk_sign_in_step_user_id"),
    )
    op.create_index("ix_sign_in_step_expires", "sign_in_step", ["expires"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
