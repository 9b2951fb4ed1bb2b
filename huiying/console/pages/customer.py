"""What the desk knows of a ticket's customer, set from the ticket's page."""

from __future__ import annotations

import json
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Form
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from core.domain.errors import NotFound
from huiying.console.access import Working
from huiying.console.contact import contact_choices
from huiying.console.pages.actions import REASONS
from huiying.console.pages.ticket import bounced_address
from huiying.console.site import Viewer, asks_for_fragment, site_of
from huiying.flows.customer import set_customer
from huiying.flows.merge_customers import merge_customers, unmerge_customer

router = APIRouter(include_in_schema=False, prefix="/tickets/{number}")
Line = Annotated[str, Form(max_length=2_000)]


@router.post("/customer")
def change_customer(
    request: Request,
    viewer: Working,
    number: str,
    level: Line = "",
    tags: Line = "",
    company: Line = "",
    industry: Line = "",
    form_of_address: Line = "",
    phone: Line = "",
    manager: Line = "",
    prefers: Line = "",
    consent: Line = "",
    dates: Line = "",
) -> Response:
    """What stands in the form; an empty field is emptied, but for the number, which the form never shows: ``-`` takes
    it away."""
    wanted = {"level": level, "tags": tags, "company": company, "industry": industry, "form": form_of_address}
    wanted |= {"manager": manager, "prefers": prefers, "consent": consent, "dates": dates}
    if phone.strip():
        wanted["phone"] = phone
    set_customer(site_of(request).context, number, wanted, viewer.user.name)
    return customer_done(request, viewer, number)


@router.post("/customer/merge")
def merge_with(request: Request, viewer: Working, number: str, into: Line) -> Response:
    """合并客户: the ticket's customer is another address of the one who is named by address or ticket."""
    merge_customers(site_of(request).context, number, into, viewer.user)
    return customer_done(request, viewer, number)


@router.post("/customer/unmerge")
def unmerge_again(request: Request, viewer: Working, number: str) -> Response:
    """取消合并: the ticket's customer is what he was."""
    unmerge_customer(site_of(request).context, number, viewer.user)
    return customer_done(request, viewer, number)


def customer_done(request: Request, viewer: Viewer, number: str) -> Response:
    """What is known now, masked: the page leaves that block as it stands when the ticket changes, for what somebody
    writes or has revealed in it."""
    if not asks_for_fragment(request):
        return RedirectResponse(f"/tickets/{quote(number, safe='')}", status_code=303)
    site = site_of(request)
    with site.context.store.read() as transaction:
        detail = transaction.views.ticket(number)
    if detail is None:
        raise NotFound
    answer = site.page(
        request,
        "parts/contact.html",
        viewer,
        detail=detail,
        ticket=detail.ticket,
        revealed=False,
        reveal_reasons=REASONS,
        bounced=bounced_address(site, detail),
        **contact_choices(site),
    )
    answer.headers["HX-Trigger"] = json.dumps({"ticket-changed": {"number": number}})
    return answer
