"""An article 知识条目 is written, changed, published, looked at again and retired (DOMAIN 8)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from core.domain.article import PARTS, SAID, Article, ArticleKind, ArticleState, ArticleStep, serial_of
from core.domain.errors import BadInput, Conflict, NamesSomebody, NotFound, NotPermitted
from core.domain.filing import AuditEntry
from core.domain.people import Permission, User
from core.domain.seen import seen
from core.domain.views import TicketDetail
from core.text.mask import mask
from core.text.unnamed import NamingWords, naming_words, without_names
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from responder.wording import LANGUAGES
from responder.wording_check import Finding, LetterFacts, check_wording

LONGEST_TITLE, LONGEST_PART = 120, 5_000
HEAD = ("title", "language", "type", "topic", "owner")
NOBODY_NAMED = {"zh-CN": "客户", "zh-TW": "客戶", "en": "the customer"}
"""What stands in an article for the customer whose ticket it was drawn from."""
_MEANT = ("placeholder", "wrong-number")
"""What stops a letter and no article: it is filled in there, and belongs to no ticket here."""
_FROM = {
    ArticleStep.PUBLISHED: (ArticleState.DRAFT, ArticleState.RETIRED),
    ArticleStep.REVIEWED: (ArticleState.PUBLISHED,),
    ArticleStep.RETIRED: (ArticleState.DRAFT, ArticleState.PUBLISHED),
    ArticleStep.DRAFTED: (ArticleState.PUBLISHED, ArticleState.RETIRED),
}
"""From which state each step of its life leads on."""
_INTO = {
    ArticleStep.PUBLISHED: ArticleState.PUBLISHED,
    ArticleStep.REVIEWED: ArticleState.PUBLISHED,
    ArticleStep.RETIRED: ArticleState.RETIRED,
    ArticleStep.DRAFTED: ArticleState.DRAFT,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleLook:
    """What to look at in an article: ``naming`` may name somebody, ``findings`` are about its words as about those of
    any answer."""

    naming: tuple[NamingWords, ...] = ()
    findings: tuple[Finding, ...] = ()


def may_publish(desk: Desk, user: User) -> bool:
    by_setting = desk.knowledge.agents_publish and user.may(Permission.WORK_TICKETS)
    return by_setting or user.may(Permission.PUBLISH_ARTICLES)


def article_named(tx: Transaction, number: str) -> Article:
    """Raises ``NotFound``."""
    found = tx.articles.get(serial_of(number))
    if found is None:
        raise NotFound(f"没有条目 {number} (no such article)")
    return found


def write_article(ctx: Context, user: User, kind: ArticleKind, given: Mapping[str, str], ticket: str = "") -> Article:
    """A new draft of what is ``given`` by the names of ``HEAD`` and ``PARTS``; ``ticket`` is the number of the one that
    it is drawn from. Raises ``BadInput`` that names every wrong field, ``NotFound`` and ``NotPermitted``."""
    with ctx.store.write() as tx:
        new = add_article(ctx, tx, user, kind, given, ticket)
    ctx.wake.ring("changed")
    return new


def add_article(
    ctx: Context, tx: Transaction, user: User, kind: ArticleKind, given: Mapping[str, str], ticket: str = ""
) -> Article:
    """The same within a transaction."""
    _require(user, Permission.WORK_TICKETS)
    from_ticket = tx.tickets.by_number(ticket) if ticket else None
    if ticket and from_ticket is None:
        raise NotFound(f"没有工单 {ticket} (no ticket {ticket})")
    blank = Article(
        id=ctx.ids(), kind=kind, title="", owner=user.name, by=user.name, at=ctx.now(),
        ticket_id=from_ticket.id if from_ticket else 0, ticket=ticket,
    )  # fmt: skip
    new = _filled(ctx.desk(), tx, blank, given)
    new = replace(new, serial=tx.articles.add(new))
    _note(ctx, tx, new)
    return new


def change_article(ctx: Context, user: User, number: str, given: Mapping[str, str], version: int = 0) -> Article:
    """The article with the fields that are ``given``. ``version`` is the one that the writer began from, 0 for the last
    one. Drafts are changed by all who work on tickets, what is published by those who may publish it.

    Raises as ``write_article``, and ``Conflict`` when somebody else was quicker."""
    return _changed(ctx, user, number, given, version, ArticleStep.CHANGED)


def restore_article(ctx: Context, user: User, number: str, version: int, seen: int = 0) -> Article:
    """What it said in an earlier version is what it says now. ``seen`` is the last one that was looked at, or 0."""
    with ctx.store.read() as tx:
        article = article_named(tx, number)
        then = tx.articles.version(article.id, version)
    if then is None:
        raise NotFound(f"{number}：没有第 {version} 版 (no version {version})")
    words = {name: word for name, word in fields_of(then).items() if name != "owner"}
    return _changed(ctx, user, number, words, seen or article.version, ArticleStep.RESTORED)


def step_article(
    ctx: Context, user: User, number: str, step: ArticleStep, *, sure: bool = False, version: int = 0
) -> Article:
    """Publishes it, confirms it at its review, retires it or makes a draft of it again. Who writes drafts may throw
    drafts away, and no more. ``version`` is the one that was looked at, 0 for the last one.

    Raises ``NotPermitted``, ``Conflict`` when it was changed since, ``BadInput`` where its state does not lead there
    or nothing is left of it, and ``NamesSomebody`` when it is published with words that may name somebody and nobody
    is ``sure`` that they do not."""
    with ctx.store.write() as tx:
        article = article_named(tx, number)
        _require_newest(article, version)
        done = take_step(ctx, tx, article, user, step, sure=sure)
    ctx.wake.ring("changed")
    return done


def take_step(ctx: Context, tx: Transaction, article: Article, user: User, step: ArticleStep, *, sure: bool) -> Article:
    """The same within a transaction."""
    throws_away = step is ArticleStep.RETIRED and article.state is ArticleState.DRAFT
    _require(user, Permission.WORK_TICKETS)
    if not throws_away and not may_publish(ctx.desk(), user):
        raise NotPermitted
    if not article.said:
        raise BadInput(f"{article.number}：已删除 (it was erased)")
    if article.state not in _FROM[step]:
        raise BadInput(f"{article.number}：已是 {article.state.value} (it is {article.state.value})")
    if _INTO[step] is ArticleState.PUBLISHED and not sure and _naming(article):
        raise NamesSomebody
    done = _stepped(ctx, replace(article, state=_INTO[step], step=step), user)
    tx.articles.save(done)
    _note(ctx, tx, done)
    return done


def look_at_article(desk: Desk, article: Article) -> ArticleLook:
    """What a person has to look at before others use it."""
    facts = LetterFacts(number="", attachments=1)
    found = check_wording(article.said, facts, desk.phrases, commitments=(), calendar=desk.calendar)
    return ArticleLook(naming=_naming(article), findings=tuple(one for one in found if one.code not in _MEANT))


def look_over_draft(ctx: Context, kind: ArticleKind, given: Mapping[str, str], ticket: str = "") -> ArticleLook:
    """The same of words that are not kept yet, as they would be kept: without the names of that ticket's customer."""
    words = {name: given.get(name, "")[:LONGEST_PART] for name in ("title", *PARTS[kind])}
    with ctx.store.read() as tx:
        drawn = tx.tickets.by_number(ticket) if ticket else None
        names = names_on(tx, drawn.id) if drawn else ()
    clean = {name: _clean(word, names, given.get("language", "")) for name, word in words.items()}
    draft = Article(id=0, kind=kind, title=clean.pop("title"), parts=clean, by="", at=ctx.now())
    return look_at_article(ctx.desk(), draft)


