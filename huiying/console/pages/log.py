"""The short form by which an agent logs what came by telephone, chat, visit and the like (DOMAIN 2)."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime
from typing import Annotated

from fastapi import APIRouter, Depends, Form, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.channel import BY_AGENT, SPOKEN, BroughtMessage, CallRecord, Channel
from core.domain.errors import BadInput, HuiyingError, NotFound
from core.domain.mail import Address
from core.domain.people import Permission
from huiying.console.access import Working, looking
from huiying.console.pages.handling import instant
from huiying.console.site import Site, Viewer, site_of
from huiying.console.task_view import task_choices
from huiying.console.uploads import brought
from huiying.flows.answer import OUTCOMES
from huiying.flows.make_task import check_due
from huiying.flows.next_step import next_step
from huiying.flows.take_in import TakenIn, take_in
from responder.plain import first_sentence

router = APIRouter(include_in_schema=False, prefix="/log")
Text = Annotated[str, Form(max_length=20_000)]
Line = Annotated[str, Form(max_length=300)]


@router.get("")
def form(
    request: Request,
    viewer: Annotated[Viewer, Depends(looking(Permission.WORK_TICKETS))],
    channel: str = Channel.PHONE,
) -> HTMLResponse:
    """An empty form, its time being now."""
    return _page(site_of(request), request, viewer, {"channel": channel})


@router.post("")
def log(
    request: Request,
    viewer: Working,
    channel: Line = "",
    text: Text = "",
    subject: Line = "",
    name: Line = "",
    address: Line = "",
    phone: Line = "",
    company: Line = "",
    at: Line = "",
    ours: Line = "",
    outcome: Line = "",
    said: Text = "",
    mailbox: Line = "",
    follows: Annotated[str, Form(alias="next", max_length=40)] = "",
    team: Line = "",
    todo: Line = "",
    due: Line = "",
    key: Line = "",
    files: list[UploadFile] | None = None,
) -> Response:
    """Files it as any mail and tells its number; what we said to the customer is on its ticket as a call."""
    site = site_of(request)
    given = {
        "channel": channel, "text": text, "subject": subject, "name": name, "address": address, "phone": phone,
        "company": company, "at": at, "ours": ours, "outcome": outcome, "said": said, "mailbox": mailbox,
        "next": follows, "team": team, "todo": todo, "due": due,
    }  # fmt: skip
    try:
        message = _message(site, given, key, files, viewer.user.name)
        done = take_in(site.context, message, viewer.user.name)
    except (BadInput, NotFound) as error:
        return _page(site, request, viewer, given, problem=error, status=422)
    return _page(site, request, viewer, {"channel": message.channel.value, "mailbox": mailbox}, done=done)


def _message(site: Site, given: dict[str, str], key: str, files: list[UploadFile] | None, agent: str) -> BroughtMessage:
    channel = next((one for one in BY_AGENT if one.value == given["channel"]), None)
    if channel is None:
        raise BadInput(f"channel: {', '.join(BY_AGENT)}")
    boxes = site.context.desk().mailboxes
    if not boxes:
        raise NotFound("还没有邮箱 (no mailbox yet)")
    address, name = given["address"].strip(), given["name"].strip()
    return BroughtMessage(
        key=f"log:{key or secrets.token_urlsafe(16)}",
        channel=channel,
        mailbox=given["mailbox"] or boxes[0].name,
        at=_instant(site, given["at"]),
        subject=given["subject"].strip() or first_sentence(given["text"]),
        text=_whole(given),
        name=name,
        customer=Address(name=name, address=address) if address else None,
        files=brought(files),
        ours=bool(given["ours"]),
        call=_call(site, given, agent),
    )


def _call(site: Site, given: dict[str, str], agent: str) -> CallRecord:
    """Raises ``BadInput`` for an outcome or a next step that is none, and for a due time that cannot be."""
    if given["outcome"] and given["outcome"] not in OUTCOMES:
        raise BadInput(given["outcome"])
    step = next_step(given["next"], given["team"], instant(site, given["due"]), given["todo"])
    if step.due is not None:
        check_due(step.due, site.context.now())
    return CallRecord(
        by=agent, name=given["name"], phone=given["phone"], company=given["company"], outcome=given["outcome"],
        said=given["said"], next=given["next"], team=given["team"], todo=given["todo"], due=step.due,
    )  # fmt: skip


def _whole(given: dict[str, str]) -> str:
    """The customer's words, and below them who he is where that is no address: it is masked like any text."""
    who = [("客户", "" if given["address"] else given["name"]), ("公司", given["company"]), ("电话", given["phone"])]
    lines = [f"{label}：{value.strip()}" for label, value in who if value.strip()]
    return "\n\n".join(part for part in (given["text"].strip(), "\n".join(lines)) if given["text"].strip() and part)


def _instant(site: Site, at: str) -> datetime:
    """The form's local time in the desk's zone; now without one. A minute that has just begun is now."""
    now = site.context.now()
    if not at.strip():
        return now
    try:
        local = datetime.fromisoformat(at.strip())
    except ValueError as error:
        raise BadInput(f"{at[:40]}: 2026-03-05T10:00") from error
    zone = site.context.desk().calendar.tz
    return (local if local.tzinfo else local.replace(tzinfo=zone)).astimezone(UTC)


def _page(
    site: Site,
    request: Request,
    viewer: Viewer,
    given: dict[str, str],
    *,
    done: TakenIn | None = None,
    problem: HuiyingError | None = None,
    status: int = 200,
) -> HTMLResponse:
    """The form, filled in again after a problem; with the number of what was logged."""
    desk, now = site.context.desk(), site.context.now()
    return site.page(
        request, "log.html", viewer, given=given, done=done, problem=problem, status=status, channels=BY_AGENT,
        spoken=SPOKEN, outcomes=OUTCOMES, mailboxes=[box.name for box in desk.mailboxes],
        **task_choices(site.context, viewer.user),
        now=now.astimezone(desk.calendar.tz).strftime("%Y-%m-%dT%H:%M"), key=secrets.token_urlsafe(16),
    )  # fmt: skip
