"""The editor of letters: the checker's words at their lines, how it reads while it is written, and its publication."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.errors import NotFound
from core.domain.seen import seen
from huiying.console.access import Configuring, Managing
from huiying.console.letter_edit import LETTER, LetterEdit, begin_with, checked_file, make_letter_edit, read_as
from huiying.console.pages.letters import LIST, as_mail
from huiying.console.rule_edit import ReasonNeeded
from huiying.console.rule_life import go_live, to_list
from huiying.console.site import Site, site_of
from huiying.flows.preview import Preview
from responder.letters import shipped_letters
from responder.sample import cases

router = APIRouter(include_in_schema=False, prefix=LIST)
Text = Annotated[str, Form()]


@router.get("/edit")
def edit(request: Request, viewer: Managing, file: str) -> HTMLResponse:
    """The editor of one file."""
    site = site_of(request)
    path, desk = checked_file(file), site.context.desk()
    found = LETTER.fullmatch(path)
    name = found[1] if found else ""
    return site.page(
        request, "letters_edit.html", viewer, file=path, content=begin_with(site, path), base=desk.bundle,
        own=path in desk.files.files, shipped=path in shipped_letters(), is_letter=bool(name),
        cases=tuple(cases((name,))) if name else (),
    )  # fmt: skip


@router.post("/check")
def check(
    request: Request,
    viewer: Configuring,
    file: Text,
    base: Text,
    content: Text = "",
    ticket: Text = "",
    case: Text = "",
) -> HTMLResponse:
    """What the checkers say, each at its line, the differences, and how it reads; nothing is stored."""
    site = site_of(request)
    found = make_letter_edit(site, file, base, content)
    return site.page(
        request, "parts/letter_check.html", viewer, edit=found, read=_read(site, found, ticket, case), published=False
    )


@router.post("/html")
def as_html(
    request: Request,
    viewer: Configuring,  # noqa: ARG001  signed in, no forgery
    file: Text,
    base: Text,
    content: Text = "",
    ticket: Text = "",
    case: Text = "",
) -> HTMLResponse:
    """The HTML part of the edit, for the frame beside it."""
    site = site_of(request)
    read = _read(site, make_letter_edit(site, file, base, content), ticket, case)
    return as_mail(read.html if read else "")


@router.post("/publish")
def publish_edit(
    request: Request, viewer: Configuring, file: Text, base: Text, content: Text = "", reason: Text = ""
) -> Response:
    """Makes the edit live if it is sound and nobody published meanwhile; the folder follows."""
    if not seen(reason):
        raise ReasonNeeded
    site = site_of(request)
    found = make_letter_edit(site, file, base, content)
    if found.problems:
        return site.page(request, "parts/letter_check.html", viewer, edit=found, read=None, published=False)
    said = f"wording: {len(found.findings)}" if found.findings else "ok"
    go_live(site, viewer, found.files, reason.strip(), base, said)
    return to_list(request, LIST)


def _read(site: Site, found: LetterEdit, ticket: str, case: str) -> Preview | None:
    """How the edit reads; with an invented ticket where there is none of that number."""
    if found.desk is None or found.problems or not found.name:
        return None
    try:
        return read_as(site, found.desk, found.name, found.language, ticket=ticket.strip(), case=case)
    except NotFound:
        return read_as(site, found.desk, found.name, found.language, case=case)
