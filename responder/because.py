"""Says the stored arithmetic of a promise in English: it is kept in Chinese, and shown in the reader's language."""

from __future__ import annotations

import re

from core.domain.duration import parse_duration
from core.domain.taxonomy import NO_VALUES, Taxonomy

_DURATION = re.compile(r"(?<=→ )\d+ (?:工作)?(?:分钟|小时|日)")
_WORDS = tuple(
    (re.compile(pattern), english)
    for pattern, english in (
        (r"；起点不在工作时间，自 (\d\d-\d\d \d\d:\d\d) 起计", r"; outside working time, counted from \1"),
        (r"；已告知客户的时间不后移", "; what the customer was told does not move later"),
        (r"；不晚于已有的时限", "; no later than what was due already"),
        (r"，自收到起", ", since arrival"),
        (r"，自上次同步起", ", since the last update"),
        (r"复杂工单（(.*?)）", r"complex ticket (\1)"),
        (r"一般工单", "ordinary ticket"),
        (r"催单，优先级 ", "urged, priority "),
        (r"优先级 ", "priority "),
        (r"紧急程度 ", "urgency "),
        (r"类型 ", "type "),
        (r"涉及 (\d+) 个部门", r"\1 departments"),
        (r"自动发出", "automatic"),
        (r"客户不满意", "not satisfied"),
        (r"规则指定", "set by a rule"),
    )
)
_VALUE = re.compile(r"\b(priority|urgency|type) ([^\s,;()]+)")
_EXTENDED = "；延期："


def in_english(stored: str, taxonomy: Taxonomy = NO_VALUES) -> str:
    """``standard：优先级 高 → 15 工作分钟`` as ``standard: priority High → 15 working minutes``. An agent's own words,
    and the reason of an extension, stay as they were written."""
    counted, extended, reason = stored.partition(_EXTENDED)
    policy, colon, rest = counted.partition("：")
    if not colon or " → " not in rest:
        return stored
    rest = _DURATION.sub(lambda found: parse_duration(found[0]).words("en"), rest)
    for pattern, english in _WORDS:
        rest = pattern.sub(english, rest)
    rest = _VALUE.sub(lambda found: f"{found[1]} {taxonomy.label(found[1], found[2], 'en')}", rest)
    tail = f"; extended: {reason.replace(_EXTENDED, '; extended: ')}" if extended else ""
    return f"{policy}: {rest}{tail}"
