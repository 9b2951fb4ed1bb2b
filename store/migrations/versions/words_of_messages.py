"""Messages are found by their words; upkeep puts those of before into the index."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "words_of_messages"
down_revision = "callers_by_number"
branch_labels = None
depends_on = None

# Code of the schema before writes messages that are not in the index: `huiying reindex` puts them in.
VERSION = 16


def upgrade() -> None:
    if op.get_context().dialect.name == "postgresql":
        op.execute("SET LOCAL lock_timeout = '5s'")
        columns = "id BIGINT PRIMARY KEY, ticket_id BIGINT NOT NULL, words TSVECTOR NOT NULL"
        op.execute(f"CREATE TABLE message_words ({columns})")
        op.execute("CREATE INDEX ix_message_words ON message_words USING gin (words)")
    else:
        # Words come as they are to be found: letters, digits and pairs of characters between spaces.
        op.execute(
            "CREATE VIRTUAL TABLE message_words USING fts5"
            "(ticket_id UNINDEXED, words, columnsize = 0, prefix = '1 3', tokenize = 'unicode61 remove_diacritics 0')"
        )
    message, meta = sa.table("message", sa.column("id")), sa.table("meta", sa.column("key"), sa.column("value"))
    if op.get_bind().execute(sa.select(message.c.id).limit(1)).first() is not None:
        op.execute(meta.insert().values(key="search_below", value=str(2**63 - 1)))
    op.execute(meta.update().where(meta.c.key == "version").values(value=str(VERSION)))


def downgrade() -> None:
    raise NotImplementedError("Restore a backup instead: a migration is not undone.")
