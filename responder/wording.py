"""Says times, office hours and languages the way a customer reads them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from core.domain.calendar import BusinessCalendar, Window

LANGUAGES = ("zh-CN", "zh-TW", "en")

_DAYS = {
    "zh-CN": ("周一", "周二", "周三", "周四", "周五", "周六", "周日"),
    "zh-TW": ("週一", "週二", "週三", "週四", "週五", "週六", "週日"),
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"),
}
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
_TERMS = {
    "H1": ("上半年", "上半年", "first half"),
    "H2": ("下半年", "下半年", "second half"),
    "Q1": ("第 1 季度", "第 1 季", "first quarter"),
    "Q2": ("第 2 季度", "第 2 季", "second quarter"),
    "Q3": ("第 3 季度", "第 3 季", "third quarter"),
    "Q4": ("第 4 季度", "第 4 季", "fourth quarter"),
}
_ZONES = {
    "Asia/Shanghai": ("北京时间", "北京時間", "Beijing time"),
    "Asia/Chongqing": ("北京时间", "北京時間", "Beijing time"),
    "Asia/Urumqi": ("乌鲁木齐时间", "烏魯木齊時間", "Urumqi time"),
    "Asia/Hong_Kong": ("香港时间", "香港時間", "Hong Kong time"),
    "Asia/Macau": ("澳门时间", "澳門時間", "Macau time"),
    "Asia/Taipei": ("台北时间", "台北時間", "Taipei time"),
    "Asia/Singapore": ("新加坡时间", "新加坡時間", "Singapore time"),
    "UTC": ("协调世界时", "協調世界時", "UTC"),
}


def letter_language(language: str) -> str:
    """The language of a letter for a mail's language (BCP 47): zh-Hans → zh-CN, zh-Hant → zh-TW, else en."""
    tag = language.strip().casefold()
    if tag.startswith(("zh-hant", "zh-tw", "zh-hk", "zh-mo")):
        return "zh-TW"
    return "zh-CN" if tag == "zh" or tag.startswith("zh-") else "en"


ENGLISH_FORMS = {"先生": "Mr", "女士": "Ms"}
"""Forms of address as an English letter writes them."""
_CARRIES_FORM = re.compile(
    r"^(?:mr|mrs|ms|miss|dr|prof)\b\.?|(?:先生|女士|小姐|太太|老师|老師|经理|經理|医生|醫生|总|總)$", re.IGNORECASE
)


def salutation_words(name: str, language: str) -> str:
    """How a letter begins: the name as it is known, with the form of address that it carries (王女士, Mr Smith), or
    ``您好！`` without a name. No form of address is guessed (DOMAIN 2)."""
    if language == "en":
        return f"Dear {name}," if name else "Hello,"
    return f"{name}，您好！" if name else "您好！"


def with_form(name: str, form: str, language: str) -> str:
    """The name with the form of address that an agent knows: ``王芳女士``, ``Ms Wang``. A name that carries one already
    stays as it is, and nobody is addressed by a form alone (DOMAIN 2)."""
    if not name or form not in ENGLISH_FORMS or _CARRIES_FORM.search(name):
        return name
    return f"{ENGLISH_FORMS[form]} {name}" if language == "en" else f"{name}{form}"


def time_words(instant: datetime, calendar: BusinessCalendar, language: str) -> str:
    """An instant in the calendar's zone: ``10月8日（周四）09:15``, ``Thursday, 8 October 2026, 09:15``."""
    local = instant.astimezone(calendar.tz)
    day = _DAYS[language][local.weekday()]
    if language == "en":
        return f"{day}, {local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"
    opening = "週" if language == "zh-TW" else "周"
    return f"{local.month}月{local.day}日（{opening}{day[1:]}）{local:%H:%M}"


def period_words(term: str, language: str) -> str:
    """A half-year or a quarter: ``2026 年下半年``, ``2026 年第 4 季度``, ``the fourth quarter of 2026``."""
    year, part = int(term[:4]), term[4:]
    zh, zh_tw, en = _TERMS[part]
    if language == "en":
        return f"the {en} of {year}"
    return f"{year} 年{zh_tw if language == 'zh-TW' else zh}"


def zone_words(calendar: BusinessCalendar, instant: datetime, language: str) -> str:
    """The calendar's zone by its everyday name, or its offset at that instant."""
    names = _ZONES.get(calendar.zone)
    if names:
        return names[LANGUAGES.index(language)]
    offset = instant.astimezone(calendar.tz).strftime("%z")
    utc = f"UTC{offset[:3]}:{offset[3:5]}"
    city = calendar.zone.rpartition("/")[2].replace("_", " ")
    return f"{city} time, {utc}" if language == "en" else utc


def hours_words(calendar: BusinessCalendar, language: str) -> str:
    """The office hours of an ordinary week: ``周一至周五 09:00–12:00、13:00–18:00``."""
    groups: list[tuple[int, int, tuple[Window, ...]]] = []
    for day, windows in enumerate(calendar.week):
        if groups and groups[-1][1] == day - 1 and groups[-1][2] == windows:
            groups[-1] = (groups[-1][0], day, windows)
        else:
            groups.append((day, day, windows))
    always = ((Window(start=0, end=1440),) * 1,) * 7
    if calendar.week == always:
        return {"zh-CN": "全天候", "zh-TW": "全天候", "en": "day and night, every day"}[language]
    worked = [group for group in groups if group[2]]
    between = "; " if language == "en" else "；"
    return between.join(_group_words(group, language) for group in worked)


def _group_words(group: tuple[int, int, Sequence[Window]], language: str) -> str:
    first, last, windows = group
    names = _DAYS[language]
    to = {"zh-CN": "至", "zh-TW": "至", "en": " to "}[language]
    days = names[first] if first == last else f"{names[first]}{to}{names[last]}"
    comma = ", " if language == "en" else "、"
    return f"{days} {comma.join(window.words() for window in windows)}"
