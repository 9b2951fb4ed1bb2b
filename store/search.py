"""The index of words over all messages: FTS5 on SQLite, GIN on PostgreSQL. Dumps leave it out: it is made again."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, column, select, table, text

from core.domain.ticket import Message
from core.text.search import Phrase, index_words
from store.prepared import Prepared
from store.tables import message, meta
from store.ticket_rows import message_value
from store.types import Id
from store.unit import Unit

MOST_MATCHES = 5_000
"""The newest so many messages that match are looked at."""
BELOW, MERGE = "search_below", "search_merge"
"""Names in ``meta``: the id below which messages are not in the index yet, and that words of erased ones are in it."""
EVERYTHING = 2**63 - 1
_PLANNED_EACH_TIME = text("SELECT set_config('plan_cache_mode', 'force_custom_plan', true)")
"""Until the transaction ends. Words that PostgreSQL does not know it takes for rare: it reads and sorts all that match.
It must plan with those of each query to read common ones from the newest message on, until there are enough."""
_PAGES = 500
"""So much of the index is written anew in one step."""

_TABLES = {
    name: table("message_words", column(key, Id), column("ticket_id", Id), column("words"))
    for name, key in (("sqlite", "rowid"), ("postgresql", "id"))
}
_INSERTS = {name: Prepared(each.insert()) for name, each in _TABLES.items()}
_MATCHES = {
    "sqlite": text("message_words MATCH :found"),
    "postgresql": text("words @@ CAST(:found AS tsquery)"),
}


def index_messages(unit: Unit, messages: Iterable[Message]) -> None:
    """Puts messages into the index that are not in it."""
    key = _key(unit).name
    rows = [{key: one.id, "ticket_id": one.ticket_id, "words": _words(unit.dialect, one)} for one in messages]
    unit.change(_INSERTS[unit.dialect], rows)


def forget_messages(unit: Unit, ids: Collection[int]) -> None:
    """Takes erased messages out; what SQLite keeps of their words until it merges is written anew by later steps."""
    unit.change(_TABLES[unit.dialect].delete().where(_key(unit).in_(list(ids))))
    if unit.dialect == "sqlite" and ids:
        _note(unit, MERGE, 1)


def matches(unit: Unit, phrases: Sequence[Phrase]) -> Any:  # noqa: ANN401  a Select of two columns
    """``id`` and ``ticket_id`` of the newest messages in which all phrases stand, for this transaction alone."""
    if unit.dialect == "postgresql":
        unit.value(_PLANNED_EACH_TIME)
    words = _TABLES[unit.dialect]
    found = " AND ".join(map(_fts5, phrases)) if unit.dialect == "sqlite" else " & ".join(map(_tsquery, phrases))
    columns = select(_key(unit).label("id"), words.c.ticket_id)
    return columns.where(_MATCHES[unit.dialect].bindparams(found=found)).order_by(_key(unit).desc()).limit(MOST_MATCHES)


class SqlWordIndex:
    """Conforms to ``huiying.flows.word_index.WordIndex``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def is_behind(self) -> bool:
        return self._unit.row(select(meta.c.key).where(meta.c.key.in_((BELOW, MERGE)))) is not None

    def begin_again(self) -> None:
        _note(self._unit, BELOW, EVERYTHING)

    def step(self, limit: int) -> int:
        below = self._noted(BELOW)
        return self._catch_up(below, limit) if below else self._merge(self._noted(MERGE))

    def _catch_up(self, below: int, limit: int) -> int:
        unit, key = self._unit, _key(self._unit)
        rows = unit.rows(select(message).where(message.c.id < below).order_by(message.c.id.desc()).limit(limit))
        low = rows[-1].id if len(rows) == limit else 0
        unit.change(_TABLES[unit.dialect].delete().where(key >= low, key < below), quiet=True)
        index_messages(unit, [message_value(unit.seal, row) for row in rows])
        _note(unit, BELOW, low)
        return len(rows)

    def _merge(self, begun: int) -> int:
        """A negative number of pages begins to write everything anew; there is nothing more to do once nothing
        changes (https://www.sqlite.org/fts5.html, the 'merge' command)."""
        if not begun:
            return 0
        unit = self._unit
        unit.rows(text("PRAGMA secure_delete = ON"))
        before = unit.value(text("SELECT total_changes()"))
        order = text("INSERT INTO message_words(message_words, rank) VALUES ('merge', :pages)")
        unit.change(order, {"pages": -_PAGES if begun == 1 else _PAGES}, quiet=True)
        is_over = begun > 1 and unit.value(text("SELECT total_changes()")) - before < 2
        _note(unit, MERGE, 0 if is_over else 2)
        return 0 if is_over else 1

    def _noted(self, name: str) -> int:
        return int(self._unit.value(select(meta.c.value).where(meta.c.key == name).with_for_update()) or 0)


def _note(unit: Unit, name: str, value: int) -> None:
    if not value:
        unit.change(meta.delete().where(meta.c.key == name), quiet=True)
        return
    insert = unit.insert(meta).values(key=name, value=str(value))
    unit.change(insert.on_conflict_do_update(index_elements=["key"], set_={"value": str(value)}), quiet=True)


def _key(unit: Unit) -> ColumnElement[int]:
    return next(iter(_TABLES[unit.dialect].c))


def _words(dialect: str, said: Message) -> str:
    """The message's words; for PostgreSQL with their places, so that its parser does not cut them once more."""
    names = [said.sender.name] if said.sender else []
    found = index_words((said.subject, *names, *(each.name for each in said.attachments), said.text))
    return " ".join(found if dialect == "sqlite" else (f"{word}:{place}" for place, word in enumerate(found, 1)))


def _fts5(phrase: Phrase) -> str:
    """Words are letters and digits only: nothing in them means anything to FTS5."""
    return f'"{" ".join(phrase.words)}"{" *" if phrase.open_end else ""}'


def _tsquery(phrase: Phrase) -> str:
    *first, last = phrase.words
    return "(" + " <-> ".join([*first, f"{last}:*" if phrase.open_end else last]) + ")"
