"""Writes a parse's answer as JSON for the pipe between processes, and as the object that ``huiying parse`` prints."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from core.domain.mail import Address, Attachment, Automatic, ParsedMail, ParsedOrNot, Unparsable
from core.domain.protection import without_protections
from core.domain.said import FARTHEST, LONGEST_GIST, LONGEST_WORDS, MOST_FOUND, Aids, Remark, Said
from core.text.sentences import MOST_SENTENCES
from ingest.near import PIECES

_TEXTS = (
    "message_id", "subject", "text", "reply", "html", "automatic_because", "spam_because", "language", "content_key",
)  # fmt: skip
_TEXT_LISTS = ("in_reply_to", "references", "defects")
_ADDRESS_LISTS = ("to", "cc", "reply_to")
_SAID_TEXTS = ("gist", "goal", "background", "happened")
_SAID_LISTS = ("orders", "phones")


def to_bytes(parsed: ParsedOrNot) -> bytes:
    """One JSON object; in UTF-8 with what a damaged mail may hold beside it, which is read twice as fast as escapes."""
    if parsed.mail is not None:
        return _written({"mail": _mail_out(parsed.mail)})
    failure = parsed.failure or Unparsable(because="the parser said nothing")
    value = {
        "because": failure.because,
        "subject": failure.subject,
        "sender": _address_out(failure.sender),
        "message_id": failure.message_id,
    }
    return _written({"failure": value})


def _written(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def from_bytes(data: bytes) -> ParsedOrNot:
    """The reverse of ``to_bytes``. Raises ``ValueError``, ``KeyError`` or ``TypeError`` for anything else: the other
    side may have been taken over by a mail."""
    value = json.loads(data)
    if "mail" in value:
        return ParsedOrNot(mail=_mail_in(value["mail"]))
    failure = value["failure"]
    return ParsedOrNot(
        failure=Unparsable(
            because=str(failure["because"]),
            subject=str(failure["subject"]),
            sender=_address_in(failure["sender"]),
            message_id=str(failure["message_id"]),
        )
    )


def _mail_out(mail: ParsedMail) -> dict[str, Any]:
    out: dict[str, Any] = {name: getattr(mail, name) for name in (*_TEXTS, *_TEXT_LISTS, "has_html", "headers")}
    out["sender"] = _address_out(mail.sender)
    for name in _ADDRESS_LISTS:
        out[name] = [(one.name, one.address) for one in getattr(mail, name)]
    out["date"] = mail.date.isoformat() if mail.date else None
    out["automatic"] = mail.automatic.value if mail.automatic else None
    out["said"] = _said_out(mail.said) if mail.said else None
    out["aids"] = (sorted(mail.aids.clean), mail.aids.pieces, mail.aids.asking) if mail.aids else None
    out["attachments"] = [
        (one.part, one.name, one.type, one.size, one.sha256, one.content_id, one.inline, one.sniffed)
        for one in mail.attachments
    ]
    return out


def _mail_in(value: Mapping[str, Any]) -> ParsedMail:
    fields: dict[str, Any] = {name: str(value[name]) for name in _TEXTS}
    fields |= {name: tuple(str(one) for one in value[name]) for name in _TEXT_LISTS}
    fields |= {name: tuple(Address(name=str(n), address=str(a)) for n, a in value[name]) for name in _ADDRESS_LISTS}
    return ParsedMail(
        **fields,
        sender=_address_in(value["sender"]),
        date=datetime.fromisoformat(value["date"]).astimezone(UTC) if value["date"] else None,
        has_html=bool(value["has_html"]),
        automatic=Automatic(value["automatic"]) if value["automatic"] else None,
        headers=tuple((str(name), str(text)) for name, text in value["headers"]),
        attachments=tuple(_attachment_in(one) for one in value["attachments"]),
        said=_said_in(value["said"]) if value["said"] else None,
        aids=_aids_in(value["aids"]) if value["aids"] else None,
    )


def _said_out(said: Said) -> dict[str, Any]:
    """What the parser reads of it; the rest is the desk's."""
    return {name: getattr(said, name) for name in (*_SAID_TEXTS, *_SAID_LISTS, "remark", "offset")}


def _said_in(value: Mapping[str, Any]) -> Said:
    """No longer than a parser that was not taken over writes it."""
    fields: dict[str, Any] = {name: str(value[name])[:LONGEST_WORDS] for name in _SAID_TEXTS}
    fields["gist"] = fields["gist"][:LONGEST_GIST]
    fields |= {name: tuple(str(one)[:LONGEST_WORDS] for one in value[name][:MOST_FOUND]) for name in _SAID_LISTS}
    offset = max(-FARTHEST, min(int(value["offset"]), FARTHEST))
    return Said(**fields, remark=Remark(value["remark"]), offset=offset)


def _aids_in(value: Sequence[Any]) -> Aids:
    clean, pieces, asking = value
    return Aids(
        clean=frozenset(str(name) for name in clean),
        pieces=tuple(int(piece) for piece in pieces[:PIECES]),
        asking=tuple((int(start), int(end)) for start, end in asking[:MOST_SENTENCES]),
    )


def _attachment_in(value: Sequence[Any]) -> Attachment:
    part, name, kind, size, sha256, content_id, inline, sniffed = value
    return Attachment(
        part=str(part), name=str(name), type=str(kind), size=int(size), sha256=str(sha256), content_id=str(content_id),
        inline=bool(inline), sniffed=str(sniffed),
    )  # fmt: skip


def _address_out(address: Address | None) -> tuple[str, str] | None:
    return (address.name, address.address) if address else None


def _address_in(value: Sequence[Any] | None) -> Address | None:
    return Address(name=str(value[0]), address=str(value[1])) if value else None


def public(parsed: ParsedOrNot, file: str) -> dict[str, Any]:
    """The object of ``huiying parse`` (DESIGN 4): every key is always there and lists are never null."""
    failure = parsed.failure
    mail = parsed.mail or ParsedMail(
        message_id=failure.message_id if failure else "",
        subject=failure.subject if failure else "",
        sender=failure.sender if failure else None,
        defects=(f"quarantined:{failure.because if failure else ''}",),
    )
    return {
        "file": file,
        "message_id": mail.message_id,
        "subject": mail.subject,
        "from": _public_address(mail.sender) if mail.sender else None,
        "to": [_public_address(one) for one in mail.to],
        "cc": [_public_address(one) for one in mail.cc],
        "reply_to": [_public_address(one) for one in mail.reply_to],
        "date": mail.date.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ") if mail.date else None,
        "text": mail.text,
        "reply": mail.reply,
        "html": mail.has_html,
        "attachments": [
            {"name": one.name, "type": one.type, "size": one.size, "sha256": one.sha256, "sniffed": one.sniffed}
            for one in mail.attachments
        ],
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "automatic": mail.automatic.value if mail.automatic else None,
        "language": mail.language,
        "defects": list(without_protections(mail.defects)),
        "protection": [one.value for one in mail.protection],
    }


def _public_address(address: Address) -> dict[str, str]:
    return {"name": address.name, "address": address.address}
