"""Tickets of one outage are linked to a main one by hand; each stays a ticket of its own."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.people import Role, User
from core.domain.promise import LIVE
from huiying.flows.link import link, undo_link
from huiying.flows.merge import merge
from tests.factories.pipeline import Office, a_mail

LI = User(id=1, name="li", role=Role.AGENT)
SUN = User(id=2, name="sun", role=Role.AGENT)
AUDITOR = User(id=4, name="aud", role=Role.AUDITOR)


@pytest.fixture
def three(office: Office) -> list[str]:
    senders = ("wang@example.cn", "li@other.cn", "sun@third.cn")
    return [
        row.number for row in office.bring(*(a_mail(sender=one, mid=f"m{at}@x.cn") for at, one in enumerate(senders)))
    ]


def test_a_linked_ticket_stays_one_of_its_own(office: Office, three: list[str]) -> None:
    """Both name each other; its clocks run on, and its customer's reply goes to it, not to the main one."""
    main, other, _ = three
    running = [p.id for p in office.ticket(other).promises if p.state in LIVE]
    link(office.ctx, other, main, LI)
    assert [number for _, number in office.ticket(main).linked] == [other]
    assert [number for _, number in office.ticket(other).linked] == [main]
    assert [p.id for p in office.ticket(other).promises if p.state in LIVE] == running
    assert len(office.ticket(main).conversation) == 1
    [row] = office.bring(
        a_mail(subject="Re", body="还是不行。", sender="li@other.cn", mid="r1@x.cn", reply_to=["m1@x.cn"])
    )
    assert row.number == other


def test_a_link_is_changed_and_taken_away(office: Office, three: list[str]) -> None:
    """Each time the trail says from what to what; the same link again writes nothing."""
    main, other, third = three
    for to in (main, main, third, "-"):
        link(office.ctx, other, to, LI)
    lines = [dict(line.details) for line in office.ticket(other).audit if line.action == "ticket.linked"]
    by = {"because": "linked: by li"}
    assert lines == [{"to": main}, {"to": third, "before": main, **by}, {"to": "-", "before": third, **by}]
    ticket = office.ticket(other).ticket
    assert (ticket.linked_to, ticket.linked_because) == (0, "")


def test_what_cannot_be_linked(office: Office, three: list[str]) -> None:
    """To itself, to one that follows it, to none that is, without the right, or when it is merged."""
    main, other, third = three
    link(office.ctx, other, main, LI)
    for number, to, error in (
        (main, main, BadInput),
        (main, other, BadInput),
        (third, "20990101001", NotFound),
    ):
        with pytest.raises(error):
            link(office.ctx, number, to, LI)
    with pytest.raises(NotPermitted):
        link(office.ctx, third, main, AUDITOR)
    merge(office.ctx, third, main, LI)
    for number, to in ((third, main), (third, "-"), (other, third)):
        with pytest.raises(BadInput):
            link(office.ctx, number, to, LI)
    assert office.ticket(main).merged


def test_there_is_one_main_ticket(office: Office, three: list[str]) -> None:
    """Whoever names a ticket that follows another means that other, and what followed a ticket goes along with it."""
    main, other, third = three
    link(office.ctx, third, other, LI)
    link(office.ctx, other, main, LI)
    assert [number for _, number in office.ticket(main).linked] == [other, third]
    assert [dict(line.details) for line in office.ticket(third).audit if line.action == "ticket.linked"] == [
        {"to": other}, {"to": main, "before": other, "because": "linked: by li", "along": other},
    ]  # fmt: skip
    link(office.ctx, third, "-", LI)
    assert link(office.ctx, third, other, LI).linked_to == office.ticket(main).ticket.id


def test_undo_brings_back_what_went_along(office: Office, three: list[str]) -> None:
    """Followers follow again whom they followed, whoever had linked them; what came to the main ticket otherwise stays.
    Said once more it finds nothing to take back."""
    main, other, third = three
    [fourth] = office.bring(a_mail(sender="zhao@fourth.cn", mid="m4@x.cn"))
    link(office.ctx, fourth.number, main, LI)
    link(office.ctx, third, other, SUN)
    before = office.ticket(third).ticket
    link(office.ctx, other, main, LI)
    assert undo_link(office.ctx, third, LI) is None
    with pytest.raises(NotPermitted):
        undo_link(office.ctx, other, AUDITOR)
    back = undo_link(office.ctx, other, LI)
    assert back is not None and (back.linked_to, back.linked_because) == (0, "")
    after = office.ticket(third).ticket
    assert (after.linked_to, after.linked_because) == (before.linked_to, "linked: by sun")
    assert [number for _, number in office.ticket(main).linked] == [fourth.number]
    assert undo_link(office.ctx, other, LI) is None


