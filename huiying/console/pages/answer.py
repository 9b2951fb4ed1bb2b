"""The answer form of a ticket: write, have the words checked, send, take back; note something, log a call."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.errors import AnsweredMeanwhile, NotFound
from core.domain.letter import LetterFile, LetterState
from core.domain.ticket import State
from huiying.console.access import Looking, RowId, Working
from huiying.console.pages.handling import instant
from huiying.console.site import Viewer, asks_for_fragment, site_of
from huiying.console.uploads import chosen
from huiying.flows.answer import MOST_FILES, MOST_OCTETS, UNDO, Draft, answer, log_call, look_over, note
from huiying.flows.answer_linked import Answered, answer_all, take_all_back
from huiying.flows.fitting_articles import take_into_answer
from huiying.flows.next_step import next_step
from huiying.flows.preview import LEAVES, agent_letters, template_text
from responder.wording_check import levels_of

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")

Text = Annotated[str, Form()]


@router.post("/answer/check")
def check(
    request: Request,
    viewer: Working,
    number: str,
    text: Text = "",
    then: Text = "",
    files: list[UploadFile] | None = None,
    owed: Annotated[list[int] | None, Form()] = None,
    keeps: Annotated[list[int] | None, Form()] = None,
) -> HTMLResponse:
    """What to look at in the draft, the commitments that would become promises, and the earlier ones that it would
    keep: what somebody has ticked, or has not, stays so while he writes."""
    site = site_of(request)
    look = look_over(site.context, number, text, len(chosen(files)), then=_state(then))
    ticked = {p.id for p, by_words in look.owed if (p.id in (keeps or ()) if p.id in (owed or ()) else by_words)}
    return site.page(request, "parts/look_over.html", viewer, look=look, levels=levels_of(look.findings), ticked=ticked)


@router.get("/answer/template")
def template(request: Request, viewer: Looking, number: str, name: str = "") -> Response:
    """A letter's words for the form, filled in for this ticket, and the state that it would leave it in."""
    text = template_text(site_of(request).context, number, name) if name in _names(request, viewer) else None
    if text is None:
        raise NotFound
    begin = {"text": text, "then": LEAVES.get(name, State.OPEN).value}
    return Response(status_code=200, headers={"HX-Trigger": json.dumps({"answer-back": begin})})


@router.post("/answer/article")
def take_article(request: Request, viewer: Working, number: str, article: Text = "") -> Response:
    """What an article says, for the form, in the customer's language; it counts as used. Nothing for no choice,
    and without scripts the article itself."""
    site = site_of(request)
    if not article:
        return Response(status_code=204)
    if not asks_for_fragment(request):
        return RedirectResponse(f"/knowledge/{quote(article, safe='')}", status_code=303)
    text = take_into_answer(site.context, number, article)
    return site.page(request, "parts/toast_article.html", viewer, article=article, text=text)


@router.post("/answer")
def send(
    request: Request,
    viewer: Working,
    number: str,
    text: Text = "",
    then: Text = State.OPEN.value,
    sure: Text = "",
    promised: Annotated[list[int] | None, Form()] = None,
    files: list[UploadFile] | None = None,
    also: Text = "",
    owed: Annotated[list[int] | None, Form()] = None,
    keeps: Annotated[list[int] | None, Form()] = None,
    seen: Annotated[list[int] | None, Form()] = None,
) -> Response:
    """Queues the letter, and with ``also`` one for each ticket that follows this one, and offers to take it back. Asks
    first when somebody else has answered since the page was opened; ``seen`` are the messages that its user knows
    of."""
    site = site_of(request)
    draft = Draft(
        text=text, then=_state(then), promised=tuple(promised or ()), sure=bool(sure), files=_read(files),
        keeps=tuple(keeps or ()), leaves=tuple(set(owed or ()) - set(keeps or ())), seen=max(seen) if seen else None,
    )  # fmt: skip
    try:
        done = answer_all(site.context, number, viewer.user, draft) if also else None
        letter = done.letter if done else answer(site.context, number, viewer.user, draft)
    except AnsweredMeanwhile as newer:
        if not asks_for_fragment(request):
            raise
        asking = site.page(request, "parts/meanwhile.html", viewer, newer=newer, status=422)
        asking.headers.update({"HX-Retarget": "#meanwhile", "HX-Reswap": "innerHTML"})
        return asking
    return _answer(
        request,
        viewer,
        number,
        {"ticket-changed": {"number": number}, "answer-sent": {"number": number}},
        letter=letter.id,
        held=letter.state is LetterState.HELD,
        seconds=int(UNDO.total_seconds()),
        key="answer.queued",
        answered=done,
    )


