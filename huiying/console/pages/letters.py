"""Letters: which there are in which language, how each reads, which are off, and the way back to earlier ones."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.errors import BadInput, NotFound
from huiying.console.access import Configuring, Looking
from huiying.console.headers import MAIL_POLICY
from huiying.console.letter_edit import OTHERS, read_as, require_letter
from huiying.console.letter_list import NEVER_OFF, ORDER, letter_rows, switched
from huiying.console.rule_life import check_folder, follow_folder, go_live, to_list
from huiying.console.site import site_of
from huiying.flows.difference import LETTER_PLACES
from huiying.flows.publish import rollback_places
from responder.sample import cases
from responder.wording import LANGUAGES

HISTORY = 12
LIST = "/letters"
router = APIRouter(include_in_schema=False, prefix=LIST)


@router.get("")
def letters(request: Request, viewer: Looking) -> HTMLResponse:
    """Every letter in every language, whose words are in force, and what was published."""
    site = site_of(request)
    context = site.context
    with context.store.read() as tx:
        history = tx.bundles.history(HISTORY)
    rows = letter_rows(context.desk(), viewer.language)
    return site.page(request, "letters.html", viewer, rows=rows, languages=LANGUAGES, history=history, others=OTHERS)


@router.get("/read/{name}/{language}")
def read(request: Request, viewer: Looking, name: str, language: str, ticket: str = "", case: str = "") -> HTMLResponse:
    """One letter as its customer reads it: with an invented ticket, or with a real one."""
    site = site_of(request)
    desk = site.context.desk()
    require_letter(desk, name, language)
    unknown = False
    try:
        found = read_as(site, desk, name, language, ticket=ticket.strip(), case=case)
    except NotFound:
        found, unknown = read_as(site, desk, name, language, case=case), True
    return site.page(
        request, "letter_read.html", viewer, name=name, tongue=language, languages=LANGUAGES, read=found,
        ticket=ticket, case=case, cases=tuple(cases((name,))), unknown=unknown,
        known=name in ORDER,
    )  # fmt: skip


@router.get("/read/{name}/{language}/html")
def read_html(
    request: Request,
    viewer: Looking,  # noqa: ARG001  signed in
    name: str,
    language: str,
    ticket: str = "",
    case: str = "",
) -> HTMLResponse:
    """The HTML part alone, for its frame."""
    site = site_of(request)
    desk = site.context.desk()
    require_letter(desk, name, language)
    found = read_as(site, desk, name, language, ticket=ticket.strip(), case=case)
    return as_mail(found.html if found else "")


def as_mail(html: str) -> HTMLResponse:
    """Shown as a mail program shows it: nothing runs, nothing is fetched."""
    headers = {"Content-Security-Policy": MAIL_POLICY, "X-Frame-Options": "SAMEORIGIN"}
    return HTMLResponse(html, headers=headers)


@router.post("/off")
def switch_off(
    request: Request, viewer: Configuring, name: Annotated[str, Form()], off: Annotated[str, Form()] = ""
) -> Response:
    """Switches a letter off or on again."""
    site = site_of(request)
    desk = site.context.desk()
    if name not in desk.letters.names or name in NEVER_OFF:
        raise BadInput(name[:60])
    wanted = desk.letters.fixed.off | {name} if off else desk.letters.fixed.off - {name}
    files = switched(desk.files, wanted)
    go_live(site, viewer, files, f"{name} {'off' if off else 'on'}", desk.bundle, "ok")
    return to_list(request, LIST)


@router.post("/rollback")
def roll_back(request: Request, viewer: Configuring, bundle: Annotated[str, Form()]) -> Response:
    """Takes the letters and the wording check of an earlier publication."""
    site = site_of(request)
    context = site.context
    check_folder(site, context.desk().files)
    _, desk = rollback_places(context, LETTER_PLACES, bundle, author=viewer.user.name, reason=f"letters of {bundle}")
    follow_folder(site, desk.files)
    return to_list(request, LIST)
