"""Turns a mail's HTML into the text that a reader sees."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from html import unescape
from typing import TYPE_CHECKING

from ingest.html_hidden import hidden_nodes, read_styles

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

_NEVER_SHOWN = "script,style,head,title,template,noscript,object,svg,math,select,textarea"
_BLOCKS = frozenset(
    """
    address article aside blockquote center dd div dl dt fieldset figure footer form h1 h2 h3 h4 h5 h6 header hr li
    main nav ol p pre section table tr ul
    """.split()
)
_BLANKS = re.compile(r"[ \t\xa0]+")
_BLANK_LINES = re.compile(r"\n[ \t]*(?:\n[ \t]*){2,}")
_TAGS = re.compile(r"<[^<>]{0,10000}>")
# Gmail; 163 and 126; Apple Mail, Thunderbird and Foxmail; Yahoo; Outlook on the web and on phones; QQ.
_QUOTES = (
    ".gmail_quote_container,.gmail_quote,#isReplyContent,blockquote[type=cite],.moz-cite-prefix,.yahoo_quoted"
    ",#divRplyFwdMsg,#mail-editor-reference-message-container,#qm_original_content"
)
_QUOTE_HEAD = "#divRplyFwdMsg"
_QUOTE_MARK = re.compile(
    r"gmail_quote|isReplyContent|type=[\"']?cite|moz-cite|yahoo_quoted|divRplyFwdMsg|reference-message|qm_original",
    re.IGNORECASE,
)
_SIMPLE_ENOUGH = 60_000
_MOST_TABLES = 60
SURELY_QUICK = 20_000
_DEEPEST_TREE = 3_000
_TAG_NAME = re.compile(r"<(/?)([A-Za-z][A-Za-z0-9]{0,20})")
_SELF_CLOSED = frozenset(
    """
    area base br col dd dt embed hr img input li link meta option p param source tbody td th thead tr wbr
    """.split()
)


def html_text(html: str) -> str:
    """The visible text. inscriptis keeps tables readable; large or knotted HTML goes the fast way."""
    if not html.strip():
        return ""
    tree = _tree(html)
    if tree is None:
        return _stripped(html)
    _remove_hidden(tree, html)
    text = ""
    if len(html) <= _SIMPLE_ENOUGH and html.count("<table") + html.count("<TABLE") <= _MOST_TABLES:
        text = _with_inscriptis(tree.html or "")
    return _tidied(text if text.strip() else _walked(tree))


def html_own_text(html: str) -> str:
    """The visible text without what the writer's client marked as the mail he answers; '' when it marked nothing."""
    tree = _tree(html) if _QUOTE_MARK.search(html) else None
    if tree is None:
        return ""
    quotes = tree.css(_QUOTES)
    if not quotes:
        return ""
    _remove([*quotes, *_behind_heads(tree)])
    _remove_hidden(tree, html)
    return _tidied(_walked(tree))


def without_hidden(html: str) -> str:
    """The HTML without what nobody sees; as it is where nothing can hide anything."""
    tree = _tree(html)
    styles = read_styles(tree, html) if tree is not None else None
    if tree is None or styles is None:
        return html
    _take_out(hidden_nodes(tree, styles))
    return tree.html or html


def _behind_heads(tree: LexborHTMLParser) -> Iterator[LexborNode]:
    """Outlook puts the quoted mail behind its head, not into it."""
    for head in tree.css(_QUOTE_HEAD)[:1]:
        following = head.next
        while following is not None:
            yield following
            following = following.next


def _remove(nodes: Sequence[LexborNode]) -> None:
    """Takes out nodes and all below them. Only the outermost are touched: what is in them is freed with them."""
    doomed = {node.mem_id for node in nodes}
    inside: dict[int, bool] = {}
    outermost: dict[int, LexborNode] = {}
    for node in nodes:
        path: list[int] = []
        above = node.parent
        while above is not None and above.mem_id not in doomed and above.mem_id not in inside:
            path.append(above.mem_id)
            above = above.parent
        is_inside = above is not None and (above.mem_id in doomed or inside[above.mem_id])
        inside.update(dict.fromkeys(path, is_inside))
        if not is_inside:
            outermost[node.mem_id] = node
    for node in outermost.values():
        node.decompose()


def _tree(html: str) -> LexborHTMLParser | None:
    from selectolax.lexbor import LexborHTMLParser

    if len(html) > SURELY_QUICK and nesting_depth(html) > _DEEPEST_TREE:
        return None
    try:
        return LexborHTMLParser(html)
    except Exception:  # noqa: BLE001  (any failure of the parser)
        # A parser's own limit: the tags are cut off instead, nothing is lost.
        return None


def _remove_hidden(tree: LexborHTMLParser, html: str) -> None:
    styles = read_styles(tree, html)
    _remove(tree.css(_NEVER_SHOWN))
    if styles is not None:
        _take_out(hidden_nodes(tree, styles))


def _take_out(hidden: Sequence[LexborNode]) -> None:
    """Texts and elements, none of which lies in another."""
    for text in hidden:
        if text.is_text_node:
            text.decompose()
    _remove([node for node in hidden if node.is_element_node])


def _with_inscriptis(html: str) -> str:
    from inscriptis import get_text
    from inscriptis.model.config import ParserConfig

    try:
        text: str = get_text(html, ParserConfig())
    except Exception:  # noqa: BLE001  (lxml and inscriptis promise no kinds)
        # lxml refuses some trees (depth, control characters); the walk below takes them all.
        return ""
    return text


def _walked(tree: LexborHTMLParser) -> str:
    """Text in document order with a line break at each block; no stack, so no depth is too deep."""
    out: list[str] = []
    for node in tree.root.traverse(include_text=True) if tree.root else ():
        tag = node.tag
        before = node.prev
        if before is not None and before.tag in _BLOCKS and tag not in _BLOCKS:
            out.append("\n")
        if tag == "-text":
            out.append(_BLANKS.sub(" ", (node.text_content or "").replace("\n", " ")))
        elif tag == "br" or tag in _BLOCKS:
            out.append("\n")
        elif tag in ("td", "th"):
            out.append("  ")
    return "".join(out)


def _stripped(html: str) -> str:
    return _tidied(unescape(_TAGS.sub(" ", html)))


def _tidied(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\xa0", " ").replace("\u200b", "").split("\n")]
    return _BLANK_LINES.sub("\n\n", "\n".join(lines)).strip("\n")


def nesting_depth(html: str) -> int:
    """A cheap bound of the nesting; tags that HTML closes by itself are not counted."""
    deepest = open_now = 0
    for found in _TAG_NAME.finditer(html):
        if found[2].lower() not in _SELF_CLOSED:
            open_now = max(0, open_now - 1) if found[1] else open_now + 1
            deepest = max(deepest, open_now)
    return deepest
