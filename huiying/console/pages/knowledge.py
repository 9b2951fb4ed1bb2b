"""知识库: cases and phrasings to find, read, write, publish and look at again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Form, Query, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse

from core.domain.article import PARTS, SAID, Article, ArticleFilter, ArticleKind, ArticleState, ArticleStep
from core.domain.errors import BadConfiguration, BadInput, Conflict, HuiyingError, NotFound
from core.domain.people import Permission
from huiying.console.access import SIGNED_IN, Looking, WholeForm, Working, looking
from huiying.console.problems import in_language
from huiying.console.site import Viewer, site_of
from huiying.flows.article_file import ArticlesRead, export_articles, import_articles, import_shipped
from huiying.flows.keep_as_case import case_of
from huiying.flows.write_article import (
    HEAD,
    LONGEST_PART,
    LONGEST_TITLE,
    article_named,
    change_article,
    changed_fields,
    fields_of,
    look_at_article,
    look_over_draft,
    may_publish,
    restore_article,
    step_article,
    write_article,
)
from responder.wording import LANGUAGES

PAGE = 50
DUE = "due"
STATES = (DUE, *ArticleState)
"""The choices of the filter: what a lead has to look at again, or one state."""
STEPS = {
    "publish": ArticleStep.PUBLISHED,
    "confirm": ArticleStep.REVIEWED,
    "retire": ArticleStep.RETIRED,
    "draft": ArticleStep.DRAFTED,
}

router = APIRouter(include_in_schema=False, prefix="/knowledge")
Line = Annotated[str, Query(max_length=60)]
Version = Annotated[int, Query(ge=0, lt=2**31)]
WritersOnly = Annotated[Viewer, Depends(looking(Permission.WORK_TICKETS))]


@router.get("")
def find(
    request: Request,
    viewer: Looking,
    text: Annotated[str, Query(max_length=200)] = "",
    kind: Line = "",
    state: Line = "",
    type_: Annotated[str, Query(alias="type", max_length=60)] = "",
    key: str = "",
) -> HTMLResponse:
    """The list, narrowed by what stands in the address; a word that is no choice counts as none."""
    asked = {
        "text": text.strip(),
        "kind": kind if kind in set(ArticleKind) else "",
        "state": state if state in STATES else "",
        "type": type_,
    }
    return _list(request, viewer, asked, key)


@router.get("/new")
def begin(request: Request, viewer: WritersOnly, kind: Line = "", ticket: Line = "") -> HTMLResponse:
    """The form for a new one; with ``ticket`` a case, with what that ticket teaches."""
    wanted = ArticleKind(kind) if kind in set(ArticleKind) else ArticleKind.CASE
    given = case_of(site_of(request).context, ticket) if ticket else {"language": viewer.language}
    return _form(request, viewer, ArticleKind.CASE if ticket else wanted, given, ticket=ticket)


@router.post("/new")
def create(request: Request, viewer: Working, given: WholeForm) -> Response:
    """Keeps the draft; or the form again, with everything that is wrong."""
    kind, ticket = _kind(given), given.get("ticket", "")[:60]
    try:
        new = write_article(site_of(request).context, viewer.user, kind, _words(kind, given), ticket)
    except BadInput as error:
        return _form(request, viewer, kind, given, ticket=ticket, problem=_told(error, viewer))
    return _to(new)


@router.post("/check")
def check(request: Request, viewer: Working, given: WholeForm) -> HTMLResponse:
    """What to look at in what is being written."""
    kind = _kind(given)
    look = look_over_draft(site_of(request).context, kind, given, given.get("ticket", "")[:60])
    return site_of(request).page(request, "parts/article_look.html", viewer, look=look)


@router.get("/export", dependencies=[SIGNED_IN])
def export(request: Request) -> Response:
    """All articles as one file."""
    lines = (f"{line}\n" for line in export_articles(site_of(request).context))
    headers = {"Content-Disposition": 'attachment; filename="knowledge.yaml"'}
    return StreamingResponse(lines, media_type="application/yaml; charset=utf-8", headers=headers)


@router.post("/import")
def take_in(request: Request, viewer: Working, file: UploadFile | None = None) -> Response:
    """The articles of a file, without one those that ship; or the list with what is wrong in the file."""
    context = site_of(request).context
    try:
        if file is None or not file.filename:
            done = import_shipped(context, viewer.user)
        else:
            done = import_articles(context, viewer.user, file.file.read(), file.filename[:80])
    except BadInput as error:
        return _list(request, viewer, {}, "", problems=_problems(error, viewer), status=422)
    return _list(request, viewer, {}, "", done=done)


@router.get("/{number}")
def read(request: Request, viewer: Looking, number: str, version: Version = 0, key: str = "") -> HTMLResponse:
    """An article with its history; with ``version`` as it was then."""
    site = site_of(request)
    with site.context.store.read() as tx:
        article = article_named(tx, number)
        shown = tx.articles.version(article.id, version) if version else article
        history = tx.articles.versions(article.id, key, PAGE)
    if shown is None:
        raise NotFound
    desk = site.context.desk()
    return site.page(
        request, "article.html", viewer, article=article, shown=shown, history=history, key=key,
        changed=_changes(history.rows),
        look=look_at_article(desk, article), parts=PARTS[article.kind], publishes=may_publish(desk, viewer.user),
        due=article.is_due(site.context.now()),
    )  # fmt: skip


@router.get("/{number}/edit")
def edit(request: Request, viewer: WritersOnly, number: str) -> HTMLResponse:
    with site_of(request).context.store.read() as tx:
        article = article_named(tx, number)
    return _form(request, viewer, article.kind, fields_of(article), article=article)


@router.post("/{number}/edit")
def save(request: Request, viewer: Working, number: str, given: WholeForm) -> Response:
    """Keeps what was written. Where somebody else was quicker, the form comes again: saved once more it stands."""
    site = site_of(request)
    with site.context.store.read() as tx:
        article = article_named(tx, number)
    words, version = _words(article.kind, given), given.get("version", "")
    began = int(version) if version.isdecimal() and len(version) < 10 else article.version
    try:
        return _to(change_article(site.context, viewer.user, number, words, began))
    except (BadInput, Conflict) as error:
        at = replace(article, version=began) if isinstance(error, BadInput) else article
        return _form(request, viewer, article.kind, given, article=at, problem=_told(error, viewer))


@router.post("/{number}/step")
def step(
    request: Request,
    viewer: Working,
    number: str,
    to: Annotated[str, Form(max_length=20)],
    sure: Annotated[str, Form(max_length=20)] = "",
    version: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> Response:
    """Published, confirmed, retired, or a draft again: as it was when somebody looked at it."""
    if to not in STEPS:
        raise BadInput(f"to: {', '.join(STEPS)}")
    done = step_article(site_of(request).context, viewer.user, number, STEPS[to], sure=bool(sure), version=version)
    return _to(done)


@router.post("/{number}/restore")
def restore(
    request: Request,
    viewer: Working,
    number: str,
    version: Annotated[int, Form(ge=1, lt=2**31)],
    seen: Annotated[int, Form(ge=0, lt=2**31)] = 0,
) -> Response:
    return _to(restore_article(site_of(request).context, viewer.user, number, version, seen))


def _list(
    request: Request,
    viewer: Viewer,
    asked: Mapping[str, str],
    key: str,
    *,
    status: int = 200,
    done: ArticlesRead | None = None,
    problems: Sequence[str] = (),
) -> HTMLResponse:
    site = site_of(request)
    asked = dict.fromkeys(("text", "kind", "state", "type"), "") | dict(asked)
    now = site.context.now()
    taxonomy = site.context.desk().taxonomy
    which = ArticleFilter(
        kind=asked["kind"], text=asked["text"], due=now if asked["state"] == DUE else None,
        state="" if asked["state"] == DUE else asked["state"],
        types=taxonomy.keys("type", asked["type"]) if asked["type"] else (),
    )  # fmt: skip
    with site.context.store.read() as tx:
        page = tx.articles.find(which, key, PAGE)
        due, drafts = (
            tx.articles.count(one) for one in (ArticleFilter(due=now), ArticleFilter(state=ArticleState.DRAFT))
        )
        is_empty = not page.rows and not tx.articles.count(ArticleFilter())
    return site.page(
        request, "knowledge.html", viewer, status=status, page=page, key=key, which=asked, is_empty=is_empty,
        waiting=[(state, count) for state, count in ((DUE, due), (ArticleState.DRAFT.value, drafts)) if count],
        states=STATES, kinds=tuple(ArticleKind), types=taxonomy.values("type"), now=now,
        query=urlencode({name: word for name, word in asked.items() if word}), done=done, problems=problems,
    )  # fmt: skip


def _form(
    request: Request,
    viewer: Viewer,
    kind: ArticleKind,
    given: Mapping[str, str],
    *,
    article: Article | None = None,
    ticket: str = "",
    problem: str = "",
) -> HTMLResponse:
    site = site_of(request)
    taxonomy = site.context.desk().taxonomy
    from_ticket = article.ticket if article else ticket
    with site.context.store.read() as tx:
        people = tuple(one.name for one in tx.people.users() if one.may(Permission.WORK_TICKETS))
    return site.page(
        request, "article_edit.html", viewer, status=422 if problem else 200, kind=kind, given=given, article=article,
        ticket=from_ticket, problem=problem, parts=PARTS[kind], needed=SAID[kind], people=people, languages=LANGUAGES,
        types=taxonomy.values("type"), topics=taxonomy.values("topic"), longest=(LONGEST_TITLE, LONGEST_PART),
        look=look_over_draft(site.context, kind, given, from_ticket),
    )  # fmt: skip


def _changes(versions: Sequence[Article]) -> dict[int, tuple[str, ...]]:
    """What each version says otherwise than the one before, as far as that is shown, too."""
    return {one.version: changed_fields(one, before) for one, before in pairwise(versions)}


def _words(kind: ArticleKind, given: Mapping[str, str]) -> dict[str, str]:
    return {name: given[name] for name in (*HEAD, *PARTS[kind]) if name in given}


def _kind(given: Mapping[str, str]) -> ArticleKind:
    if given.get("kind") not in set(ArticleKind):
        raise BadInput(f"kind: {', '.join(ArticleKind)}")
    return ArticleKind(given["kind"])


def _told(error: HuiyingError, viewer: Viewer) -> str:
    parts = error.message.split("；")
    return "；".join(in_language(part, viewer.language) or part for part in parts)


def _problems(error: BadInput, viewer: Viewer) -> list[str]:
    """Each problem of a file at its place."""
    if isinstance(error, BadConfiguration) and error.problems:
        return [f"{one.file}:{one.line}:{one.column} {one.message(viewer.language)}" for one in error.problems]
    return [_told(error, viewer)]


def _to(article: Article) -> RedirectResponse:
    return RedirectResponse(f"/knowledge/{article.number}", status_code=303)
