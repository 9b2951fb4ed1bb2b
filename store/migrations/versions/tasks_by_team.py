"""What is to be done by a team, and what a person or a team has done, are found however much is stored."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "tasks_by_team"
down_revision = "near_by_order"
branch_labels = None
depends_on = None

# Code of the schema before finds the same tasks without them.
VERSION = 28


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    live, over = sa.text("ended IS NULL"), sa.text("ended IS NOT NULL")
    for name, columns, where in (
        ("team", ["team", "due", "id"], live),
        ("owner_over", ["owner", "ended", "id"], over),
        ("team_over", ["team", "ended", "id"], over),
    ):
        op.create_index(f"ix_task_{name}", "task", columns, sqlite_where=where, postgresql_where=where)
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