def article_json(article: Article) -> dict[str, Any]:
    """As commands and the API tell it."""
    return {
        "number": article.number,
        "kind": article.kind.value,
        "state": article.state.value,
        "title": article.title,
        "language": article.language,
        "type": article.type or None,
        "topic": article.topic or None,
        "parts": {name: article.parts[name] for name in PARTS[article.kind] if name in article.parts},
        "owner": article.owner,
        "ticket": article.ticket or None,
        "version": article.version,
        "step": article.step.value,
        "by": article.by,
        "at": _iso(article.at),
        "review": _iso(article.review) if article.review else None,
        "used": article.used,
    }


def _iso(instant: datetime) -> str:
    return instant.strftime("%Y-%m-%dT%H:%M:%SZ")


def fields_of(article: Article) -> dict[str, str]:
    """All its words as ``change_article`` takes them."""
    head = {name: str(getattr(article, name)) for name in HEAD}
    return head | {name: article.parts.get(name, "") for name in PARTS[article.kind]}


def changed_fields(article: Article, before: Article) -> tuple[str, ...]:
    """Which fields say something else than in the version before."""
    earlier = fields_of(before)
    return tuple(name for name, word in fields_of(article).items() if word != earlier[name])


def _changed(
    ctx: Context, user: User, number: str, given: Mapping[str, str], version: int, step: ArticleStep
) -> Article:
    with ctx.store.write() as tx:
        before = article_named(tx, number)
        _require(user, Permission.WORK_TICKETS)
        if before.state is not ArticleState.DRAFT and not may_publish(ctx.desk(), user):
            raise NotPermitted
        _require_newest(before, version)
        after = _filled(ctx.desk(), tx, before, given)
        if after == before:
            return before
        after = _stepped(ctx, replace(after, step=step), user)
        tx.articles.save(after)
        _note(ctx, tx, after)
    ctx.wake.ring("changed")
    return after


def _require_newest(article: Article, version: int) -> None:
    """What somebody looked at is what there is."""
    if version and version != article.version:
        raise Conflict("别人刚改过这一条，请先看现在的内容 (somebody has just changed it: look at it first)")


