"""Tables of letters: the intent filed with the ticket, the composed bytes, each delivery, and what accounts let out."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Float, Index, Integer, Table, Text, UniqueConstraint, text

from store.tables.base import blob, code, count, data, flag, instant, key, link, metadata, number, words
from store.types import Id

ON_THE_WAY = "state IN ('queued', 'sending')"
FREE = "state IN ('queued', 'sending') AND claim IS NULL"
SHOWN = {
    "queued": "letter.state = 'queued' AND letter.claim IS NULL AND letter.attempts = 0",
    "claimed": "letter.state = 'queued' AND letter.claim IS NOT NULL",
    "deferred": "letter.state = 'queued' AND letter.claim IS NULL AND letter.attempts > 0",
}
"""How a letter that is stored as queued is shown."""
UNSEALED = "sealed IS NULL"
"""Letters of an older schema, whose variables stand in the row as they are."""
CLOCKS_OWED = "clocks_due IS NOT NULL"
"""Letters that are out, and whose ticket's clocks do not know it yet."""

letter = Table(
    "letter",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    code("kind"),
    code("occasion"),
    code("template"),
    code("language"),
    code("bundle"),
    code("mailbox"),
    blob("recipient"),
    blob("recipient_key"),
    data("variables"),
    instant("date"),
    words("message_id"),
    words("in_reply_to"),
    data("references"),
    instant("not_before"),
    instant("promised", nullable=True),
    code("state"),
    instant("due"),
    count("attempts"),
    number("claim", nullable=True),
    flag("uncertain"),
    count("resends"),
    words("subject"),
    instant("sent", nullable=True),
    count("code"),
    blob("answer", nullable=True),
    blob("sealed", nullable=True),
    instant("clocks_due", nullable=True),
    UniqueConstraint("ticket_id", "kind", "occasion"),
)
Index("ix_letter_free", letter.c.due, letter.c.id, sqlite_where=text(FREE), postgresql_where=text(FREE))
Index(
    "ix_letter_order",
    letter.c.ticket_id,
    letter.c.not_before,
    letter.c.id,
    sqlite_where=text(ON_THE_WAY),
    postgresql_where=text(ON_THE_WAY),
)
Index(
    "ix_letter_claim",
    letter.c.claim,
    sqlite_where=text("claim IS NOT NULL"),
    postgresql_where=text("claim IS NOT NULL"),
)
Index("ix_letter_unsealed", letter.c.id, sqlite_where=text(UNSEALED), postgresql_where=text(UNSEALED))
Index("ix_letter_clocks_due", letter.c.clocks_due, sqlite_where=text(CLOCKS_OWED), postgresql_where=text(CLOCKS_OWED))
Index("ix_letter_state", letter.c.state, letter.c.id)
Index("ix_letter_recipient", letter.c.recipient_key, letter.c.date)

letter_bytes = Table(
    "letter_bytes",
    metadata,
    Column("letter_id", Id, primary_key=True, autoincrement=False),
    words("sender"),
    blob("recipients"),
    blob("data"),
)

letter_file = Table(
    "letter_file",
    metadata,
    Column("letter_id", Id, primary_key=True, autoincrement=False),
    Column("place", Integer(), primary_key=True, autoincrement=False),
    blob("name"),
    code("type"),
    blob("data"),
)
"""Files of agents' letters; and of internal notes, whose message's id stands in the place of a letter's."""

delivery = Table(
    "delivery",
    metadata,
    key(),
    link("letter_id", "letter.id"),
    instant("at"),
    number("worker"),
    code("outcome"),
    count("code"),
    blob("answer"),
    Column("seconds", Float(53), nullable=False),
)
Index("ix_delivery_letter_id", delivery.c.letter_id, delivery.c.id)

account_second = Table(
    "account_second",
    metadata,
    Column("account", Text(), primary_key=True),
    Column("second", BigInteger(), primary_key=True, autoincrement=False),
    count("letters"),
)
