"""Turns a mail's HTML into HTML that is safe to show to an agent and tells the sender nothing."""

from __future__ import annotations

from html import escape

from ingest.html import SURELY_QUICK, html_text, nesting_depth, without_hidden

_DEEPEST = 200
_LARGEST_SHOWN = 300_000
_MOST_AMPERSANDS = 30_000


def safe_html(html: str) -> str:
    """HTML without scripts, styles, forms and frames; no image of it is fetched from anywhere."""
    import nh3

    if _is_costly(html):
        return plain_html(html_text(html))
    return nh3.clean(
        # The styles go, and what they hide would be seen.
        without_hidden(html),
        clean_content_tags={"script", "style", "title", "head"},
        attribute_filter=_kept_attribute,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )


def _is_costly(html: str) -> bool:
    """Sanitising costs the square of the nesting, and of the ampersands in one stretch of text."""
    if len(html) > _LARGEST_SHOWN or html.count("&") > _MOST_AMPERSANDS:
        return True
    return len(html) > SURELY_QUICK and nesting_depth(html) > _DEEPEST


def _kept_attribute(tag: str, name: str, value: str) -> str | None:
    """An image's address never stays: looking at a mail must not tell its sender so."""
    if tag == "img":
        return value if name in ("alt", "width", "height") else None
    return None if name in ("background", "src", "srcset", "poster", "cite", "longdesc") else value


def plain_html(text: str) -> str:
    """Plain text as HTML, for mails that mix both."""
    return "<div>" + escape(text).replace("\n", "<br>\n") + "</div>"
