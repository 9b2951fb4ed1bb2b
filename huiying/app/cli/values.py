"""Reads the FIELD=VALUE words and the instants of a command line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.domain.errors import BadInput, WrongUsage
from huiying.app.bootstrap import App

LAST_ID = (1 << 63) - 1
LAST_PORT = 65_535


def path_of(word: str) -> Path:
    """A path of the command line; an empty word (a variable that is not set) is not the folder one stands in."""
    if not word:
        raise WrongUsage("路径是空的 (a path is empty)")
    return Path(word)


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
        given = given if given.tzinfo else given.replace(tzinfo=opened.desks.active().calendar.tz)
        return given.astimezone(UTC).astimezone(given.tzinfo)
    except (ValueError, OverflowError):
        raise BadInput(f"{word}：应为时间，如 (expected an instant such as) 2026-03-05T10:00") from None
