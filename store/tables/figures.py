"""Tables of figures that are counted by day."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, Integer, Table, Text, text

from store.tables.base import count, instant, metadata, number

FAILING = "errors > 0"

rule_day = Table(
    "rule_day",
    metadata,
    Column("day", Integer(), primary_key=True, autoincrement=False),
    Column("rule", Text(), primary_key=True),
    Column("field", Text(), primary_key=True),
    Column("trial", Boolean(), primary_key=True),
    count("hits"),
    count("overridden"),
    count("errors"),
    count("sets"),
    count("changed"),
    count("decided"),
    count("agreed"),
    count("changed_decided"),
    count("changed_agreed"),
    instant("last"),
    sqlite_with_rowid=False,
)
Index("ix_rule_day_failing", rule_day.c.day, sqlite_where=text(FAILING), postgresql_where=text(FAILING))

counted_mark = Table("counted_mark", metadata, Column("what", Text(), primary_key=True), number("last_id"))
