"""The REST API, version 1: tickets to read, corrections to make, messages to bring."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Query, Response
from pydantic import AwareDatetime, BaseModel, EncodedBytes, EncoderProtocol, Field, field_validator
from starlette.requests import Request

from core.domain.appraisal import Appraisal
from core.domain.channel import BroughtFile, BroughtMessage, Channel
from core.domain.correction import Correction
from core.domain.decision import Decision
from core.domain.errors import BadInput, NotFound
from core.domain.mail import Address
from core.domain.promise import Promise
from core.domain.taxonomy import Taxonomy
from core.domain.ticket import Message
from core.domain.views import QueueFilter, QueueRow, TicketDetail
from huiying.console.api.access import KNOWN, SCHEMES, ApiBringing, ApiLooking, ApiViewer, ApiWorking
from huiying.console.api.body import JsonRoute
from huiying.console.pages.queue import STATES
from huiying.console.site import site_of
from huiying.flows.analyse import analysis_json
from huiying.flows.arithmetic import Arithmetic, arithmetic, notes
from huiying.flows.context import Context
from huiying.flows.correct import CORRECTABLE, confirm, correct
from huiying.flows.take_in import take_in

MOST_OCTETS = 15 << 20
"""Of all files of a message together."""
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
"""No message is older; times near the year 1 cannot be told in every zone."""
router = APIRouter(prefix="/api/v1", tags=["tickets"], dependencies=SCHEMES, route_class=JsonRoute)


class Problem(BaseModel):
    """RFC 9457 problem details; ``type`` is a stable URN."""

    type: str
    title: str
    status: int
    detail: str = ""


class TicketRow(BaseModel):
    """A ticket in a list; values are the taxonomy's keys, ``gist`` is its one line, masked, ``excerpt`` where the
    words that were looked for stand."""

    number: str
    state: str
    subject: str
    gist: str
    customer: str
    received: datetime
    fields: dict[str, str]
    decided_by: dict[str, str]
    next_due: datetime | None
    next_clock: str
    confirmed: bool
    excerpt: str = ""
    assignee: str = ""


class TicketPage(BaseModel):
    """``next`` is the key of the next page, empty at the end."""

    tickets: list[TicketRow]
    next: str


class Choice(BaseModel):
    value: str
    by: str
    because: str
    suggested: str | None
    confidence: float | None
    accepted: bool


class CountedTime(BaseModel):
    """A stretch that a clock counted (``counts``), a lead added (``extended``), that was ``paused`` or not counted
    (``idle``), with the reason in words."""

    begin: datetime
    end: datetime
    counting: str
    why: str


class DueTime(BaseModel):
    """``told`` is the time that a letter named; ``breach`` the key of a reason for being late. ``notes`` say what chose
    the policy, why the told time is another, who extended it and how much was counted; ``intervals`` are all the time
    from start to due. Words are in the user's language."""

    id: str
    clock: str
    due: datetime
    told: datetime | None
    state: str
    because: str
    breach: str
    notes: list[str]
    intervals: list[CountedTime]


class Said(BaseModel):
    """A message, masked; ``files`` are its parts by name."""

    id: str
    at: datetime
    direction: str
    subject: str
    text: str
    files: dict[str, str]


class AnalysisOut(BaseModel):
    """What the team makes of the demand: three checks, what they come to, advice, what it takes, how it means to
    talk to the customer (``way`` is phone, online, mail, meeting or manager), why it came about.

    ``reasonable`` is yes, partly or no; ``advice`` at-once, needs-resources or needs-alternative; ``cause`` a key of
    the desk's root causes; ``quadrant`` is there when a person said it."""

    in_service: bool | None
    customary: bool | None
    feasible: bool | None
    reasonable: str | None
    advice: str | None
    people: str
    technology: str
    budget: str
    quadrant: int | None
    aim: str
    way: str | None
    wording: str
    fallback: str
    cause: str | None
    cause_words: str
    improvement: str
    analyst: str
    at: datetime


class AppraisalOut(BaseModel):
    """What the customer thinks of us: ``marks`` by dimension, ``by`` the agent who entered it, else empty."""

    term: str
    marks: dict[str, int]
    words: str
    improvement: str
    at: datetime
    by: str


class OneTicket(TicketRow):
    language: str
    version: int
    choices: dict[str, Choice]
    analysis: AnalysisOut | None
    appraisals: list[AppraisalOut]
    promises: list[DueTime]
    messages: list[Said]


class CorrectionIn(BaseModel):
    """The fields to set; none confirms what was suggested."""

    fields: dict[str, str] = Field(default_factory=dict)


