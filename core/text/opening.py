"""Finds where a message begins to say something: after the salutation and the greeting."""

from __future__ import annotations

import re
from collections.abc import Iterator

_GREETING = re.compile(
    r"(?:(?:尊敬的|亲爱的|親愛的)[^，,：:！!。]{0,20}[，,：:！!]\s*)?"
    r"(?:(?:客服|老师|老師|各位|大家|贵公司|貴公司|你们|您们)?\s*(?:您好|你好|早上好|上午好|下午好|晚上好|早安|午安)|"
    r"(?:hi|hello|hey)(?: (?:there|team|all|support|everyone))?\b|dear\b[^,:!]{0,40}[,:!]|"
    r"good (?:morning|afternoon|evening)\b)?[\s,，:：!！.。~～]*",
    re.IGNORECASE,
)
_SALUTATION = re.compile(r"[^，,：:。！？!?]{1,16}[：:，,]\s*")
_LETTERS = re.compile(r"[^\W_]")


def lines_after_greeting(text: str) -> Iterator[str]:
    """The lines of a text that say something: without quotes, salutation ("云杉客服：") and greeting ("你好，")."""
    first = True
    for raw in text.splitlines():
        line = raw.strip()
        if not line or line.startswith(">"):
            continue
        if first and _SALUTATION.fullmatch(line):
            continue
        plain = line[match.end() :] if (match := _GREETING.match(line)) else line
        if len(_LETTERS.findall(plain[:100])) >= 2:
            first = False
            yield plain
