"""${message}"""

import sqlalchemy as sa
from alembic import op

revision = ${repr(up_revision)}
down_revision = ${repr(down_revision)}
branch_labels = None
depends_on = None

# The serial of this schema, and the oldest code (by its own schema) that can still work with it.
VERSION = 0
MIN_CODE = 0


def upgrade() -> None:
    ${upgrades if upgrades else "pass"}


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
