"""Reads ``understanding.yaml``: how the company's order numbers look, what its products are called, and how its tickets
are numbered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from core.domain.bundle import Problem
from core.domain.numbering import SHIPPED, NoNumbering, Numbering, read_numbering
from core.settings.nodes import MapNode, Node
from core.settings.reader import Reader

FILE = "understanding.yaml"
_MOST_PATTERNS, _MOST_PRODUCTS = 50, 2_000
_SHORTEST = 2
Pattern = TypeVar("Pattern")


@dataclass(frozen=True, slots=True, kw_only=True)
class UnderstandingSettings(Generic[Pattern]):
    """``products``: each name with every word that it goes by, the name included."""

    orders: tuple[Pattern, ...] = ()
    products: tuple[tuple[str, tuple[str, ...]], ...] = ()
    numbering: Numbering = SHIPPED


def read_understanding(
    content: str | bytes, compiled: Callable[[str], Pattern], file: str = FILE
) -> tuple[UnderstandingSettings[Pattern], tuple[Problem, ...]]:
    """What could be read, and everything that is wrong; ``compiled`` raises ``ValueError`` with its reason."""
    reader = Reader(file)
    root = reader.document(content)
    if root is None:
        return UnderstandingSettings(), tuple(reader.problems)
    what = ("来信理解的设置", "the settings of understanding")
    entries = reader.mapping(root, what, optional=("ticket_number", "order_numbers", "products")) or {}
    settings = UnderstandingSettings(
        orders=_orders(reader, entries.get("order_numbers"), compiled),
        products=_products(reader, entries.get("products")),
        numbering=_numbering(reader, entries.get("ticket_number")),
    )
    return settings, tuple(reader.problems)


def _numbering(reader: Reader, node: Node | None) -> Numbering:
    text = reader.text(node, ("ticket_number", "ticket_number")) if node is not None else None
    try:
        return read_numbering(text) if text else SHIPPED
    except NoNumbering as refused:
        hint = (
            "例如 需-{year}-{serial:3}、{year}{month}{serial:3}",
            "for example T-{year}-{serial:3}, {year}{month}{serial:3}",
        )
        reader.problem(node, refused.zh, refused.en, *hint)
        return SHIPPED


def _orders(reader: Reader, node: Node | None, compiled: Callable[[str], Pattern]) -> tuple[Pattern, ...]:
    if node is None:
        return ()
    what = ("order_numbers", "order_numbers")
    found: list[Pattern] = []
    items = reader.items(node, what)
    for item in items[:_MOST_PATTERNS]:
        text = reader.text(item, what)
        if text is None:
            continue
        try:
            pattern = compiled(text)
        except ValueError as refused:
            hint = ("写法见 RE2 语法，例如 SO\\d{8}", "RE2's syntax, for example SO\\d{8}")
            reader.problem(item, f"不是可用的正则表达式：{refused}", f"no usable pattern: {refused}", *hint)
            continue
        found.append(pattern)
    _too_many(reader, node, len(items), _MOST_PATTERNS)
    return tuple(found)


def _products(reader: Reader, node: Node | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    """A list of names, or of ``name: [other names]``."""
    if node is None:
        return ()
    what = ("products", "products")
    found: dict[str, tuple[str, ...]] = {}
    items = reader.items(node, what)
    for item in items[:_MOST_PRODUCTS]:
        if isinstance(item, MapNode):
            named = [(key.text.strip(), reader.texts(value, what)) for key, value in item.entries]
        else:
            text = reader.text(item, what)
            named = [(text, ())] if text else []
        for name, others in named:
            words = tuple(dict.fromkeys((name, *others)))
            if short := next((word for word in words if len(word) < _SHORTEST), ""):
                reader.problem(item, f"名称 {short!r} 太短，会到处出现", f"the name {short!r} is too short to be found")
            elif name in found:
                reader.problem(item, f"产品 {name!r} 写了两次", f"the product {name!r} stands there twice")
            else:
                found[name] = words
    _too_many(reader, node, len(items), _MOST_PRODUCTS)
    return tuple(found.items())


def _too_many(reader: Reader, node: Node, count: int, most: int) -> None:
    if count > most:
        reader.problem(node, f"最多 {most} 项，现有 {count} 项", f"{most} at most, there are {count}")
