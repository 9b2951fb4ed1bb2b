"""Which articles fit a ticket, and why; what of them goes into an answer, in its customer's language and script."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from core.domain.article import Article, ArticleKind, ArticleMatch, ArticleState
from core.domain.errors import BadInput, NotFound
from core.domain.ticket import Direction, Ticket
from core.domain.views import TicketDetail
from core.text.script import in_script
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.precedents import sketch_of
from huiying.flows.write_article import article_named
from responder.letters import letter_language

SHOWN = 3
CHOICES = 40
"""So many phrasings can be chosen from in the answer form; others are found on the page of the knowledge base."""
LEAST = 0.2
"""Less is by chance: a common word or two."""
_SAME_TYPE, _SAME_TOPIC = 0.15, 0.15
_CHINESE = ("zh-CN", "zh-TW")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fit:
    """An article that fits: the ``words`` of the ticket that stand in it, and whether type and topic are the same."""

    article: Article
    words: tuple[str, ...]
    same_type: bool
    same_topic: bool
    score: float


def fitting(ctx: Context, detail: TicketDetail) -> tuple[Fit, ...]:
    """The published articles that fit best, in a language that the customer's answer could be written in. A case needs
    words in common; a phrasing is for whatever is of its type, and of its topic where it names one."""
    first = next((m for m in detail.messages if m.direction is Direction.IN), None)
    sketch = sketch_of(ctx, first) if first else {}
    keys = decided_keys(ctx.desk(), detail.ticket)
    with ctx.store.read() as tx:
        found = tx.articles.matching(tuple(sketch), keys["type"], languages_for(detail))
    fits = (fit_of(match, sketch, keys["type"], keys["topic"]) for match in found)
    likely = [fit for fit in fits if fit is not None]
    return tuple(sorted(likely, key=lambda fit: (-fit.score, -fit.article.serial))[:SHOWN])


def decided_keys(desk: Desk, ticket: Ticket) -> dict[str, tuple[str, ...]]:
    """Under which keys its type and topic may be stored, today's first; none for what is taken when nobody decides,
    which says nothing."""
    given = {name: ticket.fields.get(name, "") for name in ("type", "topic")}
    return {
        name: () if not key or desk.taxonomy.means(name, key, desk.taxonomy.defaults.get(name, ""))
        else desk.taxonomy.keys(name, key)
        for name, key in given.items()
    }  # fmt: skip


def fit_of(
    match: ArticleMatch, sketch: Mapping[str, float], types: Collection[str], topics: Collection[str]
) -> Fit | None:
    """None where it fits by chance only. The squares of a sketch's weights add up to one: the score begins with how
    much of what the ticket says stands in the article."""
    article = match.article
    same_type, same_topic = article.type in types, article.topic in topics
    common = sum(sketch[word] ** 2 for word in match.words)
    score = common + _SAME_TYPE * same_type + _SAME_TOPIC * same_topic
    for_its_type = article.kind is ArticleKind.PHRASING and same_type and (same_topic or not article.topic)
    if not for_its_type and (not common or score < LEAST):
        return None
    words = tuple(sorted(match.words, key=lambda word: -sketch[word]))
    return Fit(article=article, words=words, same_type=same_type, same_topic=same_topic, score=score)


def phrasings(ctx: Context, detail: TicketDetail) -> tuple[Article, ...]:
    """What can be chosen in the answer form, the most used first."""
    with ctx.store.read() as tx:
        return tx.articles.most_used(ArticleKind.PHRASING, languages_for(detail), CHOICES)


def languages_for(detail: TicketDetail) -> tuple[str, ...]:
    """In which languages an article may be written to be of use: one script is turned into the other."""
    language = letter_language(detail.ticket.language)
    return _CHINESE if language in _CHINESE else (language,)


def take_into_answer(ctx: Context, number: str, article: str) -> str:
    """The words of a published article for the answer to that ticket, and counts that they were taken."""
    with ctx.store.write() as tx:
        ticket = tx.tickets.by_number(number)
        if ticket is None:
            raise NotFound(f"没有工单 {number} (no ticket {number})")
        found = article_named(tx, article)
        if found.state is not ArticleState.PUBLISHED:
            raise BadInput(f"{found.number}：尚未发布 (it is not published)")
        tx.articles.used(found.id)
    return in_script(found.said, found.language, letter_language(ticket.language))
