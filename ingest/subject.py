"""Takes reply, forward and gateway prefixes off a subject, in the languages that mail clients write them."""

from __future__ import annotations

import re

from core.text.width import NARROW

_REPLY = (
    r"re|res|r|aw|sv|vs|antw|antwort|odp|rif|rép|réf|回复|回覆|回復|答复|答覆|答復|返信|회신|自动回复|自動回覆|自動回復"
)
_FORWARD = r"fwd?|wg|tr|rv|enc|i|doorst|pd|转发|轉寄|轉發|转寄|转|轉|転送|전달"
_COUNT = r"(?:\s*[\[(]\s*\d{1,3}\s*[\])]|\s*\*\s*\d{1,3}|\^\d{1,3}|\d{1,2})?"
_OUTSIDE = "外部(?:邮件|郵件|来信|來信)|外来(?:邮件|来信)|外來(?:郵件|來信)"
_GATEWAY = (
    rf"[\[【(]\s*(?:external(?:\s+(?:mail|e-?mail|sender))?|ext|外部|{_OUTSIDE}"
    r"|caution|spam\??|垃圾邮件|垃圾郵件|可疑邮件|可疑郵件)\s*[\])】]"
    rf"|(?:external|\*{{3,}}\s*spam\s*\*{{3,}})\s*:?|(?:{_OUTSIDE})\s*:"
)
_PREFIX = re.compile(rf"\s*(?:(?:{_REPLY}|{_FORWARD}){_COUNT}\s*:|{_GATEWAY})", re.IGNORECASE)
_FORWARD_PREFIX = re.compile(rf"\s*(?:{_FORWARD}){_COUNT}\s*:", re.IGNORECASE)
_GATEWAY_PREFIX = re.compile(rf"\s*(?:{_GATEWAY})", re.IGNORECASE)
_TOKEN = re.compile(r"[\[【(〔「]\s*#\s*([0-9A-Za-z\u4e00-\u9fff][0-9A-Za-z\u4e00-\u9fff-]{2,31})\s*[\])】〕」]")
_PLAIN_NUMBER = re.compile(r"(?<![0-9A-Za-z-])20\d{9,11}(?![0-9A-Za-z-])")
"""A day and three to five digits, as tickets are numbered unless the desk says otherwise."""
_MOST_PREFIXES = 50


def bare_subject(subject: str) -> str:
    """The subject without ``Re:``, ``回复：``, ``[External]`` and their like, however many stand in a row."""
    narrow, begin = subject.translate(NARROW), 0
    for _ in range(_MOST_PREFIXES):
        found = _PREFIX.match(narrow, begin)
        if not found:
            break
        begin = found.end()
    return subject[begin:].strip()


def is_forward(subject: str) -> bool:
    """Whether the first prefix (behind those of gateways) says that the mail was forwarded."""
    narrow, begin = subject.translate(NARROW), 0
    for _ in range(_MOST_PREFIXES):
        if _FORWARD_PREFIX.match(narrow, begin):
            return True
        found = _GATEWAY_PREFIX.match(narrow, begin)
        if not found:
            return False
        begin = found.end()
    return False


def numbers_in(subject: str) -> tuple[str, ...]:
    """Ticket numbers in tokens such as ``[#20231001001]``, in order, without repeats, and behind them those that stand
    alone; all of it may be full-width."""
    narrow = subject[:10_000].translate(NARROW)
    return tuple(dict.fromkeys((*_TOKEN.findall(narrow), *_PLAIN_NUMBER.findall(narrow))))
