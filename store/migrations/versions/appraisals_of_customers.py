"""What customers think of us once a half-year or a quarter has its table."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "appraisals_of_customers"
down_revision = "tasks_for_customers"
branch_labels = None
depends_on = None

# Code of the schema before does not know the table, and erases nobody who stands in it: the reference keeps him.
VERSION = 24
ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
    op.create_table(
        "appraisal",
        sa.Column("id", ID, nullable=False, autoincrement=False),
        sa.Column("customer_id", ID, nullable=True),
        sa.Column("ticket_id", ID, nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("term", "marks", "words", "improvement", "by")),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["customer_id"], ["customer.id"], name="fk_appraisal_customer_id"),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name="fk_appraisal_ticket_id"),
        sa.PrimaryKeyConstraint("id", name="pk_appraisal"),
        sa.UniqueConstraint("customer_id", "term", name="uq_appraisal_customer_id_term"),
    )
    op.create_index("ix_appraisal_ticket_id", "appraisal", ["ticket_id"])
    meta = sa.table("meta", sa.column("key"), sa.column("value"))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
