"""One file of a customer's mail, with its exact bytes; who takes it stands in the trail before he has it."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from core.domain.errors import NotFound
from core.domain.mail import Attachment
from core.domain.ticket import Message
from huiying.console.access import Revealing, RowId
from huiying.console.site import Site, site_of
from huiying.flows.change import trace

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")


@router.post("/messages/{message_id}/files/{part}")
def download_file(request: Request, viewer: Revealing, number: str, message_id: RowId, part: str) -> Response:
    """Never shown in the browser: whatever it is, it is a file to be saved. 404 where the mail, or this part of it, is
    no longer there."""
    site = site_of(request)
    ticket_id, message, file = _file(site, number, message_id, part)
    context = site.context
    with context.store.read() as transaction:
        data = transaction.ledger.raw(message.ledger_id)
    content = context.parser.part(data, part)
    if content is None:
        raise NotFound("附件已不可取得 (this file cannot be had any more)")
    line = trace(context, viewer.user.name, "ticket.file", ticket_id, mail=str(message.ledger_id), part=part)
    with context.store.write() as transaction:
        transaction.audit.add((line,))
    headers = {"Content-Disposition": f"attachment; filename*=utf-8''{quote(file.name, safe='')}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


def _file(site: Site, number: str, message_id: int, part: str) -> tuple[int, Message, Attachment]:
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    messages = detail.conversation if detail else ()
    message = next((one for one in messages if one.id == message_id and one.ledger_id), None)
    file = next((one for one in message.attachments if one.part == part), None) if message else None
    if detail is None or message is None or file is None:
        raise NotFound
    return detail.ticket.id, message, file
