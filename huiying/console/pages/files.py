"""One file of a customer's mail, of our answer or of a note, with its exact bytes; who takes it stands in the trail
first."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.domain.errors import NotFound
from core.domain.mail import Attachment
from core.domain.ticket import Direction, Message
from core.domain.views import TicketDetail
from huiying.console.access import Revealing, RowId
from huiying.console.site import Site, site_of
from huiying.flows.change import trace
from huiying.flows.context import Context

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")


@router.post("/messages/{message_id}/files/{part}")
def download_file(request: Request, viewer: Revealing, number: str, message_id: RowId, part: str) -> Response:
    """Never shown in the browser: whatever it is, it is a file to be saved. 404 where the mail, or this part of it, is
    no longer there."""
    site = site_of(request)
    context = site.context
    detail, message, file = _file(site, number, message_id, part)
    what, id_ = _kept_with(detail, message)
    content = _theirs(context, id_, part) if what == "mail" else _ours(context, id_, part)
    if content is None:
        raise NotFound("附件已不可取得 (this file cannot be had any more)")
    of = {what: str(id_)}
    line = trace(context, viewer.user.name, "ticket.file", detail.ticket.id, **of, part=part)
    with context.store.write() as transaction:
        transaction.audit.add((line,))
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _file(site: Site, number: str, message_id: int, part: str) -> tuple[TicketDetail, Message, Attachment]:
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    messages = detail.conversation if detail else ()
    message = next((one for one in messages if one.id == message_id), None)
    file = next((one for one in message.attachments if one.part == part), None) if message else None
    if detail is None or message is None or file is None:
        raise NotFound
    return detail, message, file


def _kept_with(detail: TicketDetail, message: Message) -> tuple[str, int]:
    """The mail by which the message came, the letter in which an answer of ours went out, or the note itself."""
    if message.ledger_id or message.direction is Direction.IN:
        return "mail", message.ledger_id
    if message.direction is Direction.NOTE:
        return "note", message.id
    return "letter", next((row.id for row in detail.correspondence if row.message_id == message.message_id), 0)


def _ours(context: Context, letter_id: int, part: str) -> bytes | None:
    with context.store.read() as transaction:
        files = transaction.outbox.files_of(letter_id)
    return next((file.data for place, file in enumerate(files, 1) if part == f"file-{place}"), None)


def _theirs(context: Context, ledger_id: int, part: str) -> bytes | None:
    if not ledger_id:
        return None
    with context.store.read() as transaction:
        data = transaction.ledger.raw(ledger_id)
    return context.parser.part(data, part)
