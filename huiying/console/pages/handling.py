"""How a ticket is handled: moved, held, claimed, handed over, merged, split, urged, extended, shared, promised,
analysed, voted on; and taken back."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.part import PartState
from core.domain.promise import PromiseState
from core.domain.ticket import State
from core.domain.vote import MARKS
from huiying.console.access import RowId, WholeForm, Working
from huiying.console.site import Site, Viewer, asks_for_fragment, site_of
from huiying.flows.analyse import FIELDS, analyse, fields_of
from huiying.flows.breach import set_breach
from huiying.flows.change import ticket_named
from huiying.flows.extend import Verdict, ask_extension, decide_extension, withdraw_extension
from huiying.flows.hands import claim, give_back, hand_over, undo_hands
from huiying.flows.is_spam import is_spam, undo_spam
from huiying.flows.link import link, undo_link
from huiying.flows.merge import merge, unmerge
from huiying.flows.move import Move, move
from huiying.flows.move_linked import Ended, move_all, undo_moves
from huiying.flows.own_promise import give_promise, move_promise
from huiying.flows.parts import Asked, ask_part, move_part
from huiying.flows.result import verify
from huiying.flows.snooze import snooze, wake
from huiying.flows.split import Cut, split
from huiying.flows.urge import undo_urge, urge
from huiying.flows.vote import Ballot, vote_by_call

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")

Text = Annotated[str, Form()]
UNDO: dict[str, Callable[..., object]] = {
    "move": undo_moves,
    "hands": undo_hands,
    "urge": undo_urge,
    "spam": undo_spam,
    "link": undo_link,
}
DECISIONS = ("approve", "by-call", "refuse", "withdraw")


@router.post("/move")
def move_ticket(
    request: Request,
    viewer: Working,
    number: str,
    to: Text,
    reason: Text = "",
    until: Text = "",
    sure: Text = "",
    also: Text = "",
) -> Response:
    """Into another state, as the table of states allows the viewer's role; with ``also`` what follows it, too."""
    if to not in set(State):
        raise BadInput(to)
    site = site_of(request)
    wanted = Move(to=State(to), reason=reason, until=instant(site, until), sure=bool(sure))
    ended = move_all(site.context, number, viewer.user, wanted) if also else None
    done = ended.ticket if ended else move(site.context, number, viewer.user, wanted)
    return _done(request, viewer, number, "moved", undo={"what": "move"}, state=done.state.value, ended=ended)


@router.post("/spam")
def call_spam(request: Request, viewer: Working, number: str) -> Response:
    """是垃圾."""
    is_spam(site_of(request).context, number, viewer.user)
    return _done(request, viewer, number, "spam", undo={"what": "spam"})


@router.post("/claim")
def claim_ticket(request: Request, viewer: Working, number: str) -> Response:
    """领取."""
    claim(site_of(request).context, number, viewer.user)
    return _done(request, viewer, number, "claimed", undo={"what": "hands"})


@router.post("/hand-over")
def hand_over_ticket(
    request: Request, viewer: Working, number: str, to: Text = "", team: Text = "", reason: Text = ""
) -> Response:
    """转派."""
    hand_over(site_of(request).context, number, viewer.user, to, team, reason)
    return _done(request, viewer, number, "handed-over", undo={"what": "hands"})


@router.post("/return")
def return_ticket(request: Request, viewer: Working, number: str, reason: Text = "") -> Response:
    """退回, with its reason."""
    give_back(site_of(request).context, number, viewer.user, reason)
    return _done(request, viewer, number, "returned", undo={"what": "hands"})


@router.post("/snooze")
def snooze_ticket(request: Request, viewer: Working, number: str, until: Text = "") -> Response:
    """稍后处理: out of the viewer's queue for an hour, or until another time; the toast offers others."""
    site = site_of(request)
    done = snooze(site.context, number, viewer.user, instant(site, until))
    return _toast(request, viewer, number, "snoozed", "parts/toast_snoozed.html", {"done": done})


@router.post("/wake")
def wake_ticket(request: Request, viewer: Working, number: str) -> Response:
    """Back in the viewer's queue."""
    done = wake(site_of(request).context, number, viewer.user)
    return _done(request, viewer, number, "woken" if done else "nothing", what="snooze")


@router.post("/urge")
def urge_ticket(request: Request, viewer: Working, number: str) -> Response:
    """催单 by telephone."""
    urge(site_of(request).context, number, viewer.user)
    return _done(request, viewer, number, "urged", undo={"what": "urge"})


