"""Tables of what is remembered for the model: words of past tickets, and figures by week."""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Table, Text

from store.tables.base import count, metadata, number
from store.types import Id

precedent = Table(
    "precedent",
    metadata,
    Column("word", Id, primary_key=True, autoincrement=False),
    Column("ticket_id", Id, primary_key=True, autoincrement=False),
    Column("weight", Float(), nullable=False),
)
Index("ix_precedent_ticket_id", precedent.c.ticket_id)

model_week = Table(
    "model_week",
    metadata,
    Column("week", Text(), primary_key=True),
    count("suggested"),
    count("accepted"),
    Column("known", Float(), nullable=False),
    count("judged"),
    count("agreed"),
    number("last_decision"),
    number("last_correction"),
)
