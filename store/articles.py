"""The knowledge base: articles with all their versions, found by their words, however many there are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, bindparam, literal_column, select, tuple_

from core.domain.article import Article, ArticleFilter, ArticleKind, ArticleMatch, ArticleState, ArticleStep
from core.domain.errors import Conflict
from core.domain.views import MOST_ROWS, Page
from core.text.search import Phrase, index_words, search_phrases
from store.prepared import Prepared, PreparedList
from store.tables import article, article_version, article_word, number_series, ticket
from store.types import from_micros, to_micros
from store.unit import Unit
from store.views.paging import bounded, counted, page, read_key

SERIES = "article"
ERASED = "（已删除 erased）"
NEWEST = 40
"""So many published articles are looked at for each word and for a type, the newest first."""
_STEP = tuple(column.name for column in article_version.c if column.name != "article_id")
_WITH_TICKET = select(article, ticket.c.number.label("ticket")).select_from(
    article.outerjoin(ticket, ticket.c.id == article.c.ticket_id)
)
# Told as it is, not as a parameter: else no database knows that its partial index is meant.
_PUBLISHED = article.c.state == literal_column(f"'{ArticleState.PUBLISHED}'")
_BY_SERIAL = Prepared(_WITH_TICKET.where(article.c.serial == bindparam("of")))
_WITH_WORD = PreparedList(
    lambda languages: (
        select(article_word.c.article_id)
        .join(article, article.c.id == article_word.c.article_id)
        .where(article_word.c.word == bindparam("of"), _PUBLISHED, article.c.language.in_(languages))
        .order_by(article_word.c.article_id.desc())
        .limit(NEWEST)
    )
)
_OF_TYPE = PreparedList(
    lambda languages: (
        select(article.c.id)
        .where(article.c.type == bindparam("of"), _PUBLISHED, article.c.language.in_(languages))
        .order_by(article.c.serial.desc())
        .limit(NEWEST)
    )
)


def article_value(row: Row[Any]) -> Article:
    words = {"kind": ArticleKind(row.kind), "state": ArticleState(row.state), "step": ArticleStep(row.step)}
    return Article(**row._asdict() | words | {"ticket_id": row.ticket_id or 0, "ticket": row.ticket or ""})


class SqlArticles:
    """Conforms to ``huiying.flows.articles.Articles``."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    def add(self, new: Article) -> int:
        first = self._unit.insert(number_series).values(series=SERIES, last=1)
        added = first.on_conflict_do_update(index_elements=["series"], set_={"last": number_series.c.last + 1})
        serial = int(self._unit.changed(added.returning(number_series.c.last))[0][0])
        self._unit.add(article, [_row(new) | {"id": new.id, "serial": serial, "used": 0}])
        self._keep(replace(new, serial=serial))
        return serial

    def save(self, new: Article) -> None:
        here = (article.c.id == new.id, article.c.version == new.version - 1)
        if not self._unit.change(article.update().where(*here).values(_row(new))):
            raise Conflict("The article was changed meanwhile.")
        self._keep(new)

    def get(self, serial: int) -> Article | None:
        row = self._unit.row(_BY_SERIAL, {"of": serial})
        return None if row is None else article_value(row)

    def of_ticket(self, ticket_id: int) -> tuple[Article, ...]:
        drawn = _WITH_TICKET.where(article.c.ticket_id == ticket_id).order_by(article.c.serial)
        return tuple(map(article_value, self._unit.rows(drawn.limit(NEWEST))))

    def used(self, article_id: int) -> None:
        once_more = article.update().where(article.c.id == article_id).values(used=article.c.used + 1)
        self._unit.change(once_more, quiet=True)

    def find(self, which: ArticleFilter, key: str, limit: int) -> Page[Article]:
        limit = bounded(limit)
        query = self._filtered(_WITH_TICKET, which)
        after = read_key(key, 2 if which.due else 1)
        if which.due:
            if after:
                query = query.where(tuple_(article.c.review, article.c.serial) > (from_micros(after[0]), after[1]))
            rows = self._unit.rows(query.order_by(article.c.review, article.c.serial).limit(limit + 1))
            return page(rows, limit, article_value, lambda row: f"{to_micros(row.review)}.{row.serial}")
        if after:
            query = query.where(article.c.serial < after[0])
        rows = self._unit.rows(query.order_by(article.c.serial.desc()).limit(limit + 1))
        return page(rows, limit, article_value, lambda row: str(row.serial))

    def count(self, which: ArticleFilter) -> int:
        return counted(self._unit, self._filtered(select(article.c.id), which))

    def most_used(self, kind: ArticleKind, languages: Collection[str], limit: int) -> tuple[Article, ...]:
        c = article.c
        query = _WITH_TICKET.where(c.kind == kind.value, _PUBLISHED, c.language.in_(languages))
        ordered = query.order_by(c.used.desc(), c.serial.desc()).limit(bounded(limit))
        return tuple(map(article_value, self._unit.rows(ordered)))

    def versions(self, article_id: int, key: str, limit: int) -> Page[Article]:
        limit = bounded(limit)
        query = self._versions(article_id).order_by(article_version.c.version.desc()).limit(limit + 1)
        after = read_key(key, 1)
        rows = self._unit.rows(query.where(article_version.c.version < after[0]) if after else query)
        return page(rows, limit, article_value, lambda row: str(row.version))

    def version(self, article_id: int, version: int) -> Article | None:
        row = self._unit.row(self._versions(article_id).where(article_version.c.version == version))
        return None if row is None else article_value(row)

    def _versions(self, article_id: int) -> Select[Any]:
        """The article as it was after each of its steps."""
        as_it_was = [article_version.c[name] for name in _STEP]
        stays = [c for c in article.c if c.name not in _STEP]
        joined = article_version.join(article, article.c.id == article_version.c.article_id)
        whole = select(*stays, *as_it_was, ticket.c.number.label("ticket"))
        return whole.select_from(joined.outerjoin(ticket, ticket.c.id == article.c.ticket_id)).where(
            article_version.c.article_id == article_id
        )

    def matching(
        self, words: Sequence[str], types: Collection[str], languages: Collection[str]
    ) -> tuple[ArticleMatch, ...]:
        holding: defaultdict[int, list[str]] = defaultdict(list)
        for word in words:
            for id_ in self._holding(word, languages):
                holding[id_].append(word)
        of_type, given = _OF_TYPE.of(list(languages))
        for row in (row for type_ in types for row in self._unit.rows(of_type, given | {"of": type_})):
            holding[row.id] += []
        likely = sorted(holding, key=lambda id_: (-len(holding[id_]), -id_))[:MOST_ROWS]
        found = self._unit.rows(_WITH_TICKET.where(article.c.id.in_(likely))) if likely else ()
        return tuple(ArticleMatch(article=article_value(row), words=tuple(holding[row.id])) for row in found)

    def _holding(self, word: str, languages: Collection[str]) -> set[int]:
        """The published articles of those languages in which all pieces of a word stand."""
        query, given = _WITH_WORD.of(list(languages))
        pieces = [piece.encode() for phrase in search_phrases(f'"{word}"') for piece in phrase.words]
        each = [{row.article_id for row in self._unit.rows(query, given | {"of": piece})} for piece in pieces]
        return set.intersection(*each) if each else set()

    def _filtered(self, query: Select[Any], which: ArticleFilter) -> Select[Any]:
        c = article.c
        wanted = {c.kind: which.kind, c.state: which.state, c.language: which.language}
        query = query.where(*(column == value for column, value in wanted.items() if value))
        if which.types:
            query = query.where(c.type.in_(which.types))
        if which.due:
            query = query.where(c.review <= which.due)
        for phrase in search_phrases(which.text):
            for is_there in _standing(phrase):
                query = query.where(c.id.in_(select(article_word.c.article_id).where(is_there)))
        return query

    def _keep(self, new: Article) -> None:
        """The step, and the words as they are now."""
        row = _row(new)
        self._unit.add(article_version, [{"article_id": new.id, **{name: row[name] for name in _STEP}}])
        self._unit.change(article_word.delete().where(article_word.c.article_id == new.id), quiet=True)
        found = set(index_words((new.number, new.title, *new.parts.values())))
        self._unit.add(article_word, [{"word": word.encode(), "article_id": new.id} for word in sorted(found)])