@router.post("/merge")
def merge_ticket(request: Request, viewer: Working, number: str, into: Text, sure: Text = "") -> Response:
    """合并 into another ticket, named with or without its #."""
    merge(site_of(request).context, number, into.strip().lstrip("#＃"), viewer.user, sure=bool(sure))
    return _done(request, viewer, number, "merged", "unmerge", {"from": "toast"})


@router.post("/messages/{message_id}/split")
def split_ticket(
    request: Request,
    viewer: Working,
    number: str,
    message_id: RowId,
    text: Text = "",
    subject: Text = "",
    files: Annotated[list[str] | None, Form()] = None,
) -> Response:
    """拆分: what the customer says there of another matter becomes a ticket of its own."""
    cut = Cut(message=message_id, text=text, subject=subject, files=tuple(files or ()))
    new = split(site_of(request).context, number, cut, viewer.user).row.number
    if not new:
        return _done(request, viewer, number, "split-soon")
    return _done(request, viewer, new, "split", "merge", {"into": number, "sure": "1"})


@router.post("/link")
def link_ticket(request: Request, viewer: Working, number: str, main: Text) -> Response:
    """关联 to a main ticket, named with or without its #, or to none."""
    done = link(site_of(request).context, number, main.strip().lstrip("#＃"), viewer.user)
    return _done(request, viewer, number, "linked" if done.linked_to else "unlinked", undo={"what": "link"})


@router.post("/unmerge")
def unmerge_ticket(request: Request, viewer: Working, number: str) -> Response:
    """取消合并."""
    done = unmerge(site_of(request).context, number, viewer.user)
    return _done(request, viewer, number, "unmerged", state=done.state.value)


@router.post("/taken-back")
def take_back(request: Request, viewer: Working, number: str, what: Text) -> Response:
    """撤销: the viewer's own last move, change of hands or urging."""
    if what not in UNDO:
        raise BadInput(what)
    done = UNDO[what](site_of(request).context, number, viewer.user)
    return _done(request, viewer, number, "taken-back" if done else "nothing", what=what)


@router.post("/verify")
def verify_result(request: Request, viewer: Working, number: str, passed: Text = "yes") -> Response:
    """结果验证."""
    verify(site_of(request).context, number, viewer.user, passed=passed == "yes")
    key = "verified" if passed == "yes" else "unverified"
    return _done(request, viewer, number, key, "verify", {"passed": "no" if passed == "yes" else "yes"})


@router.post("/vote")
def enter_vote(request: Request, viewer: Working, number: str, form: WholeForm) -> Response:
    """What the customer said about the result on the telephone."""
    done = vote_by_call(site_of(request).context, number, viewer.user, ballot_of(form))
    return _done(request, viewer, number, "voted", state=done.state.value)


@router.post("/promises")
def add_promise(request: Request, viewer: Working, number: str, words: Text = "", due: Text = "") -> Response:
    """承诺 by telephone."""
    site = site_of(request)
    made = give_promise(site.context, number, viewer.user.name, words, instant(site, due))
    return _done(
        request, viewer, number, "promise-given", f"promises/{made.id}", {"state": PromiseState.CANCELLED.value}
    )


@router.post("/promises/{promise_id}")
def change_promise(request: Request, viewer: Working, number: str, promise_id: RowId, state: Text) -> Response:
    """Kept, no longer owed, or owed again."""
    if state not in set(PromiseState):
        raise BadInput(state)
    done = move_promise(site_of(request).context, number, viewer.user.name, promise_id, PromiseState(state))
    undo = {"state": PromiseState.RUNNING.value} if state != PromiseState.RUNNING else None
    return _done(request, viewer, number, f"promise-{done.state}", f"promises/{promise_id}", undo)


@router.post("/analysis")
def change_analysis(request: Request, viewer: Working, number: str, form: WholeForm) -> Response:
    """需求分析."""
    context = site_of(request).context
    with context.store.read() as transaction:
        ticket = ticket_named(transaction, number)
        before = fields_of(transaction.analyses.of_ticket(ticket.id))
    after = fields_of(analyse(context, number, viewer.user.name, {k: v for k, v in form.items() if k in FIELDS}))
    undo = {name: before[name] for name in FIELDS if before[name] != after[name]}
    return _done(request, viewer, number, "analysed", "analysis", undo or None)


@router.post("/parts")
def add_part(
    request: Request,
    viewer: Working,
    number: str,
    department: Text = "",
    output: Text = "",
    person: Text = "",
    due: Text = "",
) -> Response:
    """协办."""
    site = site_of(request)
    asked = Asked(department=department, output=output, person=person, due=instant(site, due))
    part = ask_part(site.context, number, viewer.user.name, asked)
    return _done(request, viewer, number, "part-asked", f"parts/{part.id}", {"state": PartState.CANCELLED.value})


