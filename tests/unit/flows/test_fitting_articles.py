"""Which articles fit a ticket."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.article import Article, ArticleKind, ArticleMatch
from huiying.flows.fitting_articles import Fit, fit_of

SKETCH = {"证书": 0.8, "云盘": 0.6}


def fit(*words: str, **changed: Any) -> Fit | None:
    at = datetime(2026, 3, 5, tzinfo=UTC)
    given: dict[str, Any] = {"id": 1, "kind": ArticleKind.CASE, "title": "t", "by": "li", "at": at}
    article = Article(**given | changed)
    return fit_of(ArticleMatch(article=article, words=words), SKETCH, ("投诉", "客诉"), ("价格",))


@pytest.mark.parametrize(
    ("words", "changed", "score"),
    [
        (("云盘", "证书"), {}, 1.0),
        (("证书",), {"type": "客诉"}, 0.79),
        (("证书",), {"type": "咨询", "topic": "价格"}, 0.79),
        ((), {"type": "投诉", "kind": ArticleKind.PHRASING}, 0.15),
        ((), {"type": "投诉", "topic": "价格", "kind": ArticleKind.PHRASING}, 0.3),
        ((), {"type": "投诉", "topic": "其他", "kind": ArticleKind.PHRASING}, None),
        ((), {"type": "投诉", "topic": "价格"}, None),
        ((), {"topic": "价格", "kind": ArticleKind.PHRASING}, None),
        ((), {}, None),
    ],
)
def test_words_type_and_topic_count(words: tuple[str, ...], changed: dict[str, Any], score: float | None) -> None:
    """The telling words most of all; without any a case fits nothing, and a phrasing its type, and its topic where it
    has one. A type counts under each of its keys."""
    found = fit(*words, **changed)
    assert (None if found is None else round(found.score, 2)) == score


def test_why_it_fits_is_told() -> None:
    """The loudest word first."""
    found = fit("云盘", "证书", topic="价格")
    assert found is not None and (found.words, found.same_type, found.same_topic) == (("证书", "云盘"), False, True)
