"""In which words the console speaks: one catalogue a language, and how values, times and codes are said."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache
from pathlib import Path

from core.domain.taxonomy import Taxonomy
from huiying.flows.suggested import abstained_words
from responder.guard import SILENCE_CODES, silence_words

LANGUAGES = ("zh-CN", "en")
TRANSLATIONS = Path(__file__).parent / "translations"
_SOON = timedelta(minutes=30)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_CHECKED = re.compile(
    r"examples (?P<examples>\d+) ok(?:; (?P<days>\d+) d: (?P<changed>\d+) of (?P<mails>\d+) mails change"
    r"(?:, (?P<later>\d+) of (?P<moments>\d+) later moments)?)?"
)

_LISTED = ("notify", "ask", "link")
"""Actions whose values are words of a closed list, beside those of the taxonomy."""
Catalogue = Mapping[str, str]


@cache
def read_catalogues(folder: Path = TRANSLATIONS) -> Mapping[str, Catalogue]:
    """The catalogue of each language, by its BCP 47 tag."""
    return {tag: json.loads((folder / f"{tag}.json").read_text(encoding="utf-8")) for tag in LANGUAGES}


def language_for(*wishes: str) -> str:
    """The first of the wished languages (tags or an Accept-Language header) that we speak; Chinese else."""
    for wish in wishes:
        for tag in (part.split(";")[0].strip().lower() for part in wish.split(",")):
            if tag.startswith(("zh", "en")):
                return "zh-CN" if tag.startswith("zh") else "en"
    return LANGUAGES[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A due time as shown: ``level`` is over, soon, fine or none; ``words`` the relative time."""

    level: str
    label: str
    words: str
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Everything a template says, in one language; ``zone`` is the desk's."""

    language: str
    catalogue: Catalogue
    taxonomy: Taxonomy
    zone: tzinfo
    now: datetime

    def __call__(self, key: str, **values: object) -> str:
        """The catalogue's text for a key, with ``{name}`` places filled."""
        text = self.catalogue[key]
        return text.format(**values) if values else text

    @property
    def offset_minutes(self) -> int:
        """How far the desk's clock is ahead of UTC now."""
        ahead = self.now.astimezone(self.zone).utcoffset()
        return int(ahead.total_seconds() // 60) if ahead else 0

    @property
    def offset(self) -> str:
        """The same as it is written: UTC+8, UTC−3:30."""
        hours, minutes = divmod(abs(self.offset_minutes), 60)
        return f"UTC{'−' if self.offset_minutes < 0 else '+'}{hours}{f':{minutes:02}' if minutes else ''}"

    def code(self, group: str, code: str) -> str:
        """What a stable code means (its longest known beginning); an unknown one is shown as it is."""
        parts = [part.strip() for part in code.split(":")]
        for length in (2, 1):
            known = self.catalogue.get(f"{group}.{':'.join(parts[:length])}")
            if known is not None:
                return known
        return code

    def abstained(self, reason: str) -> str:
        """Why the model said nothing."""
        return abstained_words(reason, self.language)

    def because(self, reason: str) -> str:
        """Why a mail went where it went, or why no letter answered it."""
        words = silence_words(reason, self.language) if reason.partition(":")[0] in SILENCE_CODES else reason
        return self.code("because", reason) if words == reason else words

    def gate(self, code: str) -> str:
        """Why a model was kept aside: a code with the field it is about."""
        kind, _, field = code.partition(":")
        return self.catalogue[f"gate.{kind}"] + (self.catalogue[f"field.{field}"] if field else "")

    def label(self, field: str, value: str) -> str:
        """A taxonomy value as it is shown."""
        return self.taxonomy.label(field, value, self.language) if value else "–"

    def set_value(self, what: str, value: str) -> str:
        """What a rule sets: a value of the taxonomy, a word of a closed list, or as it stands."""
        field = "urgency" if what == "urgency_at_least" else what
        if self.taxonomy.stored(field, value) is not None:
            return self.label(field, value)
        return self.catalogue.get(f"rules.value.{value}", value) if what in _LISTED else value

    def checked(self, said: str) -> str:
        """What was found out before a publication, of the words that it keeps; words of another form as they are."""
        found = _CHECKED.fullmatch(said)
        if found is None:
            return said
        parts = [self("rules.checked.examples", count=found["examples"])]
        if found["days"]:
            parts.append(
                self("rules.checked.mails", days=found["days"], changed=found["changed"], mails=found["mails"])
            )
        if found["later"]:
            parts.append(self("rules.checked.later", changed=found["later"], moments=found["moments"]))
        return self("rules.checked.comma").join(parts)

    def key(self, field: str, value: str) -> str:
        """The key that a stored value has today."""
        found = self.taxonomy.stored(field, value)
        return found.key if found else value

    def percent(self, share: float) -> str:
        """A probability; never 100 %, because nothing is that sure."""
        return f"{min(99, round(share * 100))} %"

    def share(self, share: float) -> str:
        """A share that was counted: all of ten is 100 %."""
        return f"{round(share * 100)} %"

    def clock(self, instant: datetime) -> str:
        """The wall-clock minute, with the day when it is not today."""
        local, today = instant.astimezone(self.zone), self.now.astimezone(self.zone)
        time = f"{local:%H:%M}"
        days = (local.date() - today.date()).days
        if days in (-1, 0, 1):
            return f"{self.catalogue[f'day.{days}']} {time}"
        return f"{self._day(local, today)} {time}"

    def full(self, instant: datetime) -> str:
        """The instant to the second with its offset, for titles and proofs."""
        return f"{instant.astimezone(self.zone):%Y-%m-%d %H:%M:%S %z}"

    def _day(self, local: datetime, today: datetime) -> str:
        if self.language == "en":
            day = f"{local.day} {_MONTHS[local.month - 1]}"
            return day if local.year == today.year else f"{day} {local.year}"
        day = f"{local.month}月{local.day}日"
        return day if local.year == today.year else f"{local.year}年{day}"

    def ago(self, instant: datetime) -> str:
        """How long ago, in one unit."""
        if self.now - instant < timedelta(minutes=1):
            return self.catalogue["time.just-now"]
        return self("time.ago", span=self.span(self.now - instant))

    def since(self, seconds: float) -> str:
        """The same for an age in seconds."""
        return self.ago(self.now - timedelta(seconds=seconds))

    def span(self, length: timedelta) -> str:
        """A length in its one or two biggest units."""
        minutes = max(0, int(length.total_seconds() // 60))
        days, hours = minutes // 1440, minutes % 1440 // 60
        if days:
            return (
                self("time.days", days=days, hours=hours) if days < 3 and hours else self("time.only-days", days=days)
            )
        if hours:
            key = "time.hours" if minutes % 60 else "time.only-hours"
            return self(key, hours=hours, minutes=minutes % 60)
        return self("time.minutes", minutes=max(1, minutes))

    def due(self, due: datetime | None, received: datetime) -> Due:
        """即将超时 in the last half hour, or in the last quarter of a shorter time; 已超时 after it."""
        if due is None:
            return Due(level="none", label=self("due.none"), words="", at="")
        left = due - self.now
        if left < timedelta():
            level = "over"
        elif left <= max(min(_SOON, (due - received) / 4), timedelta(minutes=2)):
            level = "soon"
        else:
            level = "fine"
        words = self("due.over-by" if level == "over" else "due.left", span=self.span(abs(left)))
        return Due(level=level, label=self(f"due.{level}"), words=words, at=self.clock(due))

    def proof(self, code: int, answer: str) -> str:
        """A mail server's answer with its code, once."""
        return answer if not code or answer.startswith(str(code)) else f"{code} {answer}"

    def size(self, octets: int) -> str:
        """A size in the unit that reads best."""
        if octets < 1024:
            return f"{octets} B"
        return f"{octets / 1024:.0f} kB" if octets < 1024 * 1024 else f"{octets / 1024 / 1024:.1f} MB"
