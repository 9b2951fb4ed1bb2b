"""A customer's form of address and telephone number: what an agent has learned of him."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "forms_and_phones"
down_revision = "limits_of_accounts"
branch_labels = None
depends_on = None

# Code of the schema before writes neither, and addresses customers by their name alone.
VERSION = 13


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.add_column("customer", sa.Column("form", sa.Text(), nullable=False, server_default=""))
    op.add_column("customer", sa.Column("phone", sa.LargeBinary(), nullable=True))
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
