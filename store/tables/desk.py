"""Tables of what the desk runs on: bundles with their publications, models, and the schema's own facts."""

from __future__ import annotations

from sqlalchemy import Column, Index, Table, Text, text

from store.tables.base import blob, code, data, flag, instant, key, metadata, number, words
from store.types import Id, Words

bundle_content = Table("bundle_content", metadata, Column("sha256", Text(), primary_key=True), words("text"))

bundle_file = Table(
    "bundle_file",
    metadata,
    Column("bundle_id", Text(), primary_key=True),
    Column("path", Words(), primary_key=True),
    code("sha256"),
)

publication = Table(
    "publication",
    metadata,
    Column("serial", Id, primary_key=True, autoincrement=False),
    code("bundle_id"),
    code("parent"),
    words("author"),
    words("reason"),
    instant("at"),
    words("check"),
)

active_bundle = Table(
    "active_bundle",
    metadata,
    key(),
    code("bundle_id"),
    number("serial"),
)

model = Table(
    "model",
    metadata,
    key(),
    Column("version", Text(), nullable=False, unique=True),
    instant("at"),
    data("card"),
    blob("arrays"),
    flag("active"),
)
Index("uq_model_active", model.c.active, unique=True, sqlite_where=text("active"), postgresql_where=text("active"))

meta = Table("meta", metadata, Column("key", Text(), primary_key=True), code("value"))
