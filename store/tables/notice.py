"""Tables of notices to people, and of addresses that automatic letters must not go to."""

from __future__ import annotations

from sqlalchemy import Column, Index, LargeBinary, Table, Text, UniqueConstraint, text

from store.tables.base import blob, code, count, data, flag, instant, key, link, metadata, number, words
from store.types import Words

UNSPREAD = "spread_at IS NULL"
WAITING = "state = 'queued' AND claim IS NULL"
UNSEEN = "channel = 'console' AND seen_at IS NULL"

notice = Table(
    "notice",
    metadata,
    key(),
    code("event"),
    Column("key", Text(), nullable=False, unique=True),
    instant("at"),
    code("subject"),
    number("ticket_id"),
    data("details"),
    data("to"),
    instant("spread_at", nullable=True),
)
Index("ix_notice_unspread", notice.c.id, sqlite_where=text(UNSPREAD), postgresql_where=text(UNSPREAD))

notice_copy = Table(
    "notice_copy",
    metadata,
    key(),
    link("notice_id", "notice.id"),
    code("channel"),
    words("person"),
    code("state"),
    instant("due"),
    number("claim", nullable=True),
    count("attempts"),
    flag("uncertain"),
    count("code"),
    blob("answer", nullable=True),
    instant("ended_at", nullable=True),
    instant("seen_at", nullable=True),
    UniqueConstraint("notice_id", "channel", "person"),
)
Index(
    "ix_notice_copy_waiting",
    notice_copy.c.due,
    notice_copy.c.id,
    sqlite_where=text(WAITING),
    postgresql_where=text(WAITING),
)
Index(
    "ix_notice_copy_claim",
    notice_copy.c.claim,
    sqlite_where=text("claim IS NOT NULL"),
    postgresql_where=text("claim IS NOT NULL"),
)
Index("ix_notice_copy_inbox", notice_copy.c.person, notice_copy.c.channel, notice_copy.c.id)
Index(
    "ix_notice_copy_unseen",
    notice_copy.c.person,
    notice_copy.c.id,
    sqlite_where=text(UNSEEN),
    postgresql_where=text(UNSEEN),
)
Index("ix_notice_copy_state", notice_copy.c.state, notice_copy.c.id)

address_mark = Table(
    "address_mark",
    metadata,
    Column("address_key", LargeBinary(), primary_key=True),
    Column("mark", Words(), primary_key=True),
    instant("at"),
    blob("address"),
    code("because"),
    number("letter_id"),
    number("ticket_id"),
)
Index("ix_address_mark_at", address_mark.c.mark, address_mark.c.at)
