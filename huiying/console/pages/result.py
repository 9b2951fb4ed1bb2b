"""The customers' page behind a result letter's link: a question without sign-in, whose answer is a POST, because mail
scanners open every link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.errors import BadInput, NotFound
from core.domain.ticket import State
from core.domain.vote import MARKS
from huiying.console.access import WholeForm, from_here
from huiying.console.customer_words import CUSTOMER_WORDS
from huiying.console.pages.handling import ballot_of
from huiying.console.site import site_of
from huiying.console.words import language_for
from huiying.flows.vote import Asked, asked, vote_by_link
from responder.letters import letter_language

router = APIRouter(include_in_schema=False, prefix="/r/{token}")


@router.get("")
def ask(request: Request, token: str) -> HTMLResponse:
    """The question; looking at it changes nothing."""
    return _page(request, token)


@router.post("")
def take(request: Request, token: str, form: WholeForm, _here: Annotated[None, Depends(from_here)]) -> Response:
    """The answer."""
    try:
        ticket = vote_by_link(site_of(request).context, token, ballot_of(form))
    except NotFound:
        return _page(request, token)
    except BadInput:
        return _page(request, token, problem="choose", status=422)
    thanks = {State.CLOSED: "thanks-yes", State.SECOND_TREATMENT: "thanks-no"}.get(ticket.state, "thanks-late")
    return _page(request, token, thanks=thanks)


def _page(request: Request, token: str, *, thanks: str = "", problem: str = "", status: int = 200) -> HTMLResponse:
    site = site_of(request)
    what: Asked | None = None
    try:
        what = asked(site.context, token)
    except NotFound:
        status = 404
    language = letter_language(what.language) if what else language_for(request.headers.get("accept-language", ""))
    return site.page(
        request, "result.html", None, status=status, language="en" if language == "en" else "zh-CN", tongue=language,
        say=CUSTOMER_WORDS[language], what=what, thanks=thanks, problem=problem, marks=MARKS, token_of=token,
    )  # fmt: skip