class CorrectionOut(BaseModel):
    id: str
    kind: str
    at: datetime
    agent: str
    before: dict[str, str]
    after: dict[str, str]


class StrictBase64(EncoderProtocol):
    """A file with a stray or missing character is refused, not stored damaged."""

    @classmethod
    def decode(cls, data: bytes) -> bytes:
        try:
            return base64.b64decode(data, validate=True)
        except binascii.Error as error:
            raise ValueError(str(error)) from error

    @classmethod
    def encode(cls, value: bytes) -> bytes:
        return base64.b64encode(value)

    @classmethod
    def get_json_format(cls) -> Literal["base64"]:
        return "base64"


class FileIn(BaseModel):
    """``content`` is base64, in one line."""

    name: Annotated[str, Field(max_length=180)]
    type: Annotated[str, Field(pattern=r"^[\w.+-]{1,60}/[\w.+-]{1,80}$")] = "application/octet-stream"
    content: Annotated[bytes, EncodedBytes(encoder=StrictBase64), Field(max_length=14 << 20)]


class MessageIn(BaseModel):
    """``at`` is when it was said (2000 or later), now unless given; ``mailbox`` the first one unless given."""

    channel: Channel = Channel.PORTAL
    text: Annotated[str, Field(max_length=200_000)]
    subject: Annotated[str, Field(max_length=1_000)] = ""
    name: Annotated[str, Field(max_length=200)] = ""
    address: Annotated[str, Field(max_length=320)] = ""
    at: Annotated[AwareDatetime, Field(ge=EARLIEST)] | None = None
    mailbox: Annotated[str, Field(max_length=100)] = ""
    files: Annotated[list[FileIn], Field(max_length=20)] = []

    @field_validator("files")
    @classmethod
    def _together(cls, files: list[FileIn]) -> list[FileIn]:
        if sum(len(file.content) for file in files) > MOST_OCTETS:
            raise ValueError("the files are too large together")
        return files


class MessageOut(BaseModel):
    """``number`` is empty while the message waits to be filed; ``silent_because`` says why no letter goes out."""

    id: str
    number: str
    verdict: str
    silent_because: str


PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": Problem, "content": {"application/problem+json": {}}}
    for status in (401, 403, 404, 409, 413, 422, 429)
}


@router.get("/tickets", responses=PROBLEMS, dependencies=[KNOWN])
def list_tickets(
    request: Request,
    state: str = "open",
    text: Annotated[str, Query(max_length=200)] = "",
    assignee: Annotated[str, Query(max_length=64)] = "",
    key: str = "",
    limit: Annotated[int, Query(ge=1, le=200)] = 50,
) -> TicketPage:
    """Tickets by their next due time, with ``text`` those whose number, customer or messages have it, newest first;
    ``assignee`` is a user's name, or ``-`` for tickets that nobody has claimed. Ask again with ``key`` = ``next``."""
    if state not in STATES:
        raise BadInput(f"state: {', '.join(s for s in STATES if s)}")
    context = site_of(request).context
    with context.store.read() as transaction:
        page = transaction.views.queue(QueueFilter(state=state, text=text, assignee=assignee), key, limit)
    taxonomy = context.desk().taxonomy
    return TicketPage(tickets=[_row(row, taxonomy) for row in page.rows], next=page.next_key)


@router.get("/tickets/{number}", responses=PROBLEMS)
def get_ticket(request: Request, viewer: ApiLooking, number: str) -> OneTicket:
    """One ticket with the reason of every decided field and the arithmetic of every due time."""
    context = site_of(request).context
    with context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    if detail is None:
        raise NotFound
    return _ticket(detail, context.desk().taxonomy, arithmetic(context, detail, viewer.user.language))


@router.post("/tickets/{number}/corrections", status_code=201, responses=PROBLEMS)
def add_correction(request: Request, viewer: ApiWorking, number: str, body: CorrectionIn) -> CorrectionOut:
    """Corrects the fields given, or confirms when none is."""
    if unknown := [name for name in body.fields if name not in CORRECTABLE]:
        raise BadInput(f"fields: {', '.join(unknown)}")
    context = site_of(request).context
    agent = viewer.user.name
    done = correct(context, number, body.fields, agent) if body.fields else confirm(context, number, agent)
    return _correction(done)


