"""Decides whether a public form is taken: ours and not stale, filled in by a person, and not too often (no cookie)."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from starlette.requests import Request

from huiying.console.caller import network_of
from huiying.console.site import Site
from huiying.flows.ports import People

WINDOW = timedelta(hours=1)
MOST_FOR_ADDRESS = 20
"""Forms from one network address in the window: a company's people share one."""
MOST_FOR_ALL = 600
"""Forms from everywhere: a flood must not fill the desk."""
YOUNGEST, OLDEST = timedelta(seconds=2), timedelta(hours=12)
"""A form that comes back at once was filled in by a program; one that lay for a day may be replayed."""
TRAP = "website"
"""A field that people do not see; programs fill it in."""


def new_token(site: Site) -> str:
    return site.context.signer.form_token(int(site.context.now().timestamp()), secrets.token_hex(12))


def problem_of(site: Site, request: Request, form: dict[str, str]) -> str:
    """Why the form is not taken, as a code of ``PORTAL_WORDS``; ``trap`` where a program sent it; '' when it is."""
    now = site.context.now()
    minted = site.context.signer.read_form_token(form.get("token", ""))
    if form.get(TRAP):
        return "trap"
    if minted is None or now.timestamp() - minted > OLDEST.total_seconds():
        return "problem-old"
    if now.timestamp() - minted < YOUNGEST.total_seconds():
        return "trap"
    site.proxy.take(site.context, request)
    with site.context.store.write() as tx:
        return "" if _may(tx.people, network_of(request), now) else "problem-often"


def _may(people: People, host: str, now: datetime) -> bool:
    """Counts this form for its network address and for all; the store keeps an HMAC of the address."""
    for key, most in ((f"portal:{host}", MOST_FOR_ADDRESS), ("portal:", MOST_FOR_ALL)):
        if people.failed_sign_ins(key, now - WINDOW) >= most:
            return False
    for key in (f"portal:{host}", "portal:"):
        people.note_sign_in(key, now, failed=True)
    return True
