"""Tables of tickets and what was said, decided, promised and corrected on them."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Float, Index, LargeBinary, Table, Text, UniqueConstraint, text, true

from store.tables.base import blob, code, count, data, flag, instant, key, link, metadata, number, words
from store.types import Id, Json, JsonOnce, Words

OPEN = "is_open"
LOOKED_AT = "state = 'running' AND warn_at IS NOT NULL"
RUNNING = "state = 'running'"
SETTLED = "state = 'missed' OR (state = 'kept' AND clock IN ('first_response', 'resolution'))"
"""What figures look for: kept acknowledgements and updates are none of them."""
CLOSED = "closed IS NOT NULL"
LINKED = "linked_to <> 0"
JOINED = "merged_into <> 0"
CALLED = "phone_key IS NOT NULL"
UNKEYED = "phone IS NOT NULL AND phone_key IS NULL"
LEVELLED = "level <> ''"
"""Numbers that an older schema kept: nobody is found by them yet."""
NEAR = "near_scope IS NOT NULL"
NAMES_ORDERS = "near_orders <> '[]'"

customer = Table(
    "customer",
    metadata,
    key(),
    words("name"),
    blob("address", nullable=True),
    Column("address_key", LargeBinary(), nullable=True, unique=True),
    code("level"),
    data("tags"),
    words("company"),
    code("language"),
    Column("industry", Words(), nullable=False, server_default=""),
    Column("form", Text(), nullable=False, server_default=""),
    blob("phone", nullable=True),
    Column("merged_into", Id, nullable=False, server_default="0"),
    blob("phone_key", nullable=True),
    Column("manager", Words(), nullable=False, server_default=""),
    Column("prefers", Text(), nullable=False, server_default=""),
    Column("consent", Text(), nullable=False, server_default=""),
)
Index("ix_customer_phone_key", customer.c.phone_key, sqlite_where=text(CALLED), postgresql_where=text(CALLED))
Index(
    "ix_customer_level", customer.c.level, customer.c.id, sqlite_where=text(LEVELLED), postgresql_where=text(LEVELLED)
)
Index("ix_customer_phone_old", customer.c.id, sqlite_where=text(UNKEYED), postgresql_where=text(UNKEYED))
Index(
    "ix_customer_merged_into",
    customer.c.merged_into,
    sqlite_where=text(JOINED),
    postgresql_where=text(JOINED),
)

key_date = Table(
    "key_date",
    metadata,
    key(),
    link("customer_id", "customer.id"),
    words("name"),
    count("month_day"),
    count("year"),
)
Index("ix_key_date_customer_id", key_date.c.customer_id)
Index("ix_key_date_month_day", key_date.c.month_day, key_date.c.id)

care_put_off = Table(
    "care_put_off",
    metadata,
    Column("plan", Text(), primary_key=True),
    Column("occasion", Text(), primary_key=True),
    Column("customer_id", Id, primary_key=True, autoincrement=False),
    instant("at"),
)
"""Without a reference: whoever was erased is forgotten when his turn comes."""
Index("ix_care_put_off_at", care_put_off.c.at, care_put_off.c.customer_id)

number_series = Table("number_series", metadata, Column("series", Text(), primary_key=True), number("last"))

ticket = Table(
    "ticket",
    metadata,
    key(),
    Column("number", Text(), nullable=False, unique=True),
    number("version"),
    code("state"),
    flag("is_open"),
    words("subject"),
    words("snippet"),
    link("customer_id", "customer.id", nullable=True),
    code("mailbox"),
    code("channel"),
    code("language"),
    instant("received"),
    data("fields"),
    data("decided_by"),
    code("type"),
    code("urgency"),
    data("type_guesses"),
    flag("accepted"),
    data("tags"),
    number("sort_due"),
    code("next_clock"),
    number("linked_to"),
    words("linked_because"),
    flag("stub"),
    flag("confirmed"),
    words("assignee"),
    instant("first_response", nullable=True),
    count("messages"),
    number("touched"),
    instant("resolved", nullable=True),
    instant("closed", nullable=True),
    Column("verified_by", Words(), nullable=False, server_default=""),
    Column("gist", Words(), nullable=False, server_default=""),
    Column("gist_by", Words(), nullable=False, server_default=""),
    Column("maybe_copy_of", Id, nullable=False, server_default="0"),
    Column("copy_because", Words(), nullable=False, server_default=""),
    blob("near_scope", nullable=True),
    Column("near_text", JsonOnce(), nullable=False, server_default="[]"),
    Column("near_orders", JsonOnce(), nullable=False, server_default="[]"),
)
Index("ix_ticket_queue", ticket.c.sort_due, ticket.c.id, sqlite_where=text(OPEN), postgresql_where=text(OPEN))
Index("ix_ticket_state", ticket.c.state, ticket.c.sort_due, ticket.c.id)
Index("ix_ticket_all", ticket.c.sort_due, ticket.c.id)
Index(
    "ix_ticket_type",
    ticket.c.type,
    ticket.c.sort_due,
    ticket.c.id,
    sqlite_where=text(OPEN),
    postgresql_where=text(OPEN),
)
Index(
    "ix_ticket_assignee",
    ticket.c.assignee,
    ticket.c.sort_due,
    ticket.c.id,
    sqlite_where=text("is_open AND assignee <> ''"),
    postgresql_where=text("is_open AND assignee <> ''"),
)
Index("ix_ticket_customer", ticket.c.customer_id, sqlite_where=text(OPEN), postgresql_where=text(OPEN))
Index("ix_ticket_of_customer", ticket.c.customer_id, ticket.c.id)
Index("ix_ticket_touched", ticket.c.touched)
Index(
    "ix_ticket_near_orders",
    ticket.c.near_scope,
    ticket.c.id,
    ticket.c.near_orders,
    sqlite_where=text(f"{NEAR} AND {NAMES_ORDERS}"),
    postgresql_where=text(f"{NEAR} AND {NAMES_ORDERS}"),
)
Index("ix_ticket_closed", ticket.c.closed, sqlite_where=text(CLOSED), postgresql_where=text(CLOSED))
Index("ix_ticket_linked", ticket.c.linked_to, sqlite_where=text(LINKED), postgresql_where=text(LINKED))

ticket_participant = Table(
    "ticket_participant",
    metadata,
    Column("ticket_id", Id, primary_key=True, autoincrement=False),
    Column("address_key", LargeBinary(), primary_key=True),
    sqlite_with_rowid=False,
)

message = Table(
    "message",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    link("ledger_id", "ledger.id", nullable=True),
    code("direction"),
    instant("at"),
    words("message_id"),
    blob("addresses"),
    words("subject"),
    words("text"),
    words("reply"),
    words("html"),
    data("attachments"),
    code("language"),
    code("automatic"),
    code("content_key"),
    data("defects"),
    words("verdict"),
    words("silent_because"),
    Column("said", Json(), nullable=False, server_default="{}"),
)
Index("ix_message_ticket_id", message.c.ticket_id, message.c.id)
Index("ix_message_ledger_id", message.c.ledger_id)
Index("ix_message_content_key", message.c.content_key)

message_reference = Table(
    "message_reference",
    metadata,
    Column("digest", LargeBinary(), primary_key=True),
    Column("kind", Text(), primary_key=True),
    Column("ticket_id", Id, primary_key=True, autoincrement=False),
    sqlite_with_rowid=False,
)

decision = Table(
    "decision",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    number("message_id"),
    instant("at"),
    code("bundle"),
    code("model"),
    data("choices"),
    data("facts"),
    data("hits"),
    data("suggestion"),
    data("tags"),
    words("letter"),
    flag("spam"),
    Column("occasion", Text(), nullable=False, server_default="arrival"),
)
Index("ix_decision_ticket_id", decision.c.ticket_id, decision.c.id)
Index("ix_decision_message_id", decision.c.message_id, decision.c.id)

promise = Table(
    "promise",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    code("clock"),
    code("cause"),
    instant("started"),
    instant("due"),
    words("because"),
    code("policy"),
    code("calendar"),
    code("tzdata"),
    code("bundle"),
    code("state"),
    number("version"),
    instant("ended", nullable=True),
    instant("warn_at", nullable=True),
    count("warned"),
    number("superseded_by"),
    Column("working", Boolean(), nullable=False, server_default=true()),
    Column("pauses", Json(), nullable=False, server_default="[]"),
    instant("told", nullable=True),
    Column("breach", Text(), nullable=False, server_default=""),
    UniqueConstraint("ticket_id", "clock", "cause"),
)
Index(
    "ix_promise_warn_at",
    promise.c.warn_at,
    promise.c.id,
    sqlite_where=text(LOOKED_AT),
    postgresql_where=text(LOOKED_AT),
)
Index("ix_promise_due", promise.c.due, sqlite_where=text(RUNNING), postgresql_where=text(RUNNING))
Index(
    "ix_promise_settled",
    promise.c.told,
    promise.c.due,
    sqlite_where=text(SETTLED),
    postgresql_where=text(SETTLED),
)

correction = Table(
    "correction",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    number("message_id"),
    code("kind"),
    instant("at"),
    words("agent"),
    data("before"),
    data("before_by"),
    data("after"),
    number("undoes"),
    Column("weight", Float(53), nullable=False),
)
Index("ix_correction_ticket_id", correction.c.ticket_id, correction.c.id)
