"""How letters become rows and rows become them again."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Mapping
from email.header import decode_header, make_header
from typing import Any

from sqlalchemy import Row

from core.domain.letter import LetterIntent, LetterKind, LetterState
from core.text.storable import storable
from store.addresses import open_address, seal_address
from store.sealed import Seal, readable

_LONGEST_ANSWER = 2_000
_SUBJECT = re.compile(rb"^Subject:[ \t]*(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)
_FOLD = re.compile(r"\r?\n|\r")
_BODY = "body"


def letter_row(seal: Seal, intent: LetterIntent) -> dict[str, Any]:
    return {
        "id": intent.id,
        "ticket_id": intent.ticket_id,
        "kind": intent.kind,
        "occasion": intent.occasion,
        "template": intent.template,
        "language": intent.language,
        "bundle": intent.bundle,
        "mailbox": intent.mailbox,
        "recipient": seal_address(seal, intent.recipient, f"letter.recipient.{intent.id}"),
        "recipient_key": seal.address_key(intent.recipient.key),
        "variables": {},
        "sealed": seal_variables(seal, intent.id, intent.variables),
        "clocks_due": None,
        "date": intent.date,
        "message_id": intent.message_id,
        "in_reply_to": intent.in_reply_to,
        "references": intent.references,
        "not_before": intent.not_before,
        "promised": intent.promised,
        "state": intent.state,
        "due": intent.not_before,
        "attempts": 0,
        "claim": None,
        "uncertain": False,
        "resends": 0,
        "subject": intent.variables.get("subject", ""),
        "sent": None,
        "code": 0,
        "answer": seal_answer(seal, intent.because, _said(intent.id)) if intent.because else None,
    }


def seal_variables(seal: Seal, letter_id: int, variables: Mapping[str, str]) -> bytes:
    """A letter's words may hold anything that a customer or an agent wrote, so they are sealed as its bytes are."""
    plain = json.dumps(dict(variables), ensure_ascii=False, separators=(",", ":"))
    return seal.seal(storable(plain).encode(), _place(letter_id))


def open_variables(seal: Seal, row: Row[Any]) -> dict[str, str]:
    """The variables of a row; in one of an older schema they stand as they are, an agent's text sealed among them."""
    if row.sealed is None:
        return _open_body(seal, row.variables, row.id)
    found: dict[str, str] = json.loads(seal.open(row.sealed, _place(row.id)))
    return found


def _place(letter_id: int) -> str:
    return f"letter.sealed.{letter_id}"


def _said(letter_id: int) -> str:
    return f"letter.answer.{letter_id}"


def _open_body(seal: Seal, variables: dict[str, str], letter_id: int) -> dict[str, str]:
    if not variables.get(_BODY):
        return variables
    return variables | {_BODY: seal.open(b64decode(variables[_BODY]), f"letter.body.{letter_id}").decode()}


def letter_value(seal: Seal, row: Row[Any], state: LetterState | None = None) -> LetterIntent:
    held = row.state == LetterState.HELD
    return LetterIntent(
        id=row.id,
        ticket_id=row.ticket_id,
        kind=LetterKind(row.kind),
        occasion=row.occasion,
        template=row.template,
        language=row.language,
        bundle=row.bundle,
        mailbox=row.mailbox,
        recipient=open_address(seal, row.recipient, f"letter.recipient.{row.id}"),
        variables=open_variables(seal, row),
        date=row.date,
        message_id=row.message_id,
        in_reply_to=row.in_reply_to,
        references=tuple(row.references),
        not_before=row.not_before,
        promised=row.promised,
        state=state or LetterState(row.state),
        because=open_answer(seal, row.answer, _said(row.id)) if held else "",
    )


def seal_answer(seal: Seal, answer: str, place: str) -> bytes:
    """A server's answer often names the customer's address, so it is sealed like one."""
    return seal.seal(answer[:_LONGEST_ANSWER].encode("utf-8", "replace"), place)


def open_answer(seal: Seal, sealed: bytes | None, place: str) -> str:
    """Empty where it does not open: nobody waits for those words."""
    return "" if sealed is None else readable(lambda: seal.open(sealed, place).decode(), "")


def subject_of(data: bytes) -> str:
    """The decoded subject of composed bytes."""
    found = _SUBJECT.search(data.partition(b"\r\n\r\n")[0])
    return str(make_header(decode_header(_FOLD.sub("", found[1].decode("utf-8", "replace"))))) if found else ""
