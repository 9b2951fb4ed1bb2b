"""Reads the FIELD=VALUE words and the instants of a command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from core.domain.errors import BadInput, WrongUsage
from huiying.app.bootstrap import App


def values_of(words: Sequence[str]) -> dict[str, str]:
    """The value of each field; of one that stands twice the last. Raises ``WrongUsage`` for a word without ``=``."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise WrongUsage(f"{word}: FIELD=VALUE")
        values[name] = value
    return values


def instant_of(opened: App, word: str) -> datetime | None:
    """An instant; without an offset, one of the desk's zone. Raises ``BadInput``."""
    if not word:
        return None
    try:
        given = datetime.fromisoformat(word)
    except ValueError:
        raise BadInput(f"{word}: ISO 8601") from None
    return given if given.tzinfo else given.replace(tzinfo=opened.desks.active().calendar.tz)