def empty_articles(unit: Unit, ticket_ids: Collection[int]) -> None:
    """Of what was drawn from erased tickets only what is published stays, which names nobody, without what it was."""
    drawn = select(article.c.id, article.c.state, article.c.version).where(article.c.ticket_id.in_(ticket_ids))
    for row in unit.rows(drawn):
        earlier = article_version.delete().where(article_version.c.article_id == row.id)
        if row.state == ArticleState.PUBLISHED:
            unit.change(earlier.where(article_version.c.version < row.version))
            continue
        unit.change(earlier)
        unit.change(article_word.delete().where(article_word.c.article_id == row.id))
        gone = {"title": ERASED, "parts": {}, "state": ArticleState.RETIRED.value, "version": row.version + 1}
        unit.change(article.update().where(article.c.id == row.id).values(**gone))


def _row(new: Article) -> dict[str, Any]:
    names = ("version", "kind", "state", "language", "title", "type", "topic", "owner", "step", "by", "at", "review")
    row = {name: getattr(new, name) for name in names}
    row |= {name: getattr(new, name).value for name in ("kind", "state", "step")}
    return row | {"parts": dict(new.parts), "ticket_id": new.ticket_id or None}


def _standing(phrase: Phrase) -> Iterator[ColumnElement[bool]]:
    """A condition for each word: bytes are in order on both databases, so what begins alike stands together."""
    *whole, last = [word.encode() for word in phrase.words]
    word = article_word.c.word
    yield from (word == one for one in whole)
    yield (word >= last) & (word < last + b"\xff") if phrase.open_end else word == last
