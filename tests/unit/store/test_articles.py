"""The contract of the knowledge base."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.article import Article, ArticleFilter, ArticleKind, ArticleState, ArticleStep
from core.domain.errors import Conflict
from store.articles import NEWEST
from store.open import SqlStore
from tests.unit.store.values import NOW, file_tickets, minutes


def an_article(id_: int = 7001, **changed: Any) -> Article:
    given: dict[str, Any] = {
        "id": id_,
        "kind": ArticleKind.CASE,
        "title": "云盘同步失败",
        "parts": {"solution": "换一张证书，重新登录"},
    }
    return Article(**given | {"owner": "li", "by": "li", "at": NOW} | changed)


def keep(store: SqlStore, *articles: Article) -> list[Article]:
    with store.write() as tx:
        return [replace(one, serial=tx.articles.add(one)) for one in articles]


def next_of(article: Article, **changed: Any) -> Article:
    return replace(article, version=article.version + 1, **changed)


def published(article: Article, review: int = 60) -> Article:
    state = {"state": ArticleState.PUBLISHED, "step": ArticleStep.PUBLISHED}
    return next_of(article, **state, by="wang", at=minutes(5), review=minutes(review))


def find(store: SqlStore, key: str = "", limit: int = 50, **which: Any) -> list[str]:
    with store.read() as tx:
        return [one.number for one in tx.articles.find(ArticleFilter(**which), key, limit).rows]


class TestArticles:
    def test_an_article_is_given_back_as_it_was_written(self, store: SqlStore) -> None:
        """By its own number, with the ticket that it was drawn from; numbers follow one another."""
        (ticket_id,) = file_tickets(store, 1)
        first, second = keep(store, an_article(), an_article(7002, ticket_id=ticket_id, type="投诉"))
        with store.read() as tx:
            ticket = tx.tickets.get(ticket_id)
            assert ticket is not None
            assert tx.articles.get(1) == first
            assert tx.articles.get(2) == replace(second, ticket=ticket.number)
            assert tx.articles.get(3) is None
            assert [one.number for one in tx.articles.of_ticket(ticket_id)] == ["K2"]

    def test_every_step_stays_readable(self, store: SqlStore) -> None:
        """The last one first, page by page; a step from an older version is refused, and how often it was used stays
        whatever else is written."""
        [first] = keep(store, an_article())
        second = published(first)
        third = next_of(second, title="云盘打不开", step=ArticleStep.CHANGED)
        with store.write() as tx:
            tx.articles.save(second)
            tx.articles.used(first.id)
            tx.articles.save(third)
        with pytest.raises(Conflict), store.write() as tx:
            tx.articles.save(second)
        with store.read() as tx:
            assert tx.articles.get(1) == replace(third, used=1)
            page = tx.articles.versions(first.id, "", 2)
            rest = tx.articles.versions(first.id, page.next_key, 2)
            told = [(one.version, one.step, one.title, one.by) for one in (*page.rows, *rest.rows)]
            assert tx.articles.version(first.id, 2) == replace(second, used=1)
            assert tx.articles.version(first.id, 4) is None
        assert told == [
            (3, "changed", "云盘打不开", "wang"),
            (2, "published", "云盘同步失败", "wang"),
            (1, "written", "云盘同步失败", "li"),
        ]

    def test_words_find_it_in_both_scripts(self, store: SqlStore) -> None:
        """Words of title and parts, and its number, as it is now; the beginning of a longer word, and one character."""
        first, _ = keep(store, an_article(), an_article(7002, title="Refunds", parts={"solution": "by card"}))
        for words in ("证书 登录", "證書", "雲盤", "K1", "换"):
            assert find(store, text=words) == ["K1"], words
        assert find(store, text="refund") == ["K2"] and find(store, text="书证") == []
        with store.write() as tx:
            tx.articles.save(next_of(first, title="打不开", parts={}))
        assert find(store, text="证书") == []

    def test_a_list_is_narrowed_and_paged(self, store: SqlStore) -> None:
        """By kind, state, type and language; the newest first."""
        every = [
            an_article(), an_article(7002, kind=ArticleKind.PHRASING, type="投诉"), an_article(7003, language="en"),
        ]  # fmt: skip
        first, *_ = keep(store, *every)
        with store.write() as tx:
            tx.articles.save(published(first))
        assert find(store) == ["K3", "K2", "K1"]
        assert find(store, kind="phrasing") == find(store, types=("投诉", "客诉")) == ["K2"]
        assert find(store, language="en") == ["K3"] and find(store, state="published") == ["K1"]
        with store.read() as tx:
            page = tx.articles.find(ArticleFilter(), "", 2)
            assert tx.articles.count(ArticleFilter(state="draft")) == 2
        assert page.next_key == "2" and find(store, page.next_key) == ["K1"]

    def test_what_is_due_stands_in_the_order_of_its_time(self, store: SqlStore) -> None:
        """Published articles only, page by page."""
        every = keep(store, *(an_article(7001 + place) for place in range(4)))
        with store.write() as tx:
            for article, review in zip(every, (30, 10, 90), strict=False):
                tx.articles.save(published(article, review))
        with store.read() as tx:
            page = tx.articles.find(ArticleFilter(due=minutes(60)), "", 1)
        assert [one.number for one in page.rows] == ["K2"]
        assert find(store, page.next_key, due=minutes(60)) == ["K1"]

    def test_published_ones_match_by_words_and_type(self, store: SqlStore) -> None:
        """A word matches as a whole; drafts and other languages do not, and the most used come first where all are
        offered."""
        every = keep(
            store, an_article(), an_article(7002, title="别的", parts={"solution": "x"}, type="投诉"),
            an_article(7003), an_article(7004, language="en"), an_article(7005, title="无法登入"),
        )  # fmt: skip
        with store.write() as tx:
            for article in every:
                if article.id != 7003:
                    tx.articles.save(published(article))
            tx.articles.used(7002)
            found = tx.articles.matching(("证书", "无法登录", "失败"), ("投诉",), ("zh-CN", "zh-TW"))
            offered = tx.articles.most_used(ArticleKind.CASE, ("zh-CN",), 2)
        assert {match.article.serial: match.words for match in found} == {
            1: ("证书", "失败"), 2: (), 5: ("证书", "无法登录"),
        }  # fmt: skip
        assert [one.number for one in offered] == ["K2", "K5"]

    def test_newer_ones_in_other_languages_are_in_nobodys_way(self, store: SqlStore) -> None:
        """However many they are: only so many of a word and of a type are looked at."""
        about: dict[str, Any] = {"title": "API", "type": "投诉", "state": ArticleState.PUBLISHED}
        keep(store, an_article(**about), *(an_article(7002 + n, **about, language="en") for n in range(NEWEST)))
        with store.read() as tx:
            for words, types in ((("api",), ()), ((), ("投诉",))):
                assert [one.article.id for one in tx.articles.matching(words, types, ("zh-CN", "zh-TW"))] == [7001]

    def test_of_what_came_from_an_erased_ticket_only_what_is_published_stays(self, store: SqlStore) -> None:
        """Without what it was before; a draft is emptied, is not found and keeps its number."""
        (ticket_id,) = file_tickets(store, 1)
        draft, kept, other = keep(
            store, an_article(ticket_id=ticket_id), an_article(7002, ticket_id=ticket_id), an_article(7003)
        )
        with store.write() as tx:
            tx.articles.save(published(kept))
            tx.erasures.empty_tickets([ticket_id])
        with store.read() as tx:
            gone, stays = tx.articles.get(draft.serial), tx.articles.get(kept.serial)
            assert gone is not None
            assert stays is not None
            assert (gone.state, gone.parts, gone.title[:4]) == (ArticleState.RETIRED, {}, "（已删除")
            assert stays.state is ArticleState.PUBLISHED and stays.parts == kept.parts
            assert tx.articles.versions(gone.id, "", 9).rows == ()
            assert [one.version for one in tx.articles.versions(stays.id, "", 9).rows] == [2]
            assert tx.articles.get(other.serial) == other
        assert find(store, text="证书") == ["K3", "K2"]
