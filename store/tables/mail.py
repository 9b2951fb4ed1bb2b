"""Tables of raw mail: the ledger, the bytes apart from it, and how far each mailbox was read."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, UniqueConstraint, text

from store.tables.base import blob, code, count, flag, instant, key, link, metadata, number, words
from store.types import Id, Words

WAITING = "stage = 'kept' AND claim IS NULL"
OWED = "server_state IN ('owed', 'verified')"
TROUBLED = "stage IN ('quarantined', 'shunted')"
SILENT = "silent_because <> ''"
SPAM = "substr(silent_because, 1, 4) = 'spam' AND ticket_id IS NULL"
UNHEARD = f"(({SPAM}) OR (substr(silent_because, 1, 10) = 'automatic-' AND ticket_id IS NULL))"
WITHOUT_UID = "uid IS NULL"
WITH_UID = "uid IS NOT NULL"

ledger = Table(
    "ledger",
    metadata,
    key(),
    code("source"),
    code("mailbox"),
    words("folder"),
    number("uidvalidity"),
    number("uid", nullable=True),
    code("sha256"),
    number("size"),
    instant("arrived"),
    instant("kept_at"),
    code("stage"),
    words("because"),
    words("trace"),
    count("attempts"),
    number("claim", nullable=True),
    flag("old"),
    number("replay_of"),
    link("ticket_id", "ticket.id", nullable=True),
    number("message_id"),
    code("verdict_kind"),
    words("verdict"),
    words("silent_because"),
    words("subject"),
    words("sender_masked"),
    words("authentication"),
    flag("not_spam"),
    instant("filed_at", nullable=True),
    code("server_action"),
    code("server_state"),
    instant("server_at", nullable=True),
    UniqueConstraint("mailbox", "folder", "uidvalidity", "uid"),
)
Index(
    "uq_ledger_content",
    ledger.c.mailbox,
    ledger.c.sha256,
    unique=True,
    sqlite_where=text(WITHOUT_UID),
    postgresql_where=text(WITHOUT_UID),
)
Index(
    "ix_ledger_mailbox_sha256",
    ledger.c.mailbox,
    ledger.c.sha256,
    sqlite_where=text(WITH_UID),
    postgresql_where=text(WITH_UID),
)
Index(
    "ix_ledger_waiting_old_id",
    ledger.c.old,
    ledger.c.id,
    sqlite_where=text(WAITING),
    postgresql_where=text(WAITING),
)
Index("ix_ledger_owed", ledger.c.mailbox, ledger.c.id, sqlite_where=text(OWED), postgresql_where=text(OWED))
Index("ix_ledger_troubled", ledger.c.id, sqlite_where=text(TROUBLED), postgresql_where=text(TROUBLED))
Index("ix_ledger_silent", ledger.c.id, sqlite_where=text(SILENT), postgresql_where=text(SILENT))
Index("ix_ledger_spam", ledger.c.id, sqlite_where=text(SPAM), postgresql_where=text(SPAM))
Index(
    "ix_ledger_claim",
    ledger.c.claim,
    sqlite_where=text("claim IS NOT NULL"),
    postgresql_where=text("claim IS NOT NULL"),
)
Index("ix_ledger_ticket_id", ledger.c.ticket_id)

raw_mail = Table(
    "raw_mail",
    metadata,
    Column("ledger_id", Id, primary_key=True, autoincrement=False),
    blob("data"),
)

removed_original = Table("removed_original", metadata, key(), instant("at"))
"""Mails and letters whose bytes were kept long enough, by their ids."""

mailbox_folder = Table(
    "mailbox_folder",
    metadata,
    Column("mailbox", Text(), primary_key=True),
    Column("folder", Words(), primary_key=True),
    Column("uidvalidity", Id, primary_key=True, autoincrement=False),
    number("start_uid", nullable=True),
    instant("started", nullable=True),
    number("cursor"),
)

mailbox_state = Table(
    "mailbox_state",
    metadata,
    Column("mailbox", Text(), primary_key=True),
    code("state"),
    instant("at"),
    instant("certificate_until", nullable=True),
    instant("announced", nullable=True),
    words("progress"),
)

oauth_token = Table(
    "oauth_token",
    metadata,
    Column("mailbox", Text(), primary_key=True),
    blob("access"),
    blob("refresh"),
    instant("expires"),
    instant("obtained"),
    instant("refresh_until", nullable=True),
    number("serial"),
    code("trouble"),
    number("claim", nullable=True),
    instant("claimed_until", nullable=True),
)
