"""The REST API's part about handling: moves, hands, promises, parts, urging, extensions, checks, analyses, votes
and appraisals."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from core.domain.appraisal import DIMENSIONS
from core.domain.errors import BadInput
from core.domain.extension import Extension, ExtensionState
from core.domain.part import Part, PartState
from core.domain.promise import Promise, PromiseState
from core.domain.ticket import State, Ticket
from huiying.console.access import RowId, row_id
from huiying.console.api.access import SCHEMES, ApiWorking
from huiying.console.api.body import JsonRoute
from huiying.console.api.v1 import PROBLEMS, AnalysisOut, AppraisalOut, appraisal_out
from huiying.console.site import site_of
from huiying.flows.analyse import analyse, analysis_json
from huiying.flows.appraise import Opinion, appraise_by_call
from huiying.flows.breach import set_breach
from huiying.flows.extend import Verdict, ask_extension, decide_extension, withdraw_extension
from huiying.flows.hands import claim, give_back, hand_over
from huiying.flows.is_spam import is_spam, undo_spam
from huiying.flows.link import link
from huiying.flows.merge import merge, unmerge
from huiying.flows.move import Move, move
from huiying.flows.move_linked import move_all
from huiying.flows.own_promise import give_promise, move_promise
from huiying.flows.parts import Asked, ask_part, move_part
from huiying.flows.result import verify
from huiying.flows.snooze import snooze, wake
from huiying.flows.split import Cut, split
from huiying.flows.urge import urge
from huiying.flows.vote import Ballot, vote_by_call

router = APIRouter(prefix="/api/v1/tickets/{number}", tags=["handling"], dependencies=SCHEMES, route_class=JsonRoute)
Words = Annotated[str, Field(max_length=500)]
Mark = Annotated[int, Field(ge=1, le=5)]


class Handled(BaseModel):
    """The ticket after the change."""

    number: str
    state: str
    assignee: str
    team: str
    version: int


class MoveIn(BaseModel):
    """``until`` ends a hold; ``sure`` goes on although parts are open; ``linked`` ends what follows the ticket, too."""

    to: State
    reason: Words = ""
    until: AwareDatetime | None = None
    sure: bool = False
    linked: bool = False


class SpamIn(BaseModel):
    """``is_spam`` false takes the word back."""

    is_spam: bool = True


class MergeIn(BaseModel):
    """``into`` is the number of the ticket in which this one goes on."""

    into: Annotated[str, Field(max_length=64)]
    sure: bool = False


class SplitIn(BaseModel):
    """``message`` is where the customer says it, his newest one by itself; ``text`` his words, all of them without;
    ``files`` are the parts of those that belong to it."""

    message: Annotated[str, Field(max_length=20)] = ""
    text: Annotated[str, Field(max_length=20_000)] = ""
    subject: Annotated[str, Field(max_length=300)] = ""
    files: Annotated[list[Annotated[str, Field(max_length=60)]], Field(max_length=100)] = []


class SplitOut(BaseModel):
    """``number`` is empty as long as it is kept but not filed; ``again`` says that it was split off before."""

    number: str
    split_from: str
    again: bool


class SnoozeIn(BaseModel):
    """For an hour without ``until``."""

    until: AwareDatetime | None = None


class SnoozeOut(BaseModel):
    """``earlier`` says that a due time comes before the hour that was asked for."""

    until: datetime
    earlier: bool


class WakeOut(BaseModel):
    """False where it was there."""

    woken: bool


class LinkIn(BaseModel):
    """``main`` is the number of the main ticket, or ``-``."""

    main: Annotated[str, Field(max_length=64)]


class HandOverIn(BaseModel):
    to: Annotated[str, Field(max_length=64)] = ""
    team: Words = ""
    reason: Words = ""


class ReasonIn(BaseModel):
    reason: Words


class AnalysisIn(BaseModel):
    """The fields to set; an empty word takes one away. Checks are ``yes`` or ``no``."""

    fields: dict[str, str]


class PromiseIn(BaseModel):
    """``due`` may be left out where the words name the time."""

    words: Words
    due: AwareDatetime | None = None


class PromiseStateIn(BaseModel):
    """``kept``, ``cancelled``, or ``running`` again."""

    state: Literal["kept", "cancelled", "running"]


class PromiseOut(BaseModel):
    id: str
    words: str
    due: datetime
    state: str


class PartIn(BaseModel):
    department: Words
    output: Words
    person: Words = ""
    due: AwareDatetime | None = None


class PartStateIn(BaseModel):
    state: PartState


class PartOut(BaseModel):
    id: str
    department: str
    person: str
    output: str
    due: datetime | None
    state: str


class ExtensionIn(BaseModel):
    """``promise`` is the promise's id as the ticket gives it."""

    promise: str
    wanted: AwareDatetime
    reason: Words


class DecisionIn(BaseModel):
    decision: Literal["approve", "by-call", "refuse", "withdraw"]
    because: Words = ""


class ExtensionOut(BaseModel):
    """Once ``told`` the new time counts."""

    id: str
    clock: str
    due: datetime
    wanted: datetime
    state: ExtensionState


