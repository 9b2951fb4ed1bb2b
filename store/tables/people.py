"""Tables of people and processes: users, how they sign in, open pages, views, tokens, the trail, workers, leases."""

from __future__ import annotations

from sqlalchemy import Column, Float, ForeignKey, Index, LargeBinary, Table, Text

from store.tables.base import blob, code, count, data, flag, instant, key, link, metadata, number, words
from store.types import Id

user = Table(
    "user_account",
    metadata,
    key(),
    Column("name", Text(), nullable=False, unique=True),
    words("display"),
    code("role"),
    code("language"),
    code("password_hash"),
    flag("disabled"),
)

session = Table(
    "sign_in_session",
    metadata,
    Column("token_hash", Text(), primary_key=True),
    link("user_id", "user_account.id"),
    code("csrf"),
    instant("created"),
    instant("expires"),
)
Index("ix_sign_in_session_expires", session.c.expires)

saved_view = Table(
    "saved_view",
    metadata,
    key(),
    Column("owner", Text(), nullable=False),
    words("name"),
    code("state"),
    words("type"),
    words("urgency"),
    words("assignee"),
    words("text"),
    count("place"),
)
Index("ix_saved_view_owner", saved_view.c.owner, saved_view.c.place, saved_view.c.id)

presence = Table(
    "presence",
    metadata,
    Column("person", Text(), primary_key=True),
    Column("page", Id, primary_key=True, autoincrement=False),
    number("ticket_id"),
    instant("since"),
    instant("until"),
    instant("writing", nullable=True),
)
Index("ix_presence_until", presence.c.until)

second_factor = Table(
    "second_factor",
    metadata,
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    blob("secret", nullable=True),
    blob("pending", nullable=True),
    instant("until", nullable=True),
    instant("since", nullable=True),
    number("last_step"),
)

recovery_code = Table(
    "recovery_code",
    metadata,
    Column("user_id", Id, ForeignKey("user_account.id"), primary_key=True, autoincrement=False),
    Column("digest", LargeBinary(), primary_key=True),
)

sign_in_step = Table(
    "sign_in_step",
    metadata,
    Column("token_hash", Text(), primary_key=True),
    link("user_id", "user_account.id"),
    instant("expires"),
)
Index("ix_sign_in_step_expires", sign_in_step.c.expires)

snooze = Table(
    "snooze",
    metadata,
    Column("person", Text(), primary_key=True),
    Column("ticket_id", Id, primary_key=True, autoincrement=False),
    instant("until"),
    number("version"),
)

api_token = Table(
    "api_token",
    metadata,
    key(),
    Column("name", Text(), nullable=False, unique=True),
    Column("digest", LargeBinary(), nullable=False, unique=True),
    code("may"),
    instant("created"),
    instant("until", nullable=True),
    instant("last_used", nullable=True),
)

sign_in = Table("sign_in_attempt", metadata, key(), blob("key"), instant("at"), flag("failed"))
Index("ix_sign_in_attempt_key", sign_in.c.key, sign_in.c.at)

audit = Table(
    "audit",
    metadata,
    key(),
    instant("at"),
    words("actor"),
    code("action"),
    words("subject"),
    data("details"),
)
Index("ix_audit_subject", audit.c.subject, audit.c.id)

worker = Table(
    "worker",
    metadata,
    key(),
    Column("node", number("node").type, nullable=False, unique=True),
    words("host"),
    number("pid"),
    Column("started", Float(53), nullable=False),
    instant("seen"),
)

lease = Table(
    "lease",
    metadata,
    Column("name", Text(), primary_key=True),
    number("worker_id"),
    instant("expires"),
)