def _stepped(ctx: Context, article: Article, user: User) -> Article:
    """Whoever publishes or changes what is published has looked at it."""
    days = timedelta(days=ctx.desk().knowledge.review_days)
    review = ctx.now() + days if article.state is ArticleState.PUBLISHED else None
    return replace(article, version=article.version + 1, by=user.name, at=ctx.now(), review=review)


def _naming(article: Article) -> tuple[NamingWords, ...]:
    return naming_words("\n".join((article.title, *article.parts.values())))


def _require(user: User, permission: Permission) -> None:
    if not user.may(permission):
        raise NotPermitted


def _note(ctx: Context, tx: Transaction, article: Article) -> None:
    details = (("number", article.number), ("version", str(article.version)))
    action, subject = f"article.{article.step.value}", f"article:{article.id}"
    entry = AuditEntry(id=ctx.ids(), at=article.at, actor=article.by, action=action, subject=subject, details=details)
    tx.audit.add((entry,))


# ── Reading what was given ─────────────────────────────────────────────────────────────────────────────────────────


def _filled(desk: Desk, tx: Transaction, article: Article, given: Mapping[str, str]) -> Article:
    """The article with those fields: masked, and without the names of the customer from whose ticket it was drawn."""
    fields = fields_of(article) | {name: seen(word).replace("\r\n", "\n") for name, word in given.items()}
    if wrong := tuple(_wrong(desk, tx, article, fields)):
        raise BadInput("；".join(wrong))
    names = names_on(tx, article.ticket_id)

    def clean(words: str) -> str:
        return _clean(words, names, fields["language"])

    values: dict[str, Any] = {name: fields[name] for name in HEAD} | _keys(desk, fields)
    parts = {name: clean(fields[name]) for name in PARTS[article.kind] if fields[name]}
    return replace(
        article, **values | {"title": kept_title(fields["title"], names, fields["language"]), "parts": parts}
    )


def kept_title(words: str, names: Iterable[str] = (), language: str = "") -> str:
    """A title as it is kept: one line, and clean as all words are."""
    return " ".join(_clean(words, names, language).split())


def _clean(words: str, names: Iterable[str], language: str) -> str:
    return mask(without_names(words, names, NOBODY_NAMED.get(language, NOBODY_NAMED["en"])))


def article_wrong(kind: ArticleKind, fields: Mapping[str, str]) -> Iterator[tuple[str, str, str]]:
    """Which field is wrong and how, in Chinese and English, whatever desk reads them."""
    for name in ("title", SAID[kind]):
        if not fields.get(name):
            yield name, f"{name}：不能为空", f"{name}: must not be empty"
    if fields["language"] not in LANGUAGES:
        known = ", ".join(LANGUAGES)
        yield "language", f"language：应为 {known}", f"language: expected {known}"
    for name, word in fields.items():
        most = LONGEST_TITLE if name in HEAD else LONGEST_PART
        if len(word) > most:
            yield name, f"{name}：最多 {most} 字", f"{name}: at most {most} characters"
        if name not in (*HEAD, *PARTS[kind]):
            known = ", ".join((*HEAD, *PARTS[kind]))
            yield name, f"{name}：应为 {known}", f"{name}: expected {known}"


def _wrong(desk: Desk, tx: Transaction, article: Article, fields: Mapping[str, str]) -> Iterator[str]:
    yield from (f"{zh} ({en})" for _, zh, en in article_wrong(article.kind, fields))
    for name in ("type", "topic"):
        if fields[name] and not _key(desk, name, fields[name]):
            known = "、".join(value.key for value in desk.taxonomy.values(name))
            yield f"{name}：应为 {known} ({name}: expected {known})"
    if fields["owner"] != article.owner and tx.people.user(fields["owner"]) is None:
        yield "owner：没有这个用户 (owner: no such user)"


def _keys(desk: Desk, fields: Mapping[str, str]) -> dict[str, str]:
    return {name: _key(desk, name, fields[name]) for name in ("type", "topic")}


def _key(desk: Desk, name: str, word: str) -> str:
    """The key that a value has today, whatever it is called; a retired one may stay where it stands."""
    found = (desk.taxonomy.find(name, word) or desk.taxonomy.stored(name, word)) if word else None
    return found.key if found else ""


def names_on(tx: Transaction, ticket_id: int) -> tuple[str, ...]:
    """The names on that ticket; none for no ticket."""
    ticket = tx.tickets.get(ticket_id) if ticket_id else None
    detail = tx.views.ticket(ticket.number) if ticket else None
    return names_of(detail) if detail else ()


def names_of(detail: TicketDetail) -> tuple[str, ...]:
    """By which names a ticket's customer goes, and whoever else wrote to us on it."""
    customer = (detail.customer.name, detail.customer.company) if detail.customer else ()
    senders = (one.sender.name for one in detail.conversation if one.sender and one.sender.address)
    return tuple(dict.fromkeys(filter(None, (*customer, *senders))))