class VoteIn(BaseModel):
    """What the customer said by telephone."""

    satisfied: bool
    efficiency: Mark | None = None
    communication: Mark | None = None
    solution: Mark | None = None
    words: Annotated[str, Field(max_length=2_000)] = ""


class OpinionIn(BaseModel):
    """What the customer said of us by telephone; at least one mark. ``term`` is a half-year (2026H2) or a quarter
    (2026Q4), the half-year that runs unless given."""

    term: Annotated[str, Field(max_length=20)] = ""
    quality: Mark | None = None
    speed: Mark | None = None
    contact: Mark | None = None
    problems: Mark | None = None
    cooperation: Mark | None = None
    words: Annotated[str, Field(max_length=2_000)] = ""
    improvement: Annotated[str, Field(max_length=2_000)] = ""


class CheckIn(BaseModel):
    passed: bool = True


class BreachIn(BaseModel):
    """``reason`` is a key of ``sla/reasons.yaml``, empty to take it away."""

    promise: str
    reason: Words


@router.post("/moves", responses=PROBLEMS)
def add_move(request: Request, viewer: ApiWorking, number: str, body: MoveIn) -> Handled:
    """Another state, as the table of states allows the role (403 else)."""
    wanted = Move(to=body.to, reason=body.reason, until=body.until, sure=body.sure)
    context = site_of(request).context
    if body.linked:
        return _handled(move_all(context, number, viewer.user, wanted).ticket)
    return _handled(move(context, number, viewer.user, wanted))


@router.post("/spam", responses=PROBLEMS)
def call_spam(request: Request, viewer: ApiWorking, number: str, body: SpamIn) -> Handled:
    """是垃圾: invalid, its letters stopped and its clocks ended; or that word, whoever said it, taken back."""
    context = site_of(request).context
    if body.is_spam:
        return _handled(is_spam(context, number, viewer.user))
    done = undo_spam(context, number, viewer.user)
    if done is None:
        raise BadInput("没有可撤销的 (nothing to take back)")
    return _handled(done)


@router.post("/merges", responses=PROBLEMS)
def add_merge(request: Request, viewer: ApiWorking, number: str, body: MergeIn) -> Handled:
    """合并: the other ticket goes on, this one is read there."""
    return _handled(merge(site_of(request).context, number, body.into, viewer.user, sure=body.sure))


@router.post("/unmerges", responses=PROBLEMS)
def add_unmerge(request: Request, viewer: ApiWorking, number: str) -> Handled:
    """取消合并: as it was before."""
    return _handled(unmerge(site_of(request).context, number, viewer.user))


@router.post("/splits", responses=PROBLEMS)
def add_split(request: Request, viewer: ApiWorking, number: str, body: SplitIn) -> SplitOut:
    """拆分: what a customer says of another matter becomes a ticket of its own; the same words again are the same
    one."""
    message = row_id(body.message) if body.message else 0
    cut = Cut(message=message, text=body.text, subject=body.subject, files=tuple(body.files))
    done = split(site_of(request).context, number, cut, viewer.user)
    return SplitOut(number=done.row.number, split_from=number, again=done.again)


@router.post("/snoozes", responses=PROBLEMS)
def add_snooze(request: Request, viewer: ApiWorking, number: str, body: SnoozeIn) -> SnoozeOut:
    """稍后处理: out of the caller's own queue for an hour, or until ``until``; earlier where a due time comes first."""
    done = snooze(site_of(request).context, number, viewer.user, body.until)
    return SnoozeOut(until=done.until, earlier=done.earlier)


@router.post("/wakes", responses=PROBLEMS)
def add_wake(request: Request, viewer: ApiWorking, number: str) -> WakeOut:
    """Back in the caller's queue."""
    return WakeOut(woken=wake(site_of(request).context, number, viewer.user))


@router.post("/links", responses=PROBLEMS)
def add_link(request: Request, viewer: ApiWorking, number: str, body: LinkIn) -> Handled:
    """关联 to a main ticket, or to none."""
    return _handled(link(site_of(request).context, number, body.main, viewer.user))


@router.post("/claims", responses=PROBLEMS)
def add_claim(request: Request, viewer: ApiWorking, number: str) -> Handled:
    """领取."""
    return _handled(claim(site_of(request).context, number, viewer.user))


@router.post("/hand-overs", responses=PROBLEMS)
def add_hand_over(request: Request, viewer: ApiWorking, number: str, body: HandOverIn) -> Handled:
    """转派, to a person, a team or both."""
    return _handled(hand_over(site_of(request).context, number, viewer.user, body.to, body.team, body.reason))


@router.post("/returns", responses=PROBLEMS)
def add_return(request: Request, viewer: ApiWorking, number: str, body: ReasonIn) -> Handled:
    """退回."""
    return _handled(give_back(site_of(request).context, number, viewer.user, body.reason))


@router.post("/urges", responses=PROBLEMS)
def add_urge(request: Request, viewer: ApiWorking, number: str) -> Handled:
    """催单, once in 24 hours."""
    return _handled(urge(site_of(request).context, number, viewer.user))


