"""Several tickets of the queue at once: claimed, confirmed, handed over, moved, called spam; and taken back."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.errors import BadInput
from core.domain.ticket import State
from huiying.console.access import Working
from huiying.console.pages.handling import instant
from huiying.console.problems import in_words
from huiying.console.site import Viewer, asks_for_fragment, site_of
from huiying.console.words import Words
from huiying.flows.many import Deed, Done, Several, do_to_many, take_many_back

router = APIRouter(include_in_schema=False)
Text = Annotated[str, Form()]
Texts = Annotated[list[str] | None, Form()]


@router.post("/queue/many")
def act_on_many(
    request: Request,
    viewer: Working,
    what: Text = "",
    chosen: Texts = None,
    to: Text = "",
    team: Text = "",
    why: Text = "",
    state: Text = State.ON_HOLD.value,
    until: Text = "",
    reason: Text = "",
) -> Response:
    """``why`` is the reason of a hand-over, ``reason`` that of a move."""
    site = site_of(request)
    if state not in set(State):
        raise BadInput(state)
    deed = Deed(
        what=what, to=to, team=team, state=State(state), until=instant(site, until),
        reason=why if what == "hand-over" else reason,
    )  # fmt: skip
    return _told(request, viewer, do_to_many(site.context, chosen or (), viewer.user, deed), undone=False)


@router.post("/queue/many/undo")
def take_back(request: Request, viewer: Working, what: Text = "", chosen: Texts = None, mark: Texts = None) -> Response:
    """撤销, of all that were changed together."""
    done = [Done(number=number, mark=of) for number, of in zip(chosen or (), mark or (), strict=False)]
    return _told(request, viewer, take_many_back(site_of(request).context, done, viewer.user, what), undone=True)


def _told(request: Request, viewer: Viewer, several: Several, *, undone: bool) -> Response:
    if not asks_for_fragment(request):
        return RedirectResponse("/queue", status_code=303)
    site = site_of(request)
    words = site.words(viewer.language)
    left_out = _by_reason(words, several)
    page = site.page(
        request, "parts/toast_many.html", viewer, words=words, several=several, left_out=left_out, undone=undone
    )
    page.headers["HX-Trigger"] = json.dumps({"ticket-changed": {}})
    return page


def _by_reason(words: Words, several: Several) -> dict[str, list[str]]:
    """The numbers of those that were left as they are, by why."""
    found: dict[str, list[str]] = {}
    for number, no in several.left_out:
        found.setdefault(in_words(words, no.code, no.message), []).append(number)
    return found
