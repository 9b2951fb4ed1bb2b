"""How tickets are numbered: a pattern of the date and a serial at its end, 20231001001 unless a desk says otherwise
(DOMAIN A3)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

DEFAULT = "{year}{month}{day}{serial:3}"
LONGEST, SHORTEST = 32, 4
_DATE = ("{year}", "{month}", "{day}")
_SIGN = r"[0-9A-Za-z\u4e00-\u9fff]"
_PATTERN = re.compile(
    rf"((?:{_SIGN}|\{{year\}})(?:{_SIGN}|-|\{{year\}}|\{{month\}}|\{{day\}})*)\{{serial(?::([2-9]))?\}}"
)


class NoNumbering(ValueError):
    """Why a pattern numbers nothing, in Chinese and in English."""

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbering:
    """``before`` is what stands before the serial, with ``{year}``, ``{month}`` and ``{day}``; the serial begins again
    whenever that changes. ``digits`` is how many it has at least."""

    before: str
    digits: int

    def series(self, day: date) -> str:
        """What stands before the serials of that day."""
        year, month, of_month = f"{day:%Y %m %d}".split()
        return self.before.replace("{year}", year).replace("{month}", month).replace("{day}", of_month)

    def number(self, series: str, serial: int) -> str:
        return f"{series}{serial:0{self.digits}d}"


def read_numbering(pattern: str) -> Numbering:
    """Raises ``NoNumbering``."""
    found = _PATTERN.fullmatch(pattern.strip())
    if found is None:
        raise NoNumbering(
            "工单号由数字、字母、汉字、短横线、{year}、{month}、{day} 组成，以 {serial} 或 {serial:4} 结尾",
            "a number is of digits, letters, Han characters, hyphens, {year}, {month}, {day}, and ends in {serial} or "
            "{serial:4}",
        )
    numbering = Numbering(before=found[1], digits=int(found[2] or 3))
    has_year, has_month, has_day = (name in found[1] for name in _DATE)
    if (has_day and not has_month) or (has_month and not has_year):
        raise NoNumbering(
            "有 {day} 要有 {month}，有 {month} 要有 {year}", "{day} wants {month}, and {month} wants {year}"
        )
    if found[1][0] in "Hh":
        raise NoNumbering("H 开头的是历史来信的编号", "numbers that begin with H are those of imported cases")
    if not SHORTEST <= len(numbering.number(numbering.series(date(2026, 1, 1)), 1)) <= LONGEST - 4:
        raise NoNumbering(
            f"工单号要有 {SHORTEST} 到 {LONGEST - 4} 个字", f"a number has {SHORTEST} to {LONGEST - 4} characters"
        )
    return numbering


SHIPPED = read_numbering(DEFAULT)