@router.post("/checks", responses=PROBLEMS)
def add_check(request: Request, viewer: ApiWorking, number: str, body: CheckIn) -> Handled:
    """结果验证."""
    return _handled(verify(site_of(request).context, number, viewer.user, passed=body.passed))


@router.post("/votes", responses=PROBLEMS)
def add_vote(request: Request, viewer: ApiWorking, number: str, body: VoteIn) -> Handled:
    """The customer's vote, entered by an agent."""
    given = body.model_dump(include={"efficiency", "communication", "solution"}, exclude_none=True)
    ballot = Ballot(satisfied=body.satisfied, marks=given, words=body.words)
    return _handled(vote_by_call(site_of(request).context, number, viewer.user, ballot))


@router.post("/appraisals", responses=PROBLEMS)
def add_appraisal(request: Request, viewer: ApiWorking, number: str, body: OpinionIn) -> AppraisalOut:
    """满意度评估 of the ticket's customer, entered by an agent; a later one of the same term takes its place."""
    marks = body.model_dump(include=set(DIMENSIONS), exclude_none=True)
    opinion = Opinion(marks=marks, words=body.words, improvement=body.improvement)
    return appraisal_out(appraise_by_call(site_of(request).context, number, viewer.user, body.term, opinion))


@router.post("/analysis", responses=PROBLEMS)
def change_analysis(request: Request, viewer: ApiWorking, number: str, body: AnalysisIn) -> AnalysisOut | None:
    """需求分析; null when it says nothing any more."""
    done = analysis_json(analyse(site_of(request).context, number, viewer.user.name, body.fields))
    return AnalysisOut(**done) if done else None


@router.post("/promises", status_code=201, responses=PROBLEMS)
def add_promise(request: Request, viewer: ApiWorking, number: str, body: PromiseIn) -> PromiseOut:
    """承诺: what an agent promised otherwise than in a letter."""
    return _promise_out(give_promise(site_of(request).context, number, viewer.user.name, body.words, body.due))


@router.post("/promises/{promise_id}", responses=PROBLEMS)
def change_promise(
    request: Request, viewer: ApiWorking, number: str, promise_id: RowId, body: PromiseStateIn
) -> PromiseOut:
    """Kept, no longer owed, or owed again."""
    to = PromiseState(body.state)
    return _promise_out(move_promise(site_of(request).context, number, viewer.user.name, promise_id, to))


@router.post("/parts", status_code=201, responses=PROBLEMS)
def add_part(request: Request, viewer: ApiWorking, number: str, body: PartIn) -> PartOut:
    """协办."""
    asked = Asked(department=body.department, output=body.output, person=body.person, due=body.due)
    return part_out(ask_part(site_of(request).context, number, viewer.user.name, asked))


@router.post("/parts/{part_id}", responses=PROBLEMS)
def change_part(request: Request, viewer: ApiWorking, number: str, part_id: RowId, body: PartStateIn) -> PartOut:
    """Done, cancelled, or asked again."""
    return part_out(move_part(site_of(request).context, number, part_id, viewer.user.name, body.state))


@router.post("/extensions", status_code=201, responses=PROBLEMS)
def add_extension(request: Request, viewer: ApiWorking, number: str, body: ExtensionIn) -> ExtensionOut:
    """延期: a lead decides."""
    promise = row_id(body.promise)
    return extension_out(
        ask_extension(site_of(request).context, number, viewer.user, promise, body.wanted, body.reason)
    )


@router.post("/extensions/{extension_id}", responses=PROBLEMS)
def decide(request: Request, viewer: ApiWorking, number: str, extension_id: RowId, body: DecisionIn) -> ExtensionOut:
    """The lead's word, or the request taken back."""
    context = site_of(request).context
    if body.decision == "withdraw":
        return extension_out(withdraw_extension(context, number, viewer.user, extension_id))
    verdict = Verdict(approved=body.decision != "refuse", because=body.because, by_call=body.decision == "by-call")
    return extension_out(decide_extension(context, number, viewer.user, extension_id, verdict))


@router.post("/breaches", responses=PROBLEMS)
def add_breach(request: Request, viewer: ApiWorking, number: str, body: BreachIn) -> dict[str, str]:
    """超时原因 of one promise."""
    done = set_breach(site_of(request).context, number, viewer.user, row_id(body.promise), body.reason)
    return {"promise": str(done.id), "reason": done.breach}


def _handled(ticket: Ticket) -> Handled:
    return Handled(
        number=ticket.number, state=ticket.state, assignee=ticket.assignee, team=ticket.fields.get("team", ""),
        version=ticket.version,
    )  # fmt: skip


def _promise_out(made: Promise) -> PromiseOut:
    return PromiseOut(id=str(made.id), words=made.because, due=made.due, state=made.state)


def part_out(part: Part) -> PartOut:
    return PartOut(
        id=str(part.id), department=part.department, person=part.person, output=part.output, due=part.due,
        state=part.state,
    )  # fmt: skip


def extension_out(one: Extension) -> ExtensionOut:
    return ExtensionOut(id=str(one.id), clock=one.clock, due=one.due, wanted=one.wanted, state=one.state)
