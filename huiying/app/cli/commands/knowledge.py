"""Commands about the knowledge base: list, show, add, publish, retire, export, import."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import typer

from core.domain.article import PARTS, Article, ArticleFilter, ArticleKind, ArticleState, ArticleStep
from core.domain.errors import BadInput
from core.domain.views import MOST_ROWS
from huiying.app.bootstrap import App
from huiying.app.cli.actor import AS, PASSWORD, user_of
from huiying.app.cli.commands.mail import read_bytes
from huiying.app.cli.console import emit, say, write_line
from huiying.app.cli.files import new_file
from huiying.app.cli.state import call_of
from huiying.flows.article_file import export_articles, import_articles, import_shipped
from huiying.flows.keep_as_case import case_of
from huiying.flows.write_article import (
    article_json,
    article_named,
    change_article,
    changed_fields,
    look_at_article,
    step_article,
    write_article,
)

app = typer.Typer(help="知识库：案例与话术 · The knowledge base: cases and phrasings.", no_args_is_help=True)
_NUMBER = typer.Argument(..., metavar="NUMBER", help="条目号，如 K12 · the article's number")
_SURE = typer.Option(False, "--sure", help="已看过，不含客户信息 · it names nobody")


@app.command("list")
def list_(
    ctx: typer.Context,
    text: str = typer.Argument("", metavar="WORDS", help="搜索词，简繁皆可 · words to look for"),
    kind: ArticleKind | None = typer.Option(None, help="案例或话术 · cases or phrasings only"),
    state: ArticleState | None = typer.Option(None, help="状态 · in that state only"),
    type_: str = typer.Option("", "--type", help="需求类型 · about that type of demand"),
    due: bool = typer.Option(False, "--due", help="到了回看时间的 · published ones that are due for review"),
) -> None:
    """知识条目，新的在前 · Articles, the newest first."""
    call = call_of(ctx)
    with call.app() as opened:
        opened.desks.refresh()
        taxonomy = opened.desks.active().taxonomy
        value = taxonomy.find("type", type_) if type_ else None
        if type_ and value is None:
            expected = "、".join(one.key for one in taxonomy.values("type"))
            raise BadInput(f"--type：应为 (expected) {expected}")
        which = ArticleFilter(
            kind=kind or "", state=state or "", types=taxonomy.keys("type", value.key) if value else (), text=text,
            due=opened.context.now() if due else None,
        )  # fmt: skip
        for article in _found(opened, which):
            _tell(article, as_json=call.wants_json)


@app.command()
def show(ctx: typer.Context, number: str = _NUMBER) -> None:
    """一条知识及其各个版本 · An article and its versions."""
    with call_of(ctx).app() as opened:
        opened.desks.refresh()
        with opened.store.read() as tx:
            article = article_named(tx, number)
            versions = tx.articles.versions(article.id, "", MOST_ROWS).rows
        look = look_at_article(opened.desks.active(), article)
    before = (*versions[1:], None)
    history = [
        {"version": one.version, "step": one.step.value, "by": one.by,
         "changed": changed_fields(one, earlier) if earlier else []}
        for one, earlier in zip(versions, before, strict=True)
    ]  # fmt: skip
    naming = [{"looks_like": one.looks_like, "words": one.words} for one in look.naming]
    emit(article_json(article) | {"versions": history, "naming": naming})


@app.command()
def add(
    ctx: typer.Context,
    kind: ArticleKind = typer.Argument(..., help="案例 case 或话术 phrasing"),
    set_: list[str] = typer.Option(
        [], "--set", metavar="FIELD=WORDS", help="title、language、type、topic、owner；案例：problem、cause、solution、"
        "caution；话术：occasion、words、objection · may stand several times",
    ),
    from_: str = typer.Option("", "--from", metavar="TICKET", help="从已解决的工单摘出 · drawn from a resolved ticket"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:  # fmt: skip
    """写一条草稿 · Write a draft."""
    given = _fields(set_)
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        if from_ and kind is not ArticleKind.CASE:
            raise BadInput("--from：只能写成案例 (a ticket is kept as a case)")
        drawn = case_of(opened.context, from_) if from_ else {}
        _changed(opened, write_article(opened.context, user, kind, drawn | given, from_))


@app.command()
def change(
    ctx: typer.Context,
    number: str = _NUMBER,
    set_: list[str] = typer.Option(..., "--set", metavar="FIELD=WORDS", help="要改的字段 · may stand several times"),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """修改 · Change its words."""
    given = _fields(set_)
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        _changed(opened, change_article(opened.context, user, number, given))


@app.command()
def publish(
    ctx: typer.Context, number: str = _NUMBER, sure: bool = _SURE, agent: str = AS, password_env: str = PASSWORD
) -> None:
    """发布 · Publish a draft, or a retired article again."""
    _step(ctx, number, ArticleStep.PUBLISHED, agent, password_env, sure=sure)


@app.command()
def confirm(
    ctx: typer.Context, number: str = _NUMBER, sure: bool = _SURE, agent: str = AS, password_env: str = PASSWORD
) -> None:
    """回看无误，继续使用 · It was looked at again and stays as it is."""
    _step(ctx, number, ArticleStep.REVIEWED, agent, password_env, sure=sure)


@app.command()
def retire(ctx: typer.Context, number: str = _NUMBER, agent: str = AS, password_env: str = PASSWORD) -> None:
    """停用 · Retire it; it stays readable."""
    _step(ctx, number, ArticleStep.RETIRED, agent, password_env)


@app.command()
def export(
    ctx: typer.Context,
    file: Path = typer.Argument(..., metavar="FILE.yaml", help="新文件 · a new file"),
) -> None:
    """全部条目导出为一个 YAML 文件 · All articles as one YAML file."""
    with call_of(ctx).app() as opened, new_file(file) as out:
        out.writelines(f"{line}\n".encode() for line in export_articles(opened.context))
    emit({"file": str(file)})


@app.command("import")
def import_(
    ctx: typer.Context,
    file: Path | None = typer.Argument(
        None, metavar="FILE.yaml", help="不写则导入随附的话术 · without it those that ship"
    ),
    agent: str = AS,
    password_env: str = PASSWORD,
) -> None:
    """导入条目：全部导入，或一条也不导入 · All articles of a file that are not here yet, or none."""
    data = read_bytes(file) if file else b""
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        done = import_articles(opened.context, user, data, str(file)) if file else import_shipped(opened.context, user)
    emit({"read": done.read, "new": done.new, "same": done.same})


def _step(
    ctx: typer.Context, number: str, step: ArticleStep, agent: str, password_env: str, *, sure: bool = False
) -> None:
    with call_of(ctx).app() as opened:
        user = user_of(opened, agent, password_env)
        _changed(opened, step_article(opened.context, user, number, step, sure=sure))


def _found(opened: App, which: ArticleFilter) -> Iterator[Article]:
    key = ""
    while True:
        with opened.store.read() as tx:
            page = tx.articles.find(which, key, MOST_ROWS)
        yield from page.rows
        key = page.next_key
        if not key:
            return


def _fields(given: list[str]) -> dict[str, str]:
    pairs = [one.partition("=") for one in given]
    if bare := [name for name, sign, _ in pairs if not sign]:
        names = dict.fromkeys(name for parts in PARTS.values() for name in parts)
        raise BadInput(f"--set {bare[0]}：应为 FIELD=WORDS (expected title, language, type, topic, {', '.join(names)})")
    return {name.strip(): words for name, _, words in pairs}


def _changed(opened: App, article: Article) -> None:
    for one in look_at_article(opened.desks.active(), article).naming:
        say(f"请检查是否指向某人 (may name somebody): {one.words}")
    emit(article_json(article))


def _tell(article: Article, *, as_json: bool) -> None:
    if as_json:
        emit(article_json(article))
        return
    review = f"{article.review:%Y-%m-%d}" if article.review else "-"
    write_line(f"{article.number}  {article.kind}  {article.state}  {review}  {article.used}  {article.title}")
