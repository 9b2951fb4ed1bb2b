"""Makes a year's free days from the ``holidays`` package or an iCalendar file, and puts them into a calendar file."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from core.domain.errors import BadInput

_DAY = timedelta(days=1)
_PLAIN_KEY = re.compile(r"[^\W\d_](?:[\w 、·（）()'./-]*[\w）)])?")
_LONGEST_NAME = 100
_EXTRA = re.compile(r"（[^）]*）|\([^)]*\)")
_SWAPPED = re.compile(r"^(?:休息日|Day off)\b|^休息日")
_SAME = {"农历除夕": "春节", "除夕": "春节"}
_WORKED = re.compile(r"补班|上班|（班）|\(班\)|work(?:ing)? day", re.IGNORECASE)
_TOLD_FREE = re.compile(r"（休）|\(休\)|休假|放假")


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarYear:
    """Free days by date with their names, working weekends, and which free days nobody has announced yet."""

    year: int
    holidays: Mapping[date, str] = field(default_factory=dict)
    makeup_days: tuple[date, ...] = ()
    provisional: frozenset[date] = frozenset()

    def spans(self) -> tuple[tuple[str, date, date], ...]:
        """(name, first, last) of free days in a row, weekends between them included; named by all its holidays."""
        found: list[tuple[list[str], date, date]] = []
        for day, name in sorted(self.holidays.items()):
            if found and self._joined(found[-1][2], day):
                names, first, _ = found[-1]
                if name and name not in names:
                    names.append(name)
                found[-1] = (names, first, day)
            else:
                found.append(([name] if name else [], day, day))
        return tuple(("、".join(names) or "休息日", first, last) for names, first, last in found)

    def _joined(self, last: date, day: date) -> bool:
        between = [last + _DAY * n for n in range(1, (day - last).days)]
        return len(between) <= 2 and all(d.weekday() >= 5 and d not in self.makeup_days for d in between)


def generate_year(year: int, country: str = "CN", part: str = "") -> CalendarYear:
    """What ``holidays`` knows of a year. China's working weekends and bridge days are announced late in the year
    before; until then only the days of the law are known, and each is provisional. Raises ``BadInput``."""
    import holidays  # 0.1 s and nothing but this command needs it

    try:
        known = holidays.country_holidays(
            country, subdiv=part or None, years=year, language="zh_CN" if country == "CN" else None
        )
    except (NotImplementedError, AttributeError) as error:
        raise BadInput(f"holidays 没有 {country} {part} (holidays does not know it): {error}") from error
    days = {day: _plain(name) for day, name in known.items() if day.year == year}
    worked = tuple(sorted(day for day in getattr(known, "weekend_workdays", ()) if day.year == year))
    announced = country != "CN" or any(_SWAPPED.match(name) for name in known.values()) or bool(worked)
    return CalendarYear(
        year=year, holidays=days, makeup_days=worked, provisional=frozenset() if announced else frozenset(days)
    )


def _plain(name: str) -> str:
    """A holiday's own name; a bridge day has none."""
    if _SWAPPED.match(name):
        return ""
    plain = _EXTRA.sub("", name).strip()
    return _SAME.get(plain, plain)


def read_icalendar(content: str, year: int) -> CalendarYear:
    """The whole-day events of an iCalendar file (RFC 5545) that fall into a year. An event whose summary says
    补班 or 上班 is a working weekend; every other one is free. Raises ``BadInput`` when there is none."""
    if "BEGIN:VCALENDAR" not in content[:4000].upper():
        raise BadInput("不是 iCalendar 文件 (not an iCalendar file)")
    days: dict[date, str] = {}
    worked: set[date] = set()
    unfolded = re.sub(r"\r?\n[ \t]", "", content)
    for event in _events(unfolded.splitlines()):
        name, first, last = _event(event)
        for day in _each(first, last):
            if day.year != year:
                continue
            if _WORKED.search(name):
                worked.add(day)
            else:
                days[day] = _SAME.get(plain := _TOLD_FREE.sub("", name).strip(), plain)
    if not days and not worked:
        raise BadInput(f"文件里没有 {year} 年的全天事件 (no whole-day event of {year})")
    return CalendarYear(year=year, holidays=days, makeup_days=tuple(sorted(worked)))


def _events(lines: Iterable[str]) -> Iterator[list[str]]:
    """The lines of each event that has an end; read once, whatever a file holds."""
    inside: list[str] | None = None
    for line in lines:
        mark = line.strip().upper()
        if mark == "BEGIN:VEVENT":
            inside = []
        elif mark == "END:VEVENT" and inside is not None:
            yield inside
            inside = None
        elif inside is not None:
            inside.append(line)


