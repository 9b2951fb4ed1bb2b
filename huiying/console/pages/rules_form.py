"""The form of one rule, 如果 … 则 …: it reads and writes the file's own YAML, and goes live as an edit of it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Depends
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from core.domain.bundle import Problem
from core.domain.errors import BadTemplate, NotFound
from core.domain.seen import seen
from core.settings.plain import Plain
from huiying.console.access import Configuring, Managing
from huiying.console.rule_edit import (
    CannotWrite,
    Edit,
    ReasonNeeded,
    begin_backtest,
    checked_path,
    is_tried,
    make_edit,
    what_was_checked,
)
from huiying.console.rule_fields import ROOT, FormMaker, Part, RuleSchema
from huiying.console.rule_form import Filled, act, find_entry, marks, read_form, with_rule
from huiying.console.rule_life import go_live, is_editable, job_page, to_list
from huiying.console.site import Site, Viewer, site_of
from huiying.flows.is_spam import spam_domain
from huiying.flows.publish import find_bundle
from responder.letters import LetterBook
from rules.schema import rule_schema
from rules.shipped import shipped_text

FIRST_FILE = "rules/20-own.yaml"
NEW: dict[str, Plain] = {
    "id": "",
    "title": "",
    "status": "trial",
    "when": {"text": {"contains_any": []}},
    "then": {},
    "examples": [{"text": "", "expect": {}}, {"text": "", "expect": "nothing"}],
}
router = APIRouter(include_in_schema=False, prefix="/rules/form")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What the form sends: where it stands, what a button asks for, and the rule itself."""

    file: str
    base: str
    entry: str
    button: str
    reason: str
    fields: tuple[tuple[str, str], ...]

    @property
    def filled(self) -> Filled:
        return read_form(self.fields)

    @property
    def picked(self) -> str:
        """What is chosen beside the button."""
        return dict(self.fields).get(f"pick:{self.button.partition(':')[2]}", "")


async def sent_form(request: Request) -> Sent:
    fields = tuple((name, one) for name, one in (await request.form()).multi_items() if isinstance(one, str))
    said = dict(fields)
    names = ("file", "base", "entry", "button", "reason")
    return Sent(fields=fields, **{name: said.get(name, "") for name in names})


TheForm = Annotated[Sent, Depends(sent_form)]


@router.get("")
def form(
    request: Request, viewer: Managing, file: str = "", rule: str = "", copy: str = "", spam: str = ""
) -> Response:
    """The form of a rule; without one, of a new rule; ``copy`` names a shipped rule to begin from, ``spam`` a ticket
    that was called spam."""
    site = site_of(request)
    desk = site.context.desk()
    files = sorted(path for path in desk.files.files if path.startswith("rules/") and is_editable(path))
    path = checked_path(file or (files[-1] if files else FIRST_FILE))
    found = find_entry(desk.files.files.get(path, ""), rule) if rule else None
    if rule and found is None:
        return RedirectResponse(f"/rules/edit?file={quote(path)}", status_code=303)
    shown: Plain = found[1].value if found else _copied(site, copy) if copy else _new(site, spam)
    maker = _maker(site, viewer)
    return site.page(
        request,
        "rules_form.html",
        viewer,
        file=path,
        files=files,
        entry=rule,
        base=desk.bundle,
        form=maker.form(shown),
        focus="" if rule else f"{ROOT}/title",
    )


@router.post("")
def change_form(request: Request, viewer: Configuring, sent: TheForm) -> HTMLResponse:
    """The form after a button of its was pressed: a place more, less, elsewhere or in another shape."""
    site = site_of(request)
    maker, rule = _maker(site, viewer), sent.filled.rule
    focus = act(rule, maker.schema, sent.button, sent.picked)
    made = maker.form(rule)
    return site.page(request, "parts/rule_form.html", viewer, form=made, focus=_leaf(made, focus))


@router.post("/check")
def check_form(request: Request, viewer: Configuring, sent: TheForm) -> HTMLResponse:
    """What the checker and the examples say, at its field; nothing is stored."""
    return _checked(request, viewer, sent, _edit(site_of(request), sent))


