"""The plain variables that are frozen with a letter's intent (DESIGN 3.7)."""

from __future__ import annotations

from datetime import datetime

from core.domain.calendar import BusinessCalendar
from core.domain.decision import By, Decision
from core.domain.taxonomy import NO_VALUES, Taxonomy
from responder.plain import first_sentence, quoted_subject, shown_name
from responder.wording import hours_words, time_words, with_form, zone_words


def acknowledgement_variables(
    *,
    language: str,
    number: str,
    subject: str,
    text: str,
    name: str = "",
    address: str = "",
    form: str = "",
    received: datetime,
    told: datetime | None,
    calendar: BusinessCalendar,
    decision: Decision | None = None,
    always_on_duty: bool = False,
    ask: str = "",
    split: str = "",
    taxonomy: Taxonomy = NO_VALUES,
) -> dict[str, str]:
    """For ``acknowledgement``. ``language`` is the letter's (``letter_language``), ``subject`` and ``text`` the
    customer's own (masked) words, ``told`` the time of ``told_time``. What depends on type or emotion is said only
    when that field is by agent or rule, or was accepted. ``ask`` is what the customer has not told us yet, ``split``
    the number of the ticket that it was split from."""
    type_ = sure_value(decision, "type")
    complains = taxonomy.means("type", type_, "投诉")
    upset = complains or taxonomy.means("emotion", sure_value(decision, "emotion"), "愤怒", "不满")
    working = always_on_duty or calendar.is_working(received)
    return {
        **_common(language=language, number=number, subject=subject, name=name, address=address, form=form),
        **_told(told, calendar, language),
        "excerpt": first_sentence(text),
        "hours": hours_words(calendar, language),
        "working": "1" if working else "",
        "back": "" if working else time_words(calendar.next_working(received), calendar, language),
        "upset": "1" if upset else "",
        "ask": ask,
        "split": split,
        "urgent": "1" if sure_value(decision, "urgency") == "紧急" else "",
        "type": type_,
    }


def told_variables(
    told: datetime | None, was: datetime | None, calendar: BusinessCalendar, language: str
) -> dict[str, str]:
    """The time that a letter names and the one that it takes the place of (``extension``, ``apology``)."""
    return _told(told, calendar, language) | ({"was": time_words(was, calendar, language)} if was else {})


def progress_variables(
    *,
    language: str,
    number: str,
    subject: str,
    name: str = "",
    address: str = "",
    form: str = "",
    told: datetime | None,
    calendar: BusinessCalendar,
) -> dict[str, str]:
    """For ``progress``: an update without news; ``told`` is when the customer hears of it again."""
    return {
        **_common(language=language, number=number, subject=subject, name=name, address=address, form=form),
        **_told(told, calendar, language),
        "hours": hours_words(calendar, language),
    }


def sure_value(decision: Decision | None, field: str) -> str:
    """A decided value that wording may depend on, or the empty string (DOMAIN 9)."""
    choice = decision.choices.get(field) if decision else None
    if choice is None or not (choice.by in (By.AGENT, By.RULE) or choice.accepted):
        return ""
    return choice.value


def _common(*, language: str, number: str, subject: str, name: str, address: str, form: str) -> dict[str, str]:
    return {
        "number": number,
        "subject": quoted_subject(subject),
        "name": with_form(shown_name(name, address), form, language),
        "working": "1",
        "language": language,
    }


def _told(told: datetime | None, calendar: BusinessCalendar, language: str) -> dict[str, str]:
    if told is None:
        return {}
    return {
        "told": time_words(told, calendar, language),
        "zone": zone_words(calendar, told, language),
        "told_zh": time_words(told, calendar, "zh-CN"),
        "zone_zh": zone_words(calendar, told, "zh-CN"),
    }
