"""Makes anything a stranger wrote fit for one line of a letter: no controls, no links, no length."""

from __future__ import annotations

import re

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_SPACE = re.compile(r"\s+")
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s，。；、）】》\"'<>]*|"
    r"(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|cn|net|org|io|cc|top|xyz|info|biz|ru|vip|site|link|me|co)(?![\w-])(?:/[^\s，。；]*)?",
    re.IGNORECASE,
)
_GREETING = re.compile(
    r"(?:(?:尊敬的|亲爱的|親愛的)[^，,：:！!。]{0,20}[，,：:！!]\s*)?"
    r"(?:(?:客服|老师|老師|各位|大家|贵公司|貴公司|你们|您们)?\s*(?:您好|你好|早上好|上午好|下午好|晚上好|早安|午安)|"
    r"(?:hi|hello|hey)(?: (?:there|team|all|support|everyone))?\b|dear\b[^,:!]{0,40}[,:!]|"
    r"good (?:morning|afternoon|evening)\b)?[\s,，:：!！.。~～]*",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[。！？!?；;]|\.(?=\s|$)")


def one_line(text: str, most: int = 300) -> str:
    """The text without control and invisible characters or line ends, cut at ``most`` characters with an ellipsis."""
    flat = _SPACE.sub(" ", _CONTROL.sub(" ", text[: most * 8])).strip()
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def without_links(text: str) -> str:
    """Links replaced by an ellipsis: an automatic letter must not carry a stranger's link to a third person."""
    return _LINK.sub("…", text)


def quoted_subject(text: str, most: int = 80) -> str:
    """The customer's subject as a letter shows it."""
    return one_line(without_links(one_line(text, most * 4)), most)


def first_sentence(text: str, most: int = 60) -> str:
    """The customer's first sentence that is more than a greeting, at most ``most`` characters."""
    for line in text[:4000].splitlines():
        plain = one_line(without_links(one_line(line, most * 8)), most * 4)
        plain = plain[match.end() :] if (match := _GREETING.match(plain)) else plain
        if len(plain.strip(" ,，。.!！-—_=*#>…")) < 2 or plain.startswith(">"):
            continue
        end = _SENTENCE_END.search(plain)
        sentence = plain[: end.end()] if end and end.end() >= 4 else plain
        return one_line(sentence, most)
    return ""


def shown_name(name: str, address: str = "") -> str:
    """A name fit for a greeting, or nothing: no links, no addresses, at most 30 characters."""
    plain = one_line(name, 60).strip("\"'“”‘’ ")
    local = address.partition("@")[0].casefold()
    if not plain or len(plain) > 30 or "@" in plain or _LINK.search(plain) or plain.casefold() == local:
        return ""
    return plain if any(char.isalpha() for char in plain) else ""