def test_undo_restores_the_link_that_a_mail_made(office: Office, three: list[str]) -> None:
    """A stranger's mail named a ticket: that link and its reason are there again, also after a link to none."""
    _, other, _ = three
    [late] = office.bring(a_mail(subject="Re", sender="no@stranger.cn", mid="s1@x.cn", reply_to=["m0@x.cn"]))
    before = office.ticket(late.number).ticket
    for to in (other, "-"):
        link(office.ctx, late.number, to, LI)
        undo_link(office.ctx, late.number, LI)
        after = office.ticket(late.number).ticket
        assert (after.linked_to, after.linked_because, after.follows) == (
            before.linked_to,
            before.linked_because,
            False,
        )
    assert before.linked_because.startswith("linked: reply:known-id")


def test_undo_knows_its_own_link_only(office: Office, three: list[str]) -> None:
    """What happened since stands: another link, a merge, or a main ticket that follows another one now."""
    main, other, third = three
    link(office.ctx, other, main, LI)
    link(office.ctx, other, third, SUN)
    assert undo_link(office.ctx, other, LI, main=main) is None
    link(office.ctx, main, third, SUN)
    back = undo_link(office.ctx, other, LI)
    assert back is not None and back.linked_to == office.ticket(third).ticket.id
    merge(office.ctx, other, third, LI)
    assert undo_link(office.ctx, other, LI) is None


def test_undo_makes_no_chain_and_no_ring(office: Office, three: list[str]) -> None:
    """A link is not restored to a ticket that follows this one now, nor of one that others have come to follow; what
    went along comes back whichever of them is older."""
    main, other, third = three
    link(office.ctx, main, other, LI)
    link(office.ctx, main, "-", LI)
    link(office.ctx, other, main, LI)
    assert undo_link(office.ctx, main, LI) is None
    link(office.ctx, other, "-", LI)
    link(office.ctx, third, main, LI)
    assert undo_link(office.ctx, main, LI) is None
    assert office.ticket(main).ticket.linked_to == 0
    link(office.ctx, third, "-", LI)
    link(office.ctx, other, third, LI)
    link(office.ctx, third, main, LI)
    undo_link(office.ctx, third, LI)
    assert [number for _, number in office.ticket(third).linked] == [other]


def test_a_reply_from_long_ago_may_be_the_main_ticket(office: Office, three: list[str]) -> None:
    """That a mail named another ticket is no link by choice."""
    main, other, _ = three
    [late] = office.bring(a_mail(subject="Re", sender="no@stranger.cn", mid="s1@x.cn", reply_to=["m0@x.cn"]))
    assert (late.number != main, office.ticket(late.number).ticket.follows) == (True, False)
    link(office.ctx, other, late.number, LI)
    assert [number for _, number in office.ticket(late.number).linked] == [main, other]


@pytest.mark.slow
@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-2, 4)), max_size=25))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_links_never_chain(office: Office, moves: list[tuple[int, int]]) -> None:
    """Whatever is linked to whatever or taken back (-2), in any order: no main ticket follows another."""
    rows = office.bring(
        *(a_mail(sender=f"{at}@{office.ctx.ids()}.cn", mid=f"{office.ctx.ids()}@x.cn") for at in range(5))
    )
    for one, to in moves:
        with suppress(BadInput):
            if to == -2:
                undo_link(office.ctx, rows[one].number, LI)
            else:
                link(office.ctx, rows[one].number, "-" if to < 0 else rows[to].number, LI)
    tickets = {ticket.id: ticket for row in rows for ticket in [office.ticket(row.number).ticket]}
    for ticket in tickets.values():
        assert not ticket.linked_to or not tickets[ticket.linked_to].linked_to