def _event(lines: Iterable[str]) -> tuple[str, date | None, date | None]:
    """Name, first and last day; a timed event has none."""
    found: dict[str, str] = {}
    for line in lines:
        key, colon, value = line.partition(":")
        if colon:
            found.setdefault(key.partition(";")[0].upper(), value.strip())
    name = re.sub(r"\\([,;\\])", r"\1", found.get("SUMMARY", "").replace("\\n", " "))
    first = _date(found.get("DTSTART", ""))
    end = _date(found.get("DTEND", ""))
    # DTEND is the day after the last one (RFC 5545, 3.6.1).
    return name, first, end - _DAY if end else first


def _date(word: str) -> date | None:
    """None for a timed event's, and for a day that no calendar has."""
    try:
        return date(int(word[:4]), int(word[4:6]), int(word[6:])) if re.fullmatch(r"[0-9]{8}", word) else None
    except ValueError:
        return None


def _each(first: date | None, last: date | None) -> Iterable[date]:
    if first is None or last is None or not 0 <= (last - first).days <= 60:
        return ()
    return (first + _DAY * n for n in range((last - first).days + 1))


def with_year(content: str, new: CalendarYear) -> str:
    """A calendar file with that year's days written anew; all other lines and comments stay where they are (ruamel
    would move a comment between two keys into the key before it). Raises ``BadInput`` for a part in flow style."""
    lines = content.rstrip("\n").split("\n")
    free = [f"    {name}: {_span(first, last)}" for name, first, last in _unique(new.spans())]
    lines = _with_part(lines, "holidays", new.year, [f"  {new.year}:", *free] if free else [])
    worked = ", ".join(str(day) for day in new.makeup_days)
    lines = _with_part(lines, "makeup_days", new.year, [f"  {new.year}: [{worked}]"] if worked else [])
    spans = CalendarYear(year=new.year, holidays=dict.fromkeys(new.provisional, "")).spans()
    told = ", ".join(_span(first, last) for _, first, last in spans)
    lines = _with_part(lines, "provisional", new.year, [f"  {new.year}: [{told}]"] if told else [])
    return "\n".join(lines) + "\n"


def _unique(spans: Iterable[tuple[str, date, date]]) -> Iterable[tuple[str, date, date]]:
    """A name that comes twice in a year is told apart by its day."""
    seen: set[str] = set()
    for name, first, last in spans:
        shown = f"{name} {first:%m-%d}" if name in seen else name
        seen.add(shown)
        yield _key(shown), first, last


def _key(name: str) -> str:
    """A holiday's name as YAML reads it back."""
    short = name[:_LONGEST_NAME]
    return short if _PLAIN_KEY.fullmatch(short) else json.dumps(short, ensure_ascii=False)


def _with_part(lines: list[str], part: str, year: int, new: list[str]) -> list[str]:
    """The lines with one year of one top-level key replaced, added in its order, or taken out."""
    begin = next((n for n, line in enumerate(lines) if re.match(rf"{part}\s*:", line)), None)
    if begin is None:
        return [*lines, "", f"{part}:", *new] if new else lines
    if not re.fullmatch(rf"{part}\s*:\s*(#.*)?", lines[begin]):
        raise BadInput(f"{part} 请写成多行，每年一项 (write {part} over several lines, one year each)")
    end = _block_end(lines, begin, 0)
    years = [n for n in range(begin + 1, end) if re.match(r"\s+\d{4}\s*:", lines[n])]
    same = next((n for n in years if int(lines[n].partition(":")[0]) == year), None)
    if same is not None and not new and len(years) == 1:
        return [*lines[:begin], *lines[end:]]
    if same is not None:
        return [*lines[:same], *new, *lines[_block_end(lines, same, _indent(lines[same])) :]]
    after = next((n for n in years if int(lines[n].partition(":")[0]) > year), end)
    return [*lines[:after], *new, *lines[after:]]


def _block_end(lines: list[str], begin: int, indent: int) -> int:
    """The line after a key's block; blank and comment lines at its end belong to what follows."""
    end = begin + 1
    for number in range(begin + 1, len(lines)):
        text = lines[number].strip()
        if text and not text.startswith("#"):
            if _indent(lines[number]) <= indent:
                break
            end = number + 1
    return end


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _span(first: date, last: date) -> str:
    return str(first) if first == last else f"{first}..{last}"