@router.post("/try")
def try_form(request: Request, viewer: Configuring, sent: TheForm) -> HTMLResponse:
    """Begins a backtest of the rule as the form says it."""
    site = site_of(request)
    found = _edit(site, sent)
    if found is None or found.desk is None or found.problems:
        return _checked(request, viewer, sent, found)
    return job_page(request, viewer, begin_backtest(site, found.desk))


@router.post("/publish")
def publish_form(request: Request, viewer: Configuring, sent: TheForm) -> Response:
    """Makes the rule live, in the way of any edit."""
    if not seen(sent.reason):
        raise ReasonNeeded
    site = site_of(request)
    found = _edit(site, sent)
    if found is None or found.problems:
        return _checked(request, viewer, sent, found)
    if found.desk is not None and not is_tried(site, found):
        return job_page(request, viewer, begin_backtest(site, found.desk, asked=False))
    go_live(site, viewer, found.files, sent.reason.strip(), sent.base, what_was_checked(site, found))
    return to_list(request)


def _maker(site: Site, viewer: Viewer) -> FormMaker:
    desk = site.context.desk()
    schema = RuleSchema(whole=rule_schema(desk.taxonomy, desk.letters.for_arrivals))
    titles = {name: _title(desk.letters, name, viewer.language) for name in desk.letters.for_arrivals}
    return FormMaker(schema=schema, words=site.words(viewer.language), letters=titles)


def _title(letters: LetterBook, name: str, language: str) -> str:
    try:
        return letters.letter(name, language).title
    except BadTemplate:
        return ""  # written in other languages alone


def _new(site: Site, spam: str = "") -> Plain:
    """The frame of a rule, with an id that nobody has; of a ticket that was called spam a rule about its domain."""
    taken = {rule.id for rule in site.context.desk().book.rules}
    number = next(number for number in range(1, len(taken) + 2) if f"rule-{number}" not in taken)
    return {**NEW, "id": f"rule-{number}"} | (_about_spam(site, spam) if spam else {})


def _about_spam(site: Site, number: str) -> dict[str, Plain]:
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    domain = spam_domain(detail) if detail else ""
    if not domain:
        raise NotFound
    examples: list[Plain] = [
        {"from": f"info@{domain}", "text": "…", "expect": {"spam": "yes"}},
        {"from": "info@example.com", "text": "…", "expect": "nothing"},
    ]
    when: Plain = {"sender": {"domain": [domain]}}
    return {"title": f"垃圾邮件：{domain}", "when": when, "then": {"spam": "yes"}, "examples": examples}


def _copied(site: Site, rule: str) -> Plain:
    """A shipped rule as a local one, which takes its place."""
    shipped = next((one for one in site.context.desk().book.rules if one.id == rule and one.builtin), None)
    found = find_entry(shipped_text(shipped.file), rule) if shipped is not None else None
    if found is None:
        raise NotFound
    return found[1].value


def _edit(site: Site, sent: Sent) -> Edit | None:
    """The edit that the form means; None while a part of it that is written as YAML cannot be read."""
    path, filled = checked_path(sent.file), sent.filled
    if filled.unreadable:
        return None
    content = find_bundle(site.context, sent.base).files.get(path, "")
    try:
        return make_edit(site, path, sent.base, with_rule(content, sent.entry, filled.rule))
    except ValueError as error:
        raise CannotWrite from error


def _checked(request: Request, viewer: Viewer, sent: Sent, edit: Edit | None) -> HTMLResponse:
    site, filled = site_of(request), sent.filled
    made = _maker(site, viewer).form(filled.rule)
    parts = {part.path: part for part in _all(made)}
    marked: dict[str, list[Problem]] = {path: list(found) for path, found in filled.unreadable.items()}
    if edit is not None and isinstance(filled.rule, dict):
        name = str(filled.rule.get("id", ""))
        mine = [one for one in edit.problems if one.file == edit.file]
        marked = marks(edit.files.files[edit.file], name, mine, parts)
    return site.page(request, "parts/rule_form_check.html", viewer, edit=edit, parts=parts.values(), marked=marked)


def _all(part: Part) -> list[Part]:
    return [part, *(inner for one in part.parts for inner in _all(one))]


def _leaf(form: Part, path: str) -> str:
    """The first place at or below a path that takes words."""
    below = [one.path for one in _all(form) if one.path == path or one.path.startswith(path + "/")]
    leaves = {one.path for one in _all(form) if not one.parts}
    return next((one for one in below if one in leaves), path)
