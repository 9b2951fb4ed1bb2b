"""Decides which parts of a mail are shown as text and which are attachments."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass, field

from core.domain.mail import Attachment
from ingest.charset import clean, decode
from ingest.html import html_text
from ingest.limits import ParseLimits
from ingest.names import declared_name, listed_name
from ingest.part import TNEF_ENVELOPE, Node
from ingest.protected import is_wrapping
from ingest.sniff import sniffed
from ingest.transfer import transfer_decoded
from ingest.words import Notes

_PLAIN_TYPES = frozenset(
    ["text/plain", "text/markdown", "text/x-markdown", "text/enriched", "text/richtext", "text/plain-utf8", "text/text"]
)
_ONLY_HTML = re.compile(r"html", re.IGNORECASE)


@dataclass(slots=True)
class Segment:
    """A stretch of what is shown: as plain text, as HTML, or both when the mail offered both."""

    plain: str = ""
    html: str = ""


@dataclass(slots=True)
class Shown:
    """Collects segments, attachments and defects while the tree is walked; ``hint`` is the first text's codec."""

    limits: ParseLimits
    notes: Notes
    attachments: list[Attachment] = field(default_factory=list)
    defects: list[str] = field(default_factory=list)
    texts: int = 0
    has_words: bool = False

    def note(self, *defects: str) -> None:
        self.defects += [defect for defect in defects if defect]


def leaf_bytes(node: Node, *, text: bool = False) -> tuple[bytes, str]:
    return transfer_decoded(node.payload, node.encoding, text=text)


def show(node: Node, shown: Shown) -> list[Segment]:
    """The segments of a part and all below it, in reading order; leaves that are not shown are attached."""
    if node.is_container:
        if node.type == "multipart/alternative":
            return _alternative(node, shown)
        if node.type == "multipart/related":
            return _related(node, shown)
        if node.type == TNEF_ENVELOPE:
            return _winmail(node, shown)
        return [segment for child in node.children for segment in show(child, shown)]
    if node.type.startswith("multipart/"):
        return _unusable(node, shown)
    if _is_shown(node, shown):
        segment = _text_leaf(node, shown)
        return [segment] if segment.plain or segment.html else []
    attach(node, shown)
    return []


def _is_shown(node: Node, shown: Shown) -> bool:
    """Plain and HTML text without the word "attachment"; a named one only when nothing was shown before it."""
    if node.type != "text/html" and node.type not in _PLAIN_TYPES:
        return False
    if node.disposition.value == "attachment":
        return False
    named = node.disposition.get("filename") or node.content_type.get("name") or "filename" in node.disposition.extended
    return not named or shown.texts == 0


def _text_leaf(node: Node, shown: Shown) -> Segment:
    data, defect = leaf_bytes(node, text=True)
    is_html = node.type == "text/html"
    notes = shown.notes
    decoded = decode(data, node.content_type.get("charset"), hint=notes.hint, html=is_html, detect=notes.left > 0)
    notes.left -= 1 if decoded.defects else 0
    shown.note(defect, *decoded.defects)
    shown.texts += 1
    shown.has_words = shown.has_words or bool(decoded.text.strip())
    if not notes.hint and decoded.codec not in ("ascii", "utf-8", "cp1252", "latin-1"):
        notes.hint = decoded.codec
    text = clean(decoded.text)
    limit = shown.limits.html if is_html else shown.limits.text
    if len(text) > limit:
        shown.note("text-cut")
        text = text[:limit]
    return Segment(html=text) if is_html else Segment(plain=text)


def _alternative(node: Node, shown: Shown) -> list[Segment]:
    """One segment: the plain text to read and the HTML to look at; further kinds (calendars) are attached."""
    segments = [segment for child in node.children for segment in show(child, shown)]
    plain = "\n".join(dict.fromkeys(segment.plain for segment in segments if segment.plain.strip()))
    html = "\n".join(segment.html for segment in segments if segment.html.strip())
    if html and _is_a_stub(plain, html):
        plain = ""
    return [Segment(plain=plain, html=html)] if plain or html else []


def _is_a_stub(plain: str, html: str) -> bool:
    """A plain part that only says "your client shows no HTML" is no text."""
    return len(plain) < 200 < len(html) // 5 and bool(_ONLY_HTML.search(plain))


def _related(node: Node, shown: Shown) -> list[Segment]:
    """The root is shown; what it is related to is attached, unless it is a nameless text of its own."""
    segments = show(node.children[0], shown)
    for child in node.children[1:]:
        if child.is_container or not (child.content_id or child.disposition.value):
            segments += show(child, shown)
        else:
            attach(child, shown)
    return segments


def _winmail(node: Node, shown: Shown) -> list[Segment]:
    """Outlook sends the words of its winmail.dat as plain text before it, too: they are shown where it did not."""
    segment, wanted = Segment(), not shown.has_words
    for child in node.children:
        if child.disposition.value == "inline" and wanted and child.type in ("text/plain", "text/html"):
            text = _text_leaf(child, shown)
            segment.plain, segment.html = segment.plain or text.plain, segment.html or text.html
        else:
            attach(child, shown)
    return [segment] if segment.plain or segment.html else []


def _unusable(node: Node, shown: Shown) -> list[Segment]:
    """A multipart that falls into no parts, whatever boundary is tried, is shown as it is."""
    shown.note("multipart-unusable")
    data, defect = leaf_bytes(node, text=True)
    decoded = decode(data, node.content_type.get("charset"), hint=shown.notes.hint)
    shown.note(defect, *decoded.defects)
    shown.texts += 1
    text = clean(decoded.text)[: shown.limits.text]
    return [Segment(plain=text)] if text.strip() else []


def attach(node: Node, shown: Shown) -> None:
    """Lists a leaf (or all leaves of a container) as attachments."""
    if node.is_container:
        for child in node.children:
            attach(child, shown)
        return
    if len(shown.attachments) >= shown.limits.parts:
        return
    data, defect = leaf_bytes(node)
    shown.note(defect)
    name = declared_name(node.disposition, node.content_type, shown.notes)
    shown.attachments.append(
        Attachment(
            part=node.path,
            name=listed_name(name, node.type, node.path),
            type=node.type,
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
            sniffed=sniffed(data),
            content_id=clean(node.content_id.encode("ascii", "replace").decode()),
            inline=is_wrapping(node)
            or node.disposition.value == "inline"
            or bool(node.content_id and not node.disposition.value),
        )
    )


def joined_text(segments: list[Segment], shown: Shown) -> str:
    """Everything visible as text; HTML is turned into text only where no plain text was offered."""
    texts = []
    for segment in segments:
        text = segment.plain
        if not text.strip() and segment.html:
            text = html_text(segment.html)
        if text.strip():
            texts.append(text.rstrip())
    text = "\n\n".join(texts)
    if len(text) > shown.limits.text:
        shown.note("text-cut")
        text = text[: shown.limits.text]
    return text.strip("\n")
