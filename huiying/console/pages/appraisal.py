"""The customers' page behind the link of a letter that asks for an appraisal: shown without sign-in, answered by a
POST, because mail scanners open every link."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.appraisal import DIMENSIONS, MOST_MARK
from core.domain.errors import BadInput, NotFound
from huiying.console.access import WholeForm, Working, from_here
from huiying.console.customer_words import CUSTOMER_WORDS
from huiying.console.pages.customer import customer_done
from huiying.console.site import site_of
from huiying.console.words import language_for
from huiying.flows.appraise import Opinion, OpinionAsked, appraise_by_call, appraise_by_link, opinion_asked
from responder.letters import letter_language
from responder.wording import period_words

router = APIRouter(include_in_schema=False)
_MARKS = tuple(map(str, range(1, MOST_MARK + 1)))


@router.get("/s/{token}")
def ask(request: Request, token: str) -> HTMLResponse:
    """The question, with the answer so far; looking at it changes nothing."""
    return _page(request, token)


@router.post("/s/{token}")
def take(request: Request, token: str, form: WholeForm, _here: Annotated[None, Depends(from_here)]) -> Response:
    """The answer."""
    try:
        appraise_by_link(site_of(request).context, token, opinion_of(form))
    except NotFound:
        return _page(request, token)
    except BadInput:
        return _page(request, token, problem="survey-choose", status=422)
    return _page(request, token, thanks=True)


@router.post("/tickets/{number}/appraisal")
def enter(request: Request, viewer: Working, number: str, form: WholeForm) -> Response:
    """What the customer said on the telephone."""
    appraise_by_call(site_of(request).context, number, viewer.user, form.get("term", ""), opinion_of(form))
    return customer_done(request, viewer, number)


def opinion_of(form: dict[str, str]) -> Opinion:
    """As a form has it. Raises ``BadInput``."""
    given = {name: form[name] for name in DIMENSIONS if form.get(name)}
    if not all(mark in _MARKS for mark in given.values()):
        raise BadInput("评分为 1 到 5 (marks are 1 to 5)")
    marks = {name: int(mark) for name, mark in given.items()}
    return Opinion(marks=marks, words=form.get("words", ""), improvement=form.get("improvement", ""))


def _page(request: Request, token: str, *, thanks: bool = False, problem: str = "", status: int = 200) -> HTMLResponse:
    site = site_of(request)
    what: OpinionAsked | None = None
    try:
        what = opinion_asked(site.context, token)
    except NotFound:
        status = 404
    language = letter_language(what.language) if what else language_for(request.headers.get("accept-language", ""))
    return site.page(
        request, "appraisal.html", None, status=status, language="en" if language == "en" else "zh-CN",
        tongue=language, say=CUSTOMER_WORDS[language], what=what, thanks=thanks, problem=problem, dimensions=DIMENSIONS,
        token_of=token, period=period_words(what.term, language) if what else "",
        given=dict(what.given.marks) if what and what.given else {},
    )  # fmt: skip
