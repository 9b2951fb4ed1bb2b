"""Reads the FIELD=VALUE words of a command line."""

from __future__ import annotations

from collections.abc import Sequence

from core.domain.errors import WrongUsage


def values_of(words: Sequence[str]) -> dict[str, str]:
    """The value of each field; of one that stands twice the last. Raises ``WrongUsage`` for a word without ``=``."""
    values = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals:
            raise WrongUsage(f"{word}: FIELD=VALUE")
        values[name] = value
    return values
