"""Key dates 关键日期 of customers as people write them: 生日 1988-05-20, 合作纪念日 03-01, 店庆 09-01 (DOMAIN 2)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Protocol

from core.domain.errors import BadInput
from core.domain.key_date import ANNIVERSARY, BIRTHDAY, KeyDate
from core.text.mask import mask

NAMES = {BIRTHDAY: ("生日", "Birthday"), ANNIVERSARY: ("合作纪念日", "Anniversary")}
MOST_DATES, LONGEST_NAME = 10, 30
NO_MORE = "-"
_BETWEEN = re.compile(r"[,，、;；\n]+")
_ONE = re.compile(
    r"(?P<name>\D.*?)[\s:：]*(?:(?P<year>\d{4})\s*[-/.年]\s*)?(?P<month>\d{1,2})\s*[-/.月]\s*(?P<day>\d{1,2})日?"
)
_KNOWN = {word.casefold(): key for key, words in NAMES.items() for word in (key, *words)} | {"纪念日": ANNIVERSARY}


class KeyDates(Protocol):
    """A part of ``huiying/flows/ports.py``."""

    def of_customer(self, customer_id: int) -> tuple[KeyDate, ...]:
        """The customer's, under whichever of his addresses, as they come in a year."""
        ...

    def set(self, customer_id: int, dates: Sequence[KeyDate]) -> None:
        """Puts these in place of all that he has."""
        ...

    def on(self, day: date, after: int, limit: int) -> tuple[tuple[int, int, KeyDate], ...]:
        """Those that fall on that day, with ids above ``after``: (id, customer id, the date). By index."""
        ...


def read_key_dates(words: str) -> tuple[KeyDate, ...]:
    """Raises ``BadInput`` with an example; '' and ``-`` are none."""
    parts = [one.strip() for one in _BETWEEN.split(words) if one.strip() not in ("", NO_MORE)]
    if len(parts) > MOST_DATES:
        raise BadInput(f"关键日期太多 (more than {MOST_DATES} key dates)")
    found = (_read(one) for one in parts)
    return tuple(dict.fromkeys(sorted(found, key=lambda one: (one.month_day, one.name))))


def _read(word: str) -> KeyDate:
    match = _ONE.fullmatch(word)
    name = " ".join(match["name"].split()) if match else ""
    if match is None or not name or len(name) > LONGEST_NAME:
        raise _bad(word)
    try:
        return KeyDate(
            name=_KNOWN.get(name.casefold()) or mask(name),
            month=int(match["month"]), day=int(match["day"]), year=int(match["year"] or 0),
        )  # fmt: skip
    except ValueError:
        raise _bad(word) from None


def _bad(word: str) -> BadInput:
    return BadInput(
        f"不是关键日期：{word[:40]}；例如 生日 05-20, 合作纪念日 2020-03-01 (no key date; for example birthday 05-20)"
    )


def key_date_name(name: str, language: str) -> str:
    return NAMES[name][language.startswith("en")] if name in NAMES else name


def key_dates_words(dates: Iterable[KeyDate], language: str) -> str:
    """As ``read_key_dates`` reads them again."""
    return ", ".join(f"{key_date_name(one.name, language)} {_day(one)}" for one in dates)


def _day(one: KeyDate) -> str:
    day = f"{one.month:02}-{one.day:02}"
    return f"{one.year}-{day}" if one.year else day
