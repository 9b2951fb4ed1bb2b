"""Configuration as plain values, every scalar a text: how they are read from nodes and written as YAML."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

from core.settings.nodes import ListNode, Node, Scalar

Plain: TypeAlias = "str | list[Plain] | dict[str, Plain]"

SHORT = 100
"""A list or mapping that takes no more characters than that stands in one line."""
_ODD = "\x00-\x1f\x7f-\xa0\u2028\u2029\ufeff\ud800-\udfff\ufffe\uffff"
_SAFE = re.compile(rf"[^\s\-?:,\[\]{{}}#&*!|>'\"%@`=<~{_ODD}][^,?\[\]{{}}\"{_ODD}]*")
_HIDDEN = re.compile(rf"[{_ODD}]")
_NULLS = ("null", "Null", "NULL", "")


def plain_of(node: Node) -> Plain:
    """What a node says, without its places."""
    if isinstance(node, Scalar):
        return node.text
    if isinstance(node, ListNode):
        return [plain_of(item) for item in node.items]
    return {key.text: plain_of(value) for key, value in node.entries}


def scalar_yaml(text: str) -> str:
    """A text so that our reader gives it back: without quotes where YAML allows it (libyaml takes no ``?`` inside
    braces)."""
    plain = _SAFE.fullmatch(text) and ": " not in text and " #" not in text and text.strip() == text
    if plain and not text.endswith(":") and text not in _NULLS:
        return text
    return _HIDDEN.sub(lambda one: f"\\u{ord(one[0]):04x}", json.dumps(text, ensure_ascii=False))


def flow_yaml(value: Plain) -> str:
    """The value in one line."""
    if isinstance(value, str):
        return scalar_yaml(value)
    if isinstance(value, list):
        return "[" + ", ".join(map(flow_yaml, value)) + "]"
    return "{" + ", ".join(f"{scalar_yaml(key)}: {flow_yaml(one)}" for key, one in value.items()) + "}"


def fits_in_line(value: Plain) -> bool:
    """Whether it is written in one line: texts, short lists of texts, and short mappings of both."""
    if isinstance(value, str):
        return True
    parts = value if isinstance(value, list) else list(value.values())
    deep = any((isinstance(one, dict) and one) or (isinstance(one, list) and isinstance(value, list)) for one in parts)
    return not value or (not deep and all(map(fits_in_line, parts)) and len(flow_yaml(value)) <= SHORT)


def block_yaml(value: Plain, indent: int) -> Iterator[str]:
    """Lines of a list or mapping that begin in column ``indent`` (from 0), the first one without its spaces."""
    parts = [("- ", one) for one in value] if isinstance(value, list) else _entries(value)
    for number, (mark, one) in enumerate(parts):
        head = f"{' ' * indent if number else ''}{mark}"
        if fits_in_line(one) and not (isinstance(one, dict) and mark == "- " and len(one) > 1):
            yield head + flow_yaml(one)
        elif mark == "- ":
            first, *rest = block_yaml(one, indent + 2)
            yield head + first
            yield from rest
        else:
            first, *rest = block_yaml(one, indent + 2)
            yield from (head.rstrip(), " " * (indent + 2) + first, *rest)


def _entries(value: Plain) -> list[tuple[str, Plain]]:
    assert isinstance(value, dict)  # a text fits in its line
    return [(f"{scalar_yaml(key)}: ", one) for key, one in value.items()]
