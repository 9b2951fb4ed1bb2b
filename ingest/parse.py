"""Turns a mail's bytes into a parsed mail, whatever the bytes are: bad mail is a value with its defects."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from core.domain.errors import ParseFailed
from core.domain.mail import Address, Attachment, ParsedMail, ParsedOrNot
from core.domain.said import Aids, Said
from core.text.mask import mask
from ingest.absent import spoken_kind
from ingest.addresses import read_addresses, read_id, read_ids
from ingest.automatic import Looks, automatic_kind, spam_words, without_tag
from ingest.body import Segment, Shown, joined_text, leaf_bytes, show
from ingest.charset import clean
from ingest.dates import read_date, read_offset
from ingest.header_block import HeaderBlock, split_header_block
from ingest.html import html_own_text
from ingest.html_display import plain_html, safe_html
from ingest.kept_headers import LONGEST_KEPT, LOOKED_AT, kept_headers
from ingest.language import language_of
from ingest.limits import ParseLimits, ParseOptions
from ingest.near import pieces
from ingest.part import Node, read_tree
from ingest.passed_on import begins_forward
from ingest.protected import HIDDEN, protection_of, without_armour
from ingest.reply import own_words
from ingest.returned import actions, leaves, names_failed_recipients, returned_id, returned_status
from ingest.said import asking_sentences, read_words
from ingest.scan import unparsable
from ingest.subject import bare_subject, is_forward
from ingest.words import Notes, decode_value

_LOCAL_SENDER = re.compile(rb"[\s<]*([A-Za-z0-9._-]{1,64})[\s>]*(?:\(|$)")
_LONGEST_DEFECT = 200
_SENDERS = ("from", "sender", "reply-to", "return-path")


def parse_mail(data: bytes, options: ParseOptions = ParseOptions()) -> ParsedOrNot:  # noqa: B008 (a frozen value)
    """The mail as understood, or what a byte scan still found; never raises."""
    try:
        return ParsedOrNot(mail=_parse(data, options))
    except ParseFailed as refusal:
        return ParsedOrNot(failure=unparsable(data, refusal.message))
    except Exception as problem:  # noqa: BLE001  (see below)
        # The promise of this room: no mail stops the queue. What went wrong is said in the quarantine.
        return ParsedOrNot(failure=unparsable(data, f"the parser failed: {type(problem).__name__}: {problem}"[:300]))


def _parse(data: bytes, options: ParseOptions) -> ParsedMail:
    if not data.strip(b"\x00\r\n \t"):
        raise ParseFailed("empty: the mail has no content")
    limits = options.limits
    block = split_header_block(data, limits)
    if not block.headers and b"\x00" in data:
        raise ParseFailed("no-headers: bytes without any header are no mail")
    notes = Notes()
    tree, tree_defects = read_tree(block.structure(limits), limits)
    shown = Shown(limits=limits, notes=notes)
    segments = show(tree, shown)
    text = joined_text(segments, shown)
    head = _Head(block, notes, limits)
    looks = _looks(head, tree, data, options)
    kind, because = automatic_kind(looks)
    forwarded = is_forward(head.subject) or begins_forward(text)
    reply, armour = without_armour(_own_words(segments, text, forwarded=forwarded))
    protected = dict.fromkeys((*protection_of(tree), *armour))
    html = _shown_html(segments)
    if not kind and _answers(block, head.subject) and not _brings_files(shown):
        kind, because = spoken_kind(reply)
    said, aids = (None, None) if kind else _read(head.subject, reply, text, html, shown.attachments)
    said = replace(said, offset=head.offset) if said else None
    found = (*protected, *block.defects, *tree_defects, *shown.defects, *notes.found, *head.defects)
    return ParsedMail(
        message_id=head.message_id,
        subject=head.subject,
        sender=head.sender,
        to=head.addresses("to"),
        cc=head.addresses("cc"),
        reply_to=head.addresses("reply-to"),
        date=head.date,
        text=text,
        reply=reply,
        html=html,
        has_html=any(segment.html for segment in segments),
        attachments=tuple(shown.attachments),
        in_reply_to=read_ids(block.all("in-reply-to"), limits.references),
        references=read_ids(block.all("references"), limits.references),
        automatic=kind,
        automatic_because=because,
        spam_because=spam_words(looks.headers),
        language=language_of(head.subject, text),
        headers=kept_headers(
            block,
            notes,
            came_back=returned_id(tree) if kind else "",
            status=returned_status(tree) if kind else "",
        ),
        content_key=content_key(head, text, shown.attachments),
        # A defect may quote the mail.
        defects=tuple(dict.fromkeys(clean(str(one))[:_LONGEST_DEFECT] for one in found))[: limits.defects],
        said=said,
        aids=aids,
    )


def _answers(block: HeaderBlock, subject: str) -> bool:
    return bool(block.first("in-reply-to") or block.first("references")) or bare_subject(subject) != subject.strip()


def _brings_files(shown: Shown) -> bool:
    return any(not one.inline for one in shown.attachments)


def _read(subject: str, reply: str, text: str, html: str, attachments: Sequence[Attachment]) -> tuple[Said, Aids]:
    """Read here, where many mails are read side by side, and masked first, as they are kept."""
    texts = {"subject": subject, "reply": reply or text, "text": text, "html": html}
    masked = {name: mask(one) for name, one in texts.items()}
    words = "" if reply == HIDDEN else masked["reply"]
    said = read_words(masked["subject"], words, with_files=any(not one.inline for one in attachments))
    return said, Aids(
        clean=frozenset(name for name, one in masked.items() if one == texts[name]),
        pieces=pieces(masked["reply"]),
        asking=asking_sentences(masked["reply"]),
    )


class _Head:
    """The headers that every mail has, read once."""

    def __init__(self, block: HeaderBlock, notes: Notes, limits: ParseLimits) -> None:
        self._block, self._notes, self._limits = block, notes, limits
        self.defects: list[str] = []
        self.message_id = read_id(block.first("message-id"))
        self.subject = decode_value(block.first("subject"), notes)[: limits.subject]
        self.sender = self._sender()
        self.raw_date = clean(block.first("date").decode("latin-1")).strip()
        self.date, defect = read_date(self.raw_date)
        self.defects += [defect] if defect else []

    @property
    def offset(self) -> int:
        """The writer's; a form on a web page, which has a Reply-To, names its server's."""
        answers = {one.key for one in self.addresses("reply-to")}
        written_by_him = self.sender is not None and answers <= {self.sender.key}
        return read_offset(self.raw_date) if written_by_him else 0

    def addresses(self, name: str) -> tuple[Address, ...]:
        return read_addresses(self._block.all(name), self._notes, self._limits.addresses)

    def _sender(self) -> Address | None:
        """From, else Sender, Reply-To or Return-Path: a requester is never dropped because one header is odd."""
        for name in _SENDERS:
            found = self.addresses(name)
            if found:
                if name != "from":
                    self.defects.append(f"from-missing:{name}")
                return found[0]
        local = _LOCAL_SENDER.match(self._block.first("from"))
        self.defects.append("from-without-domain" if local else "from-missing")
        return Address(address=local[1].decode("ascii")) if local else None


def _looks(head: _Head, tree: Node, data: bytes, options: ParseOptions) -> Looks:
    block = head._block
    headers: dict[str, str] = {}
    for name, value in block.headers:
        if name in LOOKED_AT and name not in headers:
            headers[name] = clean(value[:LONGEST_KEPT].decode("latin-1"))
    types = frozenset(leaf.type for leaf in leaves(tree))
    is_report = tree.type == "multipart/report"
    return Looks(
        headers=headers,
        sender=head.sender,
        subject=head.subject[:1_000],
        own_addresses=frozenset(without_tag(address) for address in options.own_addresses),
        content_type=tree.type,
        report_type=tree.content_type.get("report-type").strip().lower() if is_report else "",
        leaf_types=types,
        actions=actions(tree) if "message/delivery-status" in types else (),
        scan=lambda: names_failed_recipients(data[: 256 << 10]),
    )


def _own_words(segments: list[Segment], text: str, *, forwarded: bool) -> str:
    """Where only HTML was sent, its client's own marks say what is quoted; the lines of the text say the rest."""
    marked = ""
    if not forwarded and len(segments) == 1 and not segments[0].plain.strip():
        marked = html_own_text(segments[0].html)
    return own_words(marked if marked.strip() else text, forwarded=forwarded)


def _shown_html(segments: list[Segment]) -> str:
    """Sanitised HTML of the whole mail; plain stretches between are escaped. '' for a plain mail."""
    if not any(segment.html for segment in segments):
        return ""
    return "\n".join(safe_html(s.html) if s.html else plain_html(s.plain) for s in segments)


def content_key(head: _Head, text: str, attachments: list[Attachment]) -> str:
    """Names the same content sent again (DESIGN 3.3): From, Date, Subject, Message-ID, text and attachment hashes."""
    digest = hashlib.sha256()
    sender = head.sender.key if head.sender else ""
    for part in (sender, head.raw_date, head.subject, head.message_id, text, *(one.sha256 for one in attachments)):
        data = part.encode()
        digest.update(len(data).to_bytes(8, "big"))
        digest.update(data)
    return digest.hexdigest()


def part_bytes(data: bytes, path: str, limits: ParseLimits = ParseLimits()) -> bytes | None:  # noqa: B008 (a frozen value)
    """The exact bytes of an attachment by its part path, for a download; None when there is no such leaf."""
    tree, _ = read_tree(split_header_block(data, limits).structure(limits), limits)
    return next((leaf_bytes(leaf)[0] for leaf in leaves(tree) if leaf.path == path), None)
