"""Finds what of a mail's HTML its reader does not see: put away by a style or painted in the colour of its ground."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from ingest.colours import BLACK, WHITE, background_of, colour_of
from ingest.stylesheet import Element, Styles, Value, declarations

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_HIDING = re.compile(
    r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all|font-size\s*:\s*[+-]?[0.]|max-height\s*:\s*[+-]?[0.]"
    r"|<[^<>]{0,2000}\shidden\b",
    re.IGNORECASE,
)
_COLOUR = re.compile(
    r"(?<![\w-])(background-color|bgcolor|background|color|text)\s*[:=]\s*[\"']?\s*([^;\"'<>{}!]{3,60})", re.IGNORECASE
)
_INLINE = (1, 0, 0, 0)
_LOWEST = (-1, 0, 0, 0)
_OWN_COLOUR = frozenset(("a", "mark", "button"))
_HIDES = ("display", "visibility", "mso-hide", "font-size", "max-height")


@dataclass(frozen=True, slots=True)
class _Seen:
    """How text stands at a place."""

    element: Element | None = None
    gone: bool = False
    unseen: bool = False
    tiny: bool = False
    colour: Value = BLACK
    ground: Value = WHITE

    @property
    def is_painted_over(self) -> bool:
        return self.colour is not None and self.colour == self.ground


def read_styles(tree: LexborHTMLParser, html: str) -> Styles | None:
    """The mail's styles; None when nothing in it can hide anything."""
    if not _HIDING.search(html) and not _may_be_painted_over(html):
        return None
    blocks = [(style.text(), style.attributes.get("media") or "") for style in tree.css("style")]
    return Styles(blocks, are_all=not tree.css("link[rel~=stylesheet]"))


def hidden_nodes(tree: LexborHTMLParser, styles: Styles) -> list[LexborNode]:
    """Elements and texts to leave out. Where colours would leave nothing, what is painted so stays: it was written in
    the dark. Linear in the tree."""
    hidden: list[LexborNode] = []
    painted: list[LexborNode] = []
    is_something_left = False
    for node, seen, is_text in _places(tree, styles):
        if not is_text or seen.unseen or seen.tiny:
            hidden.append(node)
        elif styles.are_all and seen.is_painted_over:
            painted.append(node)
        else:
            is_something_left = True
    return hidden + painted if is_something_left else hidden


def _may_be_painted_over(html: str) -> bool:
    """Whether any colour of text is that of any ground; most mails need no closer look."""
    texts: set[Value] = set()
    grounds: set[Value] = {WHITE}
    for name, value in _COLOUR.findall(html):
        if name.lower() in ("color", "text"):
            texts.add(colour_of(value))
        else:
            grounds.add(background_of(value))
    return bool((texts | {BLACK}) & grounds - {None, ""})


def _places(tree: LexborHTMLParser, styles: Styles) -> Iterator[tuple[LexborNode, _Seen, bool]]:
    """Each outermost element that is put away, and each text that is not in one."""
    states: dict[int, _Seen] = {}
    for node in tree.body.traverse(include_text=True) if tree.body else ():
        parent = node.parent
        above = states.get(parent.mem_id, _Seen()) if parent is not None else _Seen()
        if node.is_text_node:
            if not above.gone and (node.text_content or "").strip():
                yield node, above, True
        elif node.is_element_node:
            seen = states[node.mem_id] = above if above.gone else _below(above, node, styles)
            if seen.gone and not above.gone:
                yield node, seen, False


def _below(above: _Seen, node: LexborNode, styles: Styles) -> _Seen:
    tag, attributes = node.tag or "", node.attributes
    element = Element(tag, _names(attributes), above.element) if styles else None
    said = _said(tag, attributes, styles, element)
    seen = replace(above, element=element) if styles else above
    if tag in _OWN_COLOUR:
        seen = replace(seen, colour=None)
    if not said:
        return seen
    is_put_away = said.get("display") or (said.get("max-height") and said.get("overflow"))
    return replace(
        seen,
        # What Outlook alone does not show is a link in colours, beside the drawn one that it shows instead.
        gone=bool(is_put_away or (said.get("mso-hide") and tag != "a")),
        unseen=bool(said.get("visibility", above.unseen)),
        tiny=bool(said.get("font-size", above.tiny)),
        colour=said.get("color", seen.colour),
        ground=said.get("background", above.ground),
    )


def _names(attributes: Mapping[str, str | None]) -> frozenset[str]:
    names = [f".{name}" for name in (attributes.get("class") or "").lower().split()]
    return frozenset([*names, f"#{(attributes.get('id') or '').lower()}"])


def _said(tag: str, attributes: Mapping[str, str | None], styles: Styles, element: Element | None) -> dict[str, Value]:
    """What wins for each property: the important, then the element's own, then the more exact, then the later."""
    won: dict[str, tuple[tuple[object, ...], Value]] = {}

    def compete(name: str, value: Value, rank: tuple[object, ...]) -> None:
        if name not in won or won[name][0] <= rank:
            won[name] = (rank, value)

    for name, value in _presentational(tag, attributes):
        compete(name, value, (False, *_LOWEST))
    for rule in styles.of(element) if element is not None else ():
        for name, (value, important) in rule.says.items():
            if rule.sure:
                compete(name, value, (important, 0, *rule.weight))
            elif name not in _HIDES and name != "overflow":
                compete(name, None, (important, 0, *rule.weight))
            elif not value:
                compete(name, value, (important, 0, *rule.weight))
    for name, (value, important) in declarations(attributes.get("style") or "").items():
        compete(name, value, (important, *_INLINE))
    return {name: value for name, (_, value) in won.items()}


def _presentational(tag: str, attributes: Mapping[str, str | None]) -> Iterator[tuple[str, Value]]:
    if "hidden" in attributes:
        yield "display", True
    if attributes.get("background"):
        yield "background", None
    elif attributes.get("bgcolor"):
        yield "background", background_of(attributes["bgcolor"] or "")
    colour = attributes.get("text" if tag == "body" else "color") if tag in ("body", "font") else None
    if colour:
        yield "color", colour_of(colour)
