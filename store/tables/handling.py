"""Tables of how a ticket is handled: parts of other departments, extensions, timers, analyses; customers' votes and
appraisals, and communication tasks."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Index, Table, Text, UniqueConstraint, text, true

from store.tables.base import code, count, data, instant, key, link, metadata, number, words
from store.types import Id, Words

ASKED = "state = 'asked'"
LIVE_TASK = "ended IS NULL"
OVER_TASK = "ended IS NOT NULL"
WARNED_TASK = "warn_at IS NOT NULL"

part = Table(
    "part",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    words("department"),
    words("person"),
    words("output"),
    code("state"),
    words("asked_by"),
    instant("at"),
    instant("due", nullable=True),
    instant("ended", nullable=True),
)
Index("ix_part_ticket_id", part.c.ticket_id, part.c.id)

extension = Table(
    "extension",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    number("promise_id"),
    code("clock"),
    words("reason"),
    words("asked_by"),
    code("state"),
    words("decided_by"),
    words("because"),
    instant("due"),
    instant("wanted"),
    instant("at"),
    instant("decided", nullable=True),
)
Index("ix_extension_ticket_id", extension.c.ticket_id, extension.c.id)
Index("ix_extension_asked", extension.c.id, sqlite_where=text(ASKED), postgresql_where=text(ASKED))

timer = Table(
    "timer",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    code("kind"),
    words("because"),
    instant("at"),
    UniqueConstraint("ticket_id", "kind"),
)
Index("ix_timer_at", timer.c.at, timer.c.id)

rule_timer = Table(
    "rule_timer",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    code("rule"),
    instant("at"),
    UniqueConstraint("ticket_id", "rule"),
)
Index("ix_rule_timer_at", rule_timer.c.at, rule_timer.c.id)

analysis = Table(
    "analysis",
    metadata,
    Column("ticket_id", Id, ForeignKey("ticket.id"), primary_key=True, autoincrement=False),
    number("version"),
    words("analyst"),
    instant("at"),
    Column("in_service", Boolean(), nullable=True),
    Column("customary", Boolean(), nullable=True),
    Column("feasible", Boolean(), nullable=True),
    code("reasonable"),
    code("advice"),
    words("people"),
    words("technology"),
    words("budget"),
    count("quadrant"),
    code("cause"),
    words("cause_words"),
    words("improvement"),
    Column("aim", Words(), nullable=False, server_default=""),
    Column("way", Text(), nullable=False, server_default=""),
    Column("wording", Words(), nullable=False, server_default=""),
    Column("fallback", Words(), nullable=False, server_default=""),
)

vote = Table(
    "vote",
    metadata,
    key(),
    link("ticket_id", "ticket.id"),
    number("letter_id"),
    data("marks"),
    words("words"),
    words("by"),
    instant("at"),
    Column("satisfied", Boolean(), nullable=False, server_default=true()),
    UniqueConstraint("ticket_id", "letter_id"),
)


task = Table(
    "task",
    metadata,
    key(),
    code("kind"),
    Column("occasion", Text(), nullable=False, unique=True),
    link("customer_id", "customer.id", nullable=True),
    link("ticket_id", "ticket.id", nullable=True),
    words("owner"),
    words("team"),
    words("words"),
    words("wording"),
    code("state"),
    words("made_by"),
    words("because"),
    instant("at"),
    instant("due"),
    instant("ended", nullable=True),
    words("ended_by"),
    words("reason"),
    instant("warn_at", nullable=True),
    number("version"),
)
for _name, _columns, _where in (
    ("live", (task.c.due, task.c.id), LIVE_TASK),
    ("owner", (task.c.owner, task.c.due, task.c.id), LIVE_TASK),
    ("team", (task.c.team, task.c.due, task.c.id), LIVE_TASK),
    ("over", (task.c.ended, task.c.id), OVER_TASK),
    ("owner_over", (task.c.owner, task.c.ended, task.c.id), OVER_TASK),
    ("team_over", (task.c.team, task.c.ended, task.c.id), OVER_TASK),
):
    Index(f"ix_task_{_name}", *_columns, sqlite_where=text(_where), postgresql_where=text(_where))
Index("ix_task_warn_at", task.c.warn_at, task.c.id, sqlite_where=text(WARNED_TASK), postgresql_where=text(WARNED_TASK))
Index("ix_task_due", task.c.due, task.c.id)
Index("ix_task_ticket_id", task.c.ticket_id, task.c.id)
Index("ix_task_customer_id", task.c.customer_id, task.c.id)

appraisal = Table(
    "appraisal",
    metadata,
    key(),
    link("customer_id", "customer.id", nullable=True),
    link("ticket_id", "ticket.id"),
    code("term"),
    data("marks"),
    words("words"),
    words("improvement"),
    words("by"),
    instant("at"),
    UniqueConstraint("customer_id", "term"),
)
Index("ix_appraisal_ticket_id", appraisal.c.ticket_id)
