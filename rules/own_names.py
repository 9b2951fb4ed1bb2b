"""Which spelling of a value is its own name, so that a form shows each value once."""

from __future__ import annotations

from collections.abc import Mapping

from rules.conditions.clock import EVENTS
from rules.conditions.hours import LONG_WEEKDAYS, WEEKDAYS
from rules.occasions import OCCASIONS, STATE_WORDS
from rules.rule import STATUS_WORDS
from rules.spellings import ASKED, CHANNELS, CLOCKS, LANGUAGES

_FLAGS: Mapping[str, str] = {
    "true": "yes",
    "是": "yes",
    "有": "yes",
    "false": "no",
    "否": "no",
    "无": "no",
    "没有": "no",
}
_HOURS: Mapping[str, str] = {"工作时间": "working", "非工作时间": "outside"}
_DAYS: Mapping[str, str] = {
    written: short
    for short, long, zh in zip(WEEKDAYS, LONG_WEEKDAYS, "一二三四五六日", strict=True)
    for written in (long, f"周{zh}", f"星期{zh}", *(("星期天",) if zh == "日" else ()))
}
_SPELLINGS: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "status": ({word: str(status) for word, status in STATUS_WORDS.items()},),
    "run_on": ({word: str(occasion) for word, occasion in OCCASIONS.items()},),
    "state": ({word: str(state) for word, state in STATE_WORDS.items()},),
    "hours": (_HOURS,),
    "is": (_HOURS, EVENTS),
    "clock": (CLOCKS,),
    "name": (CLOCKS,),
    "channel": (CHANNELS,),
    "language": (LANGUAGES,),
    "ask": (ASKED,),
    "weekday": (_DAYS,),
}


def own_name(key: str, word: str) -> str:
    """The name of a value that is written so under that key; a word that is no spelling of anything stays."""
    return next((names[word] for names in _SPELLINGS.get(key, (_FLAGS,)) if word in names), word)
