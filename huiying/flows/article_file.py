"""All articles as one YAML file, and such a file read in: what a desk has learned moves to another one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from core.domain.article import PARTS, Article, ArticleFilter, ArticleKind, ArticleState, ArticleStep
from core.domain.bundle import Problem
from core.domain.errors import BadConfiguration
from core.domain.people import User
from core.domain.views import MOST_ROWS
from core.settings.knowledge import shipped_articles
from core.settings.nodes import Node
from core.settings.plain import scalar_yaml
from core.settings.reader import Reader
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.write_article import add_article, article_wrong, kept_title, may_publish, take_step
from responder.wording import LANGUAGES

BATCH = 50
"""So many are taken in one transaction: nobody else's writing waits for a whole file."""
_HEAD = ("kind", "title", "language", "type", "topic", "state")
_ALL = (*_HEAD, *(name for parts in PARTS.values() for name in parts))


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticlesRead:
    """How many articles a file has, how many of them are new, and how many were here already: those of the same kind
    and language with the same title, which stay as they are."""

    read: int
    new: int
    same: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenArticle:
    """An article as a file gives it."""

    kind: ArticleKind
    state: ArticleState
    words: Mapping[str, str]


def export_articles(ctx: Context) -> Iterator[str]:
    """The lines of the file, the oldest article last."""
    yield "articles:"
    for article in _every(ctx):
        if article.said:  # of an erased one only its number is left
            yield from _lines(article)


def import_articles(ctx: Context, user: User, content: str | bytes, file: str) -> ArticlesRead:
    """Takes all of a file's articles that are not here yet: published where the file says so and the user may publish,
    else as drafts. Of a file with a mistake it takes none; broken off, it goes on when it is done again. Raises
    ``BadConfiguration`` that tells every mistake with its line, ``NotPermitted``."""
    desk = ctx.desk()
    given, problems = read_articles(desk, content, file)
    if problems:
        raise BadConfiguration(problems=problems)
    return _take(ctx, user, given)


def import_shipped(ctx: Context, user: User) -> ArticlesRead:
    """The phrasings that ship. A type that this desk does not have is left out."""
    given, _ = read_articles(ctx.desk(), shipped_articles(), "articles.yaml")
    return _take(ctx, user, given)


def read_articles(desk: Desk, content: str | bytes, file: str) -> tuple[tuple[GivenArticle, ...], tuple[Problem, ...]]:
    """What could be read, and everything that is wrong."""
    reader = Reader(file)
    root = reader.document(content)
    what = ("条目文件", "the file of articles")
    entries = reader.mapping(root, what, required=("articles",)) if root else None
    items = reader.items(entries["articles"], ("articles", "articles")) if entries and "articles" in entries else ()
    found = [_given(reader, desk, item) for item in items]
    return tuple(one for one in found if one), tuple(reader.problems)


def _given(reader: Reader, desk: Desk, item: Node) -> GivenArticle | None:
    entries = reader.mapping(item, ("条目", "the article"), required=("kind", "title"), optional=_ALL[2:])
    kinds = {kind.value: kind for kind in ArticleKind}
    kind = reader.one_of(entries["kind"], ("kind", "kind"), kinds) if entries and "kind" in entries else None
    if entries is None or kind is None:
        return None
    words = {"language": LANGUAGES[0]}
    state = ArticleState.DRAFT
    for name, node in entries.items():
        if name == "state":
            state = reader.one_of(node, ("state", "state"), {one.value: one for one in ArticleState}) or state
        elif name in ("type", "topic"):
            words[name] = reader.value_of(node, desk.taxonomy, name) or ""
        elif name != "kind":
            words[name] = reader.text(node, (name, name)) or ""
    told = {name for name in ("title", *entries) if not words.get(name)}  # that it is missing, or empty
    for name, zh, en in article_wrong(kind, {"title": ""} | words):
        if name not in told:
            reader.problem(entries.get(name, item), zh, en)
    return GivenArticle(kind=kind, state=state, words=words)


def _take(ctx: Context, user: User, given: tuple[GivenArticle, ...]) -> ArticlesRead:
    here, new = _here(ctx), 0
    for begin in range(0, len(given), BATCH):
        with ctx.store.write() as tx:
            for one in given[begin : begin + BATCH]:
                known = (one.kind, one.words["language"], kept_title(one.words["title"]))
                if known not in here:
                    here.add(known)
                    new += 1
                    _add(ctx, tx, user, one)
        ctx.wake.ring("changed")
    return ArticlesRead(read=len(given), new=new, same=len(given) - new)


def _add(ctx: Context, tx: Transaction, user: User, one: GivenArticle) -> None:
    article = add_article(ctx, tx, user, one.kind, one.words)
    if one.state is ArticleState.PUBLISHED and may_publish(ctx.desk(), user):
        take_step(ctx, tx, article, user, ArticleStep.PUBLISHED, sure=True)


def _here(ctx: Context) -> set[tuple[ArticleKind, str, str]]:
    """By what the articles that are here are known."""
    return {(one.kind, one.language, one.title) for one in _every(ctx)}


def _every(ctx: Context) -> Iterator[Article]:
    """The newest first."""
    key = ""
    while True:
        with ctx.store.read() as tx:
            page = tx.articles.find(ArticleFilter(), key, MOST_ROWS)
        yield from page.rows
        key = page.next_key
        if not key:
            return


def _lines(article: Article) -> Iterator[str]:
    """One item of the list."""
    yield f"  # {article.number}"
    head = {name: str(getattr(article, name)) for name in _HEAD}
    for place, (name, words) in enumerate((*head.items(), *article.parts.items())):
        if not words:
            continue
        mark = "    " if place else "  - "
        lines = words.split("\n")
        if len(lines) == 1 or not _is_plain(lines):
            yield f"{mark}{name}: {scalar_yaml(words)}"
        else:
            yield f"{mark}{name}: |-"
            yield from (f"      {line}" if line else "" for line in lines)


def _is_plain(lines: list[str]) -> bool:
    """Whether they can stand below a ``|``: the first one is not indented, and YAML takes every character."""
    return not lines[0].startswith((" ", "\t")) and all(line.isprintable() and line == line.rstrip() for line in lines)
