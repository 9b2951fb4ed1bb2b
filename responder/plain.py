"""Makes anything a stranger wrote fit for one line of a letter: no controls, no links, no length."""

from __future__ import annotations

import re
from bisect import bisect_right
from itertools import accumulate

from core.text.opening import lines_after_greeting

_CONTROL = re.compile(
    r"[\x00-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff]+"
)
_SPACE = re.compile(r"\s+")
_LINK = re.compile(
    r"(?:[a-z][a-z0-9+.-]{1,15}://|www\.)[^\s，。；、）】》\"'<>]*|"
    r"(?<![\w@.])(?:[a-z0-9-]{1,63}\.){1,4}(?:com|cn|net|org|io|cc|top|xyz|info|biz|ru|vip|site|link|me|co)(?![\w-])(?:/[^\s，。；]*)?",
    re.IGNORECASE,
)
_WIDE = 0x2E80
"""From here on characters are as wide as they are high."""
_SENTENCE_END = re.compile(r"[。！？!?；;]|\.(?=\s|$)")


def one_line(text: str, most: int = 300) -> str:
    """The text without control and invisible characters or line ends, cut at ``most`` characters with an ellipsis."""
    flat = _SPACE.sub(" ", _CONTROL.sub(" ", text[: most * 8])).strip()
    return flat if len(flat) <= most else flat[: most - 1].rstrip() + "…"


def many_lines(text: str, most: int) -> str:
    """An agent's text without control and invisible characters; its lines stay, cut at ``most`` characters."""
    lines = (_SPACE.sub(" ", _CONTROL.sub(" ", line)).rstrip() for line in text[:most].splitlines())
    return "\n".join(lines).strip("\n")


def without_links(text: str) -> str:
    """Links replaced by an ellipsis: an automatic letter must not carry a stranger's link to a third person."""
    return _LINK.sub("…", text)


def quoted_subject(text: str, most: int = 80) -> str:
    """The customer's subject as a letter shows it."""
    return one_line(without_links(one_line(text, most * 4)), most)


def _shortened(text: str, most: int) -> str:
    """At most ``most`` wide characters or twice as many narrow ones; a word of narrow ones is not torn apart."""
    ends = list(accumulate(1 if ord(char) < _WIDE else 2 for char in text))
    if not ends or ends[-1] <= 2 * most:
        return text
    place = bisect_right(ends, 2 * most - 2)
    torn = ord(text[place]) < _WIDE and not text[place].isspace()
    space = text.rfind(" ", 0, place) if torn else -1
    return text[: space if space > place // 2 else place].rstrip(" ,;:，；：、") + "…"


def first_sentence(text: str, most: int = 60) -> str:
    """The customer's first sentence that is more than a greeting, at most ``most`` Chinese characters long."""
    for line in lines_after_greeting(text[:4000]):
        plain = one_line(without_links(one_line(line, most * 8)), most * 4)
        if plain:
            end = _SENTENCE_END.search(plain)
            return _shortened(plain[: end.end()] if end and end.end() >= 4 else plain, most)
    return ""


def shown_name(name: str, address: str = "") -> str:
    """A name fit for a greeting, or nothing: no links, no addresses, at most 30 characters."""
    plain = one_line(name, 60).strip("\"'“”‘’ ")
    local = address.partition("@")[0].casefold()
    if not plain or len(plain) > 30 or "@" in plain or _LINK.search(plain) or plain.casefold() == local:
        return ""
    return plain if any(char.isalpha() for char in plain) else ""