@router.post("/answer/{letter_id}/take-back")
def undo_answer(request: Request, viewer: Working, number: str, letter_id: RowId) -> Response:
    """撤回: possible until the letter leaves; its text comes back into the form."""
    site = site_of(request)
    done = take_all_back(site.context, number, letter_id, viewer.user)
    with site.context.store.read() as transaction:
        letter = transaction.outbox.intent(letter_id) if done else None
    events: dict[str, dict[str, str]] = {"ticket-changed": {"number": number}}
    # As it was written, not as the conversation shows it; in the page, as headers are short and are logged.
    back = letter.variables.get("body", "") if letter else ""
    return _answer(request, viewer, number, events, key="answer.taken-back" if done else "answer.too-late", back=back)


@router.post("/note")
def add_note(
    request: Request, viewer: Working, number: str, text: Text = "", files: list[UploadFile] | None = None
) -> Response:
    """内部备注, with its files."""
    note(site_of(request).context, number, viewer.user, text, _read(files))
    events = {"ticket-changed": {"number": number}, "answer-sent": {"number": number}}
    return _answer(request, viewer, number, events, key="answer.noted")


@router.post("/call")
def add_call(
    request: Request,
    viewer: Working,
    number: str,
    outcome: Text = "",
    text: Text = "",
    keeps: Annotated[list[int] | None, Form()] = None,
    follows: Annotated[str, Form(alias="next")] = "",
    team: Text = "",
    due: Text = "",
    todo: Text = "",
    task: Annotated[int, Form(ge=0, lt=2**63)] = 0,
) -> Response:
    """记一次通话 with its next step; a customer who was reached has had his first response."""
    site = site_of(request)
    step = next_step(follows, team, instant(site, due), todo, task)
    log_call(site.context, number, viewer.user, outcome, text, keeps or (), step)
    events = {"ticket-changed": {"number": number}, "call-logged": {"number": number}}
    return _answer(request, viewer, number, events, key="answer.called")


def _names(request: Request, viewer: Viewer) -> tuple[str, ...]:
    return tuple(name for name, _ in agent_letters(site_of(request).context.desk(), viewer.language))


def _state(then: str) -> State:
    """``NEW`` for a word that is none: no letter leaves its ticket so."""
    return State(then) if then in set(State) else State.NEW


def _read(files: list[UploadFile] | None) -> tuple[LetterFile, ...]:
    """At most one octet more than is allowed is read of each."""
    return tuple(
        LetterFile(name=file.filename or "", type=file.content_type or "", data=file.file.read(MOST_OCTETS + 1))
        for file in chosen(files)[: MOST_FILES + 1]
    )


def _answer(
    request: Request,
    viewer: Viewer,
    number: str,
    events: dict[str, dict[str, str]],
    *,
    key: str,
    letter: int = 0,
    held: bool = False,
    seconds: int = 0,
    back: str = "",
    answered: Answered | None = None,
) -> Response:
    """A toast and the news that the ticket changed; a redirect without scripts."""
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tickets/{quote(number, safe='')}", status_code=303)
    page = site_of(request).page(
        request,
        "parts/toast_answer.html",
        viewer,
        key=key,
        letter=letter,
        held=held,
        seconds=seconds,
        number=number,
        back=back,
        answered=answered,
    )
    page.headers["HX-Trigger"] = json.dumps(events)
    return page
