"""A customer has an account manager and a way by which he likes to be reached."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "managers_of_customers"
down_revision = "settled_for_figures"
branch_labels = None
depends_on = None

# Code of the schema before writes neither, and gives such a customer's tickets to nobody.
VERSION = 20


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("manager", "prefers"):
        op.add_column("customer", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
