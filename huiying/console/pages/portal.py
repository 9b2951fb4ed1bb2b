"""The customers' pages: write a demand and have its number, see how it stands by the link of our letters, urge."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlsplit

from fastapi import APIRouter, Depends, Form, UploadFile
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from core.domain.channel import BroughtMessage, Channel
from core.domain.errors import BadInput, Conflict, NotFound, TooManyFiles
from core.domain.filing import VerdictKind
from core.domain.mail import Address
from core.domain.seen import seen
from huiying.console.access import from_here
from huiying.console.portal_guard import TRAP, new_token, problem_of
from huiying.console.portal_words import PORTAL_WORDS
from huiying.console.site import Site, site_of
from huiying.console.uploads import LONGEST_TEXT, brought, in_full
from huiying.flows.portal import ACTOR, Standing, add_by_link, send_link, standing, urge_by_link
from huiying.flows.take_in import TakenIn, take_in
from responder.letters import letter_language
from responder.plain import first_sentence
from responder.wording import LANGUAGES, time_words, zone_words

router = APIRouter(include_in_schema=False, prefix="/help")
Text = Annotated[str, Form()]
"""As long as a form may be: what is too long is told beside the words, which a limit here would lose."""
Line = Annotated[str, Form(max_length=300)]
Here = Annotated[None, Depends(from_here)]


@router.get("")
def write(request: Request, lang: str = "") -> HTMLResponse:
    """The form."""
    return _page(request, _language(request, lang), given={})


@router.post("")
def send(
    request: Request,
    _here: Here,
    lang: str = "",
    name: Line = "",
    address: Line = "",
    subject: Line = "",
    text: Text = "",
    token: Line = "",
    website: Line = "",
    files: list[UploadFile] | None = None,
) -> Response:
    """Takes it in on the way of every message; the answer has its number."""
    site, language = site_of(request), _language(request, lang)
    given, say = {"name": name, "address": address, "subject": subject, "text": text}, PORTAL_WORDS[language]
    if problem := _wrong(given) or problem_of(site, request, {"token": token, TRAP: website}):
        # A program is told what it wants to hear, and nothing is kept.
        done = "kept" if problem == "trap" else ""
        return _page(request, language, given=given, problem="" if done else problem, done=done)
    boxes = site.context.desk().mailboxes
    if not boxes:
        return _page(request, language, given=given, problem="problem-off")
    read, whole = in_full(text, say)
    try:
        message = BroughtMessage(
            key=f"portal:{token}",
            channel=Channel.PORTAL,
            mailbox=_mailbox(site, request),
            at=site.context.now(),
            subject=subject.strip() or first_sentence(text),
            text=read,
            name=name.strip(),
            customer=Address(name=name.strip(), address=address.strip()),
            files=(*brought(files), *whole),
        )
        taken = take_in(site.context, message, ACTOR)
    except TooManyFiles:
        return _page(request, language, given=given, problem="problem-files")
    except Conflict:
        return _page(request, language, given=given, problem="problem-old")
    except BadInput:
        return _page(request, language, given=given, problem="problem-address")
    return _page(request, language, given={}, done="done" if taken.row.number else "kept", **_shown(site, taken))


@router.post("/find")
def find(
    request: Request,
    _here: Here,
    lang: str = "",
    number: Line = "",
    address: Line = "",
    token: Line = "",
    website: Line = "",
) -> Response:
    """Sends the link to the address if the ticket is its; the answer is the same whether it is or not."""
    site, language = site_of(request), _language(request, lang)
    problem = problem_of(site, request, {"token": token, TRAP: website})
    if not problem:
        send_link(site.context, number, address)
    shown = problem if problem not in ("", "trap") else ""
    return _page(request, language, given={}, problem=shown, done="" if shown else "found")


@router.get("/t/{tag}")
def see(request: Request, tag: str, lang: str = "") -> HTMLResponse:
    """How it stands; looking changes nothing: mail scanners open every link."""
    return _standing(request, tag, lang)


@router.post("/t/{tag}/urge")
def urge(request: Request, tag: str, _here: Here, lang: str = "", token: Line = "", website: Line = "") -> Response:
    """催一下."""
    site = site_of(request)
    if problem := problem_of(site, request, {"token": token, TRAP: website}):
        return _standing(request, tag, lang, problem=problem if problem != "trap" else "problem-old")
    try:
        done = urge_by_link(site.context, tag)
    except NotFound:
        return _standing(request, tag, lang)
    return _standing(request, tag, lang, said="urge-done" if done else "urge-known")


@router.post("/t/{tag}")
def add(
    request: Request,
    tag: str,
    _here: Here,
    lang: str = "",
    text: Text = "",
    token: Line = "",
    website: Line = "",
    files: list[UploadFile] | None = None,
) -> Response:
    """补充情况: something more about the same demand."""
    site = site_of(request)
    if problem := _wrong_text(text) or problem_of(site, request, {"token": token, TRAP: website}):
        return _standing(request, tag, lang, problem=problem if problem != "trap" else "problem-old", text=text)
    read, whole = in_full(text, PORTAL_WORDS[_language(request, lang)])
    try:
        add_by_link(site.context, tag, read, (*brought(files), *whole), f"portal:{token}")
    except TooManyFiles:
        return _standing(request, tag, lang, problem="problem-files", text=text)
    except NotFound:
        return _standing(request, tag, lang)
    except (BadInput, Conflict):
        return _standing(request, tag, lang, problem="problem-old", text=text)
    return _standing(request, tag, lang, said="added")


def _mailbox(site: Site, request: Request) -> str:
    """The mailbox whose customers' pages have this address, else the first one."""
    desk, host = site.context.desk(), request.headers.get("host", "")
    known = ((box.name, urlsplit(desk.letters.portal(box.name, "en")).netloc) for box in desk.mailboxes)
    return next((name for name, netloc in known if netloc and netloc == host), desk.mailboxes[0].name)


