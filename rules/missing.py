"""Decides which of the things that rules want to ask for a message does not give already."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cache

from core.domain.mail import Attachment
from core.domain.ticket import Message
from core.text.fold import fold
from rules.conditions.order_number import PATTERN
from rules.operators.matches import Pattern, compile_pattern

_SERIAL = re.compile(r"(?:序列号|序號|serial(?: number| no\.?)?|s/n)\s*[:：#是]?\s*[a-z0-9-]{4,}", re.IGNORECASE)
_VERSION = re.compile(r"(?:版本|version|v)\s*[:：]?\s*\d+(?:\.\d+)+", re.IGNORECASE)


@cache
def _order_number() -> Pattern:
    return compile_pattern(PATTERN)


def _names_order(message: Message) -> bool:
    text = fold(f"{message.subject}\n{message.reply or message.text}")
    return _order_number().search(text.encode("utf-8", "replace")) is not None


def _shows(message: Message) -> bool:
    return any(_is_picture(one) for one in message.attachments)


def _is_picture(attachment: Attachment) -> bool:
    return attachment.type.lower().startswith(("image/", "video/"))


def _says(pattern: re.Pattern[str]) -> Callable[[Message], bool]:
    return lambda message: pattern.search(f"{message.subject}\n{message.reply or message.text}"[:20_000]) is not None


_GIVEN: Mapping[str, Callable[[Message], bool]] = {
    "order_number": _names_order,
    "screenshot": _shows,
    "serial_number": _says(_SERIAL),
    "version": _says(_VERSION),
}


def missing(keys: Iterable[str], message: Message) -> tuple[str, ...]:
    """Those that the message does not give as far as that can be told from it; what cannot be told is asked for."""
    return tuple(key for key in keys if key not in _GIVEN or not _GIVEN[key](message))