@router.post("/messages", status_code=201, responses={**PROBLEMS, 202: {"model": MessageOut}})
def add_message(
    request: Request,
    response: Response,
    viewer: ApiBringing,
    body: MessageIn,
    idempotency_key: Annotated[str, Header(min_length=1, max_length=200)],
) -> MessageOut:
    """What a customer said by portal, chat, call or visit: filed like a mail, with the number in this answer.

    Send an ``Idempotency-Key``, each token its own: the same key again gives the same answer and does nothing twice;
    with another message it is refused (409). 202 without a number when the message is kept and waits to be filed.
    """
    context = site_of(request).context
    done = take_in(context, _brought(context, body, idempotency_key, viewer), viewer.user.name)
    if not done.row.filed_at:
        response.status_code = 202
    elif done.again:
        response.status_code = 200
    return MessageOut(
        id=str(done.row.id), number=done.row.number, verdict=done.row.verdict, silent_because=done.row.silent_because
    )


def _brought(context: Context, body: MessageIn, key: str, viewer: ApiViewer) -> BroughtMessage:
    boxes = context.desk().mailboxes
    if not (body.mailbox or boxes):
        raise NotFound("还没有邮箱 (no mailbox yet)")
    return BroughtMessage(
        key=key,
        keyed_by=str(viewer.token.id) if viewer.token else "",
        channel=body.channel,
        mailbox=body.mailbox or boxes[0].name,
        at=(body.at or context.now()).astimezone(UTC),
        subject=body.subject,
        text=body.text,
        name=body.name,
        customer=Address(name=body.name, address=body.address) if body.address else None,
        files=tuple(BroughtFile(name=one.name, type=one.type, data=one.content) for one in body.files),
    )


def _row(row: QueueRow, taxonomy: Taxonomy) -> TicketRow:
    return TicketRow(
        number=row.number,
        state=row.state,
        subject=row.subject,
        gist=row.gist,
        customer=row.customer,
        received=row.received,
        fields=taxonomy.today(dict(row.fields)),
        decided_by=dict(row.decided_by),
        next_due=row.next_due,
        next_clock=row.next_clock,
        confirmed=row.confirmed,
        excerpt="".join(piece for piece, _ in row.excerpt),
        assignee=row.assignee,
    )


def _ticket(detail: TicketDetail, taxonomy: Taxonomy, sums: Mapping[int, Arithmetic]) -> OneTicket:
    ticket = detail.ticket
    current = detail.decided.decision if detail.decided else None
    return OneTicket(
        number=ticket.number,
        state=ticket.state,
        subject=ticket.subject,
        gist=ticket.gist,
        customer=detail.customer.name if detail.customer else "",
        received=ticket.received,
        fields=taxonomy.today(ticket.fields),
        decided_by=dict(ticket.decided_by),
        next_due=ticket.next_due,
        next_clock=ticket.next_clock,
        confirmed=ticket.confirmed,
        assignee=ticket.assignee,
        language=ticket.language,
        version=ticket.version,
        choices=_choices(current),
        analysis=AnalysisOut(**told) if (told := analysis_json(detail.analysis)) else None,
        appraisals=[appraisal_out(one) for one in detail.appraisals],
        promises=[_due_time(p, sums[p.id]) for p in detail.promises],
        messages=[_said(message) for message in detail.conversation],
    )


def _said(message: Message) -> Said:
    files = {file.part: file.name or file.type for file in message.attachments if not file.inline}
    return Said(
        id=str(message.id), at=message.at, direction=message.direction, subject=message.subject, text=message.text,
        files=files,
    )  # fmt: skip


def appraisal_out(one: Appraisal) -> AppraisalOut:
    return AppraisalOut(
        term=one.term, marks=dict(one.marks), words=one.words, improvement=one.improvement, at=one.at, by=one.by
    )


def _due_time(p: Promise, one: Arithmetic) -> DueTime:
    parts = [CountedTime(begin=s.from_, end=s.to, counting=s.counting, why=s.why) for s in one.intervals]
    return DueTime(
        id=str(p.id), clock=p.clock, due=p.due, told=p.told, state=p.state, because=one.because, breach=p.breach,
        notes=notes(one), intervals=parts,
    )  # fmt: skip


def _choices(decision: Decision | None) -> dict[str, Choice]:
    if decision is None:
        return {}
    return {
        name: Choice(
            value=choice.value,
            by=choice.by,
            because=choice.because,
            suggested=choice.suggested or None,
            confidence=choice.confidence,
            accepted=choice.accepted,
        )
        for name, choice in decision.choices.items()
    }


def _correction(done: Correction) -> CorrectionOut:
    return CorrectionOut(
        id=str(done.id),
        kind=done.kind,
        at=done.at,
        agent=done.agent,
        before=dict(done.before),
        after=dict(done.after),
    )