def _wrong(given: dict[str, str]) -> str:
    local, at, domain = given["address"].strip().rpartition("@")
    if not (local and at and "." in domain) or any(each.isspace() for each in given["address"].strip()):
        return "problem-address"
    return _wrong_text(given["text"])


def _wrong_text(text: str) -> str:
    if len(text) > LONGEST_TEXT:
        return "problem-long"
    return "" if seen(text) else "problem-text"


def _shown(site: Site, taken: TakenIn) -> dict[str, str]:
    """The number, and the ticket's page where it is a new ticket: who only claims an address sees no older one."""
    row = taken.row
    if not row.number:
        return {}
    new = row.verdict.startswith(VerdictKind.NEW.value)
    page = f"/help/t/{site.context.signer.page_tag(row.ticket_id)}" if new else ""
    return {"number": row.number, "see": page}


def _language(request: Request, wished: str) -> str:
    if wished in LANGUAGES:
        return wished
    first = request.headers.get("accept-language", "").split(",")[0].split(";")[0]
    return letter_language(first)


def _page(request: Request, language: str, **values: Any) -> HTMLResponse:  # noqa: ANN401  a template takes what it names
    site = site_of(request)
    problem = values.get("problem", "")
    status = 429 if problem == "problem-often" else 422 if problem else 200
    desk = site.context.desk()
    can_find = any(desk.letters.portal(box.name, "en") for box in desk.mailboxes)
    known = {"problem": "", "done": "", "number": "", "see": "", "can_find": can_find, **values}
    return site.page(
        request, "portal.html", None, language="en" if language == "en" else "zh-CN", status=status, tongue=language,
        tongues=LANGUAGES, say=PORTAL_WORDS[language], form_token=new_token(site), trap=TRAP, **known,
    )  # fmt: skip


def _standing(
    request: Request, tag: str, wished: str, *, said: str = "", problem: str = "", text: str = ""
) -> HTMLResponse:
    site = site_of(request)
    what: Standing | None = None
    try:
        what = standing(site.context, tag)
    except NotFound:
        problem = ""
    language = _language(request, wished or (letter_language(what.language) if what else ""))
    status = 404 if what is None else 429 if problem == "problem-often" else 422 if problem else 200
    return site.page(
        request, "portal_standing.html", None, language="en" if language == "en" else "zh-CN", status=status,
        tongue=language, tongues=LANGUAGES, say=PORTAL_WORDS[language], what=what, said=said, problem=problem,
        tag=tag, text=text, when=_Times(site, language), form_token=new_token(site), trap=TRAP,
    )  # fmt: skip


class _Times:
    """Says an instant as our letters do."""

    def __init__(self, site: Site, language: str) -> None:
        self._calendar, self._language = site.context.desk().calendar, language

    def __call__(self, instant: datetime) -> str:
        words = time_words(instant, self._calendar, self._language)
        zone = zone_words(self._calendar, instant, self._language)
        return f"{words} ({zone})" if self._language == "en" else f"{words}（{zone}）"
