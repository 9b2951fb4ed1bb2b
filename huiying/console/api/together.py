"""The REST API's part about what belongs together: several tickets of one outage, several addresses of one customer."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter
from pydantic import AwareDatetime, BaseModel, Field
from starlette.requests import Request

from core.domain.ticket import Customer, State
from core.domain.views import MOST_ROWS
from core.text.mask import mask_address
from huiying.console.api.access import SCHEMES, ApiWorking
from huiying.console.api.body import JsonRoute
from huiying.console.api.v1 import PROBLEMS
from huiying.console.site import site_of
from huiying.flows.link_many import Linked, link_many, unlink_many
from huiying.flows.many import Deed, do_to_many
from huiying.flows.merge_customers import merge_customers, unmerge_customer

router = APIRouter(prefix="/api/v1", dependencies=SCHEMES, route_class=JsonRoute)
Number = Annotated[str, Field(max_length=64)]
Numbers = Annotated[list[Number], Field(min_length=1, max_length=MOST_ROWS)]
Name = Annotated[str, Field(max_length=320)]


class LinksIn(BaseModel):
    """Without ``main`` the earliest of them is the main ticket."""

    numbers: Numbers
    main: Number = ""


class UnlinksIn(BaseModel):
    numbers: Numbers
    main: Number


class LinksOut(BaseModel):
    """``linked`` are those that follow the main ticket now (or no longer do), ``left_out`` those that were left as they
    are: they follow another one, or cannot be linked."""

    main: str
    linked: list[str]
    left_out: list[str]


class SeveralIn(BaseModel):
    """``to`` and ``team`` are whom a hand-over goes to; ``state`` is where a move leads, ``until`` when a hold or a
    snooze ends by itself; one ``reason`` for all."""

    numbers: Numbers
    what: Literal["claim", "confirm", "hand-over", "move", "snooze", "spam"]
    to: Annotated[str, Field(max_length=64)] = ""
    team: Annotated[str, Field(max_length=500)] = ""
    state: Literal["open", "waiting_customer", "waiting_internal", "on_hold", "withdrawn"] = "on_hold"
    until: AwareDatetime | None = None
    reason: Annotated[str, Field(max_length=500)] = ""


class LeftOut(BaseModel):
    number: str
    code: str
    detail: str


class SeveralOut(BaseModel):
    """``already`` are those on which nothing was left to do."""

    done: list[str]
    already: list[str]
    left_out: list[LeftOut]


class CustomersIn(BaseModel):
    """Each customer by his mail address or the number of a ticket of his."""

    who: Name
    into: Name


class CustomerIn(BaseModel):
    who: Name


class CustomerOut(BaseModel):
    address: str
    name: str
    level: str
    merged: bool


@router.post("/links", responses=PROBLEMS, tags=["handling"])
def add_links(request: Request, viewer: ApiWorking, body: LinksIn) -> LinksOut:
    """关联: several tickets become one outage. The same again changes nothing and answers the same."""
    return _links(link_many(site_of(request).context, body.numbers, body.main, viewer.user))


@router.post("/unlinks", responses=PROBLEMS, tags=["handling"])
def take_links_back(request: Request, viewer: ApiWorking, body: UnlinksIn) -> LinksOut:
    """Each is linked as it was before, and so is what went along with it."""
    return _links(unlink_many(site_of(request).context, body.numbers, body.main, viewer.user))


@router.post("/several", responses=PROBLEMS, tags=["handling"])
def handle_several(request: Request, viewer: ApiWorking, body: SeveralIn) -> SeveralOut:
    """Several tickets at once, each as if alone: what cannot be changed is left as it is and named, the rest is
    done."""
    deed = Deed(
        what=body.what, to=body.to, team=body.team, state=State(body.state), until=body.until, reason=body.reason
    )
    several = do_to_many(site_of(request).context, body.numbers, viewer.user, deed)
    return SeveralOut(
        done=[one.number for one in several.done],
        already=list(several.already),
        left_out=[LeftOut(number=number, code=no.code, detail=no.message) for number, no in several.left_out],
    )


@router.post("/customers/merges", responses=PROBLEMS, tags=["customers"])
def add_customer_merge(request: Request, viewer: ApiWorking, body: CustomersIn) -> CustomerOut:
    """合并客户: ``who`` is one more address of ``into``; 422 when they are one customer already."""
    return _customer(merge_customers(site_of(request).context, body.who, body.into, viewer.user))


@router.post("/customers/unmerges", responses=PROBLEMS, tags=["customers"])
def add_customer_unmerge(request: Request, viewer: ApiWorking, body: CustomerIn) -> CustomerOut:
    """He stands for himself again, as he was; 422 when he is not merged."""
    return _customer(unmerge_customer(site_of(request).context, body.who, viewer.user))


def _links(done: Linked) -> LinksOut:
    return LinksOut(main=done.main, linked=[*done.done, *done.already], left_out=list(done.left_out))


def _customer(done: Customer) -> CustomerOut:
    """Contact data is masked: whoever wants it asks for it with a reason."""
    address = mask_address(done.address.address) if done.address else ""
    return CustomerOut(address=address, name=done.name, level=done.level, merged=bool(done.merged_into))
