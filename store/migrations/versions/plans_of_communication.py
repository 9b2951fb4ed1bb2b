"""An analysis holds the communication plan, too: aim, way, wording and what to do if it fails."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "plans_of_communication"
down_revision = "removed_originals"
branch_labels = None
depends_on = None

# Code of the schema before leaves the plan as it is.
VERSION = 22


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    for name in ("aim", "way", "wording", "fallback"):
        op.add_column("analysis", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