@router.post("/parts/{part_id}")
def change_part(request: Request, viewer: Working, number: str, part_id: RowId, state: Text) -> Response:
    """Done, no longer wanted, or asked again."""
    if state not in set(PartState):
        raise BadInput(state)
    move_part(site_of(request).context, number, part_id, viewer.user.name, PartState(state))
    undo = {"state": PartState.ASKED.value} if state != PartState.ASKED else None
    return _done(request, viewer, number, f"part-{state}", f"parts/{part_id}", undo)


@router.post("/extensions")
def add_extension(
    request: Request, viewer: Working, number: str, promise: Annotated[int, Form()], wanted: Text, reason: Text = ""
) -> Response:
    """申请延期."""
    site = site_of(request)
    until = instant(site, wanted)
    if until is None:
        raise BadInput("请选新的时间 (choose the new time)")
    asked = ask_extension(site.context, number, viewer.user, promise, until, reason)
    return _done(request, viewer, number, "extension-asked", f"extensions/{asked.id}", {"decision": "withdraw"})


@router.post("/extensions/{extension_id}")
def decide(
    request: Request, viewer: Working, number: str, extension_id: RowId, decision: Text, because: Text = ""
) -> Response:
    """The lead's word, or the request taken back."""
    context = site_of(request).context
    if decision not in DECISIONS:
        raise BadInput(decision)
    if decision == "withdraw":
        withdraw_extension(context, number, viewer.user, extension_id)
        return _done(request, viewer, number, "taken-back")
    verdict = Verdict(approved=decision != "refuse", because=because, by_call=decision == "by-call")
    decide_extension(context, number, viewer.user, extension_id, verdict)
    undo = {"decision": "withdraw"} if decision == "approve" else None
    return _done(request, viewer, number, f"extension-{decision}", f"extensions/{extension_id}", undo)


@router.post("/breach")
def say_breach(
    request: Request, viewer: Working, number: str, promise: Annotated[int, Form()], reason: Text = ""
) -> Response:
    """超时原因."""
    set_breach(site_of(request).context, number, viewer.user, promise, reason)
    return _done(request, viewer, number, "breach")


def ballot_of(form: dict[str, str]) -> Ballot:
    """A vote as a form has it. Raises ``BadInput``."""
    if form.get("satisfied") not in ("yes", "no"):
        raise BadInput("请选择是否解决 (say whether it is solved)")
    given = {name: form[name] for name in MARKS if form.get(name)}
    if not all(mark.isdecimal() and len(mark) == 1 for mark in given.values()):
        raise BadInput("评分为 1 到 5 (marks are 1 to 5)")
    marks = {name: int(mark) for name, mark in given.items()}
    return Ballot(satisfied=form["satisfied"] == "yes", marks=marks, words=form.get("words", ""))


def instant(site: Site, word: str) -> datetime | None:
    """A date and time of a form, in the desk's zone; None when the field is empty. Raises ``BadInput``."""
    if not word.strip():
        return None
    try:
        given = datetime.fromisoformat(word.strip())
    except ValueError:
        raise BadInput(f"不是时间：{word[:30]} (not a time)") from None
    return given if given.tzinfo else given.replace(tzinfo=site.context.desk().calendar.tz)


def _done(
    request: Request,
    viewer: Viewer,
    number: str,
    key: str,
    undo_path: str = "taken-back",
    undo: dict[str, str] | None = None,
    state: str = "",
    ended: Ended | None = None,
    what: str = "",
) -> Response:
    """A toast that offers to undo, in place of one that told of an earlier such step."""
    return _toast(
        request, viewer, number, key, "parts/toast_handled.html",
        {
            "undo_path": undo_path, "undo": undo, "state": state, "ended": ended,
            "what": what or (undo or {}).get("what", ""),
        },
    )  # fmt: skip


def _toast(request: Request, viewer: Viewer, number: str, key: str, template: str, told: dict[str, Any]) -> Response:
    """What was done, with what may be done next, and the news of it; a redirect without scripts."""
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tickets/{quote(number, safe='')}", status_code=303)
    page = site_of(request).page(request, template, viewer, **{"key": key, "number": number, **told})
    page.headers["HX-Trigger"] = json.dumps({"ticket-changed": {"number": number}, "ticket-handled": {"key": key}})
    return page
