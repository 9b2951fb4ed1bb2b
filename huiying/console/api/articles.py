"""The REST API's part about the knowledge base: articles to find, read, write, publish and take into an answer."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, Field
from starlette.requests import Request

from core.domain.article import Article, ArticleFilter, ArticleKind, ArticleState, ArticleStep
from core.domain.errors import NotFound
from core.domain.people import Permission
from huiying.console.access import RowId
from huiying.console.api.access import SCHEMES, ApiLooking, ApiViewer, ApiWorking
from huiying.console.api.body import JsonRoute
from huiying.console.api.v1 import PROBLEMS
from huiying.console.site import site_of
from huiying.flows.write_article import (
    article_json,
    article_named,
    change_article,
    restore_article,
    step_article,
    write_article,
)

router = APIRouter(prefix="/api/v1/articles", tags=["knowledge"], dependencies=SCHEMES, route_class=JsonRoute)
Words = Annotated[str, Field(max_length=60)]


class ArticleOut(BaseModel):
    """``parts`` are a case's ``problem``, ``cause``, ``solution`` and ``caution``, a phrasing's ``occasion``, ``words``
    and ``objection``; ``step`` by whom and when made its ``version``; ``review`` is when it is looked at again."""

    number: str
    kind: ArticleKind
    state: ArticleState
    title: str
    language: str
    type: str | None
    topic: str | None
    parts: dict[str, str]
    owner: str
    ticket: str | None
    version: int
    step: ArticleStep
    by: str
    at: datetime
    review: datetime | None
    used: int


class ArticlePage(BaseModel):
    """``next`` is the key of the next page, empty at the end."""

    articles: list[ArticleOut]
    next: str


class ArticleIn(BaseModel):
    """``fields`` are ``title``, ``language``, ``type``, ``topic``, ``owner`` and the parts; ``ticket`` is the number of
    the one that it is drawn from."""

    kind: ArticleKind
    fields: dict[str, str]
    ticket: Words = ""


class ArticleChangeIn(BaseModel):
    """The fields to set; ``version`` is the one that the writer began from, 0 for the last one."""

    fields: dict[str, str]
    version: Annotated[int, Field(ge=0, lt=2**31)] = 0


class ArticleStepIn(BaseModel):
    """``sure``: words that look as if they named somebody do not. ``version`` is the one that was looked at, 0 for the
    last one."""

    to: Literal["published", "reviewed", "retired", "drafted"]
    sure: bool = False
    version: Annotated[int, Field(ge=0, lt=2**31)] = 0


@router.get("", responses=PROBLEMS)
def find_articles(
    request: Request,
    viewer: ApiLooking,
    text: Annotated[str, Query(max_length=200)] = "",
    kind: ArticleKind | None = None,
    state: ArticleState | None = None,
    type: Annotated[str, Query(max_length=60)] = "",
    due: bool = False,
    key: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> ArticlePage:
    """Articles, the newest first, or with ``due`` those that are due for review. Whoever may only read is told of
    published ones. Ask again with ``key`` = ``next``."""
    context = site_of(request).context
    keys = context.desk().taxonomy.keys("type", type) if type else ()
    only = (state or "") if _sees_all(viewer) else ArticleState.PUBLISHED
    now = context.now() if due else None
    which = ArticleFilter(kind=kind or "", state=only, types=keys, text=text, due=now)
    with context.store.read() as transaction:
        page = transaction.articles.find(which, key, limit)
    return ArticlePage(articles=[_out(one) for one in page.rows], next=page.next_key)


@router.get("/{number}", responses=PROBLEMS)
def get_article(request: Request, viewer: ApiLooking, number: str) -> ArticleOut:
    with site_of(request).context.store.read() as transaction:
        found = article_named(transaction, number)
    if found.state is not ArticleState.PUBLISHED and not _sees_all(viewer):
        raise NotFound
    return _out(found)


@router.post("", status_code=201, responses=PROBLEMS)
def add_article(request: Request, viewer: ApiWorking, body: ArticleIn) -> ArticleOut:
    """A draft."""
    return _out(write_article(site_of(request).context, viewer.user, body.kind, body.fields, body.ticket))


@router.post("/{number}", responses=PROBLEMS)
def edit_article(request: Request, viewer: ApiWorking, number: str, body: ArticleChangeIn) -> ArticleOut:
    return _out(change_article(site_of(request).context, viewer.user, number, body.fields, body.version))


@router.post("/{number}/steps", responses=PROBLEMS)
def add_step(request: Request, viewer: ApiWorking, number: str, body: ArticleStepIn) -> ArticleOut:
    """Published, looked at again, retired, or a draft once more: a lead's word, unless ``knowledge.yaml`` says that
    agents publish."""
    to = ArticleStep(body.to)
    done = step_article(site_of(request).context, viewer.user, number, to, sure=body.sure, version=body.version)
    return _out(done)


@router.post("/{number}/versions/{version}", responses=PROBLEMS)
def restore_version(request: Request, viewer: ApiWorking, number: str, version: RowId) -> ArticleOut:
    """What it said in that version is what it says now."""
    return _out(restore_article(site_of(request).context, viewer.user, number, version))


def _sees_all(viewer: ApiViewer) -> bool:
    """A token that may only read has no business with drafts."""
    return viewer.token is None or viewer.token.allows(Permission.WORK_TICKETS)


def _out(article: Article) -> ArticleOut:
    return ArticleOut(**article_json(article))
