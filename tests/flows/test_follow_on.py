"""An outage's main ticket is merged: what followed it follows the one in which it goes on, and comes back with it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.domain.errors import BadInput, MoveNotAllowed
from core.domain.people import Role, User
from core.domain.ticket import State
from huiying.flows.link import link, undo_link
from huiying.flows.merge import merge, unmerge
from tests.factories.pipeline import Office, a_mail

LI = User(id=1, name="li", role=Role.AGENT)
SUN = User(id=2, name="sun", role=Role.AGENT)


@pytest.fixture
def four(office: Office) -> list[str]:
    """(the main ticket, two that follow it, one of another's)."""
    rows = office.bring(*(a_mail(sender=f"u{at}@c{at}.cn", mid=f"m{at}@x.cn") for at in range(4)))
    main, one, two, other = (row.number for row in rows)
    link(office.ctx, one, main, LI)
    link(office.ctx, two, main, SUN)
    return [main, one, two, other]


def leader(office: Office, number: str) -> tuple[str, str]:
    """The number that a ticket follows ('' if none), and why."""
    ticket = office.ticket(number).ticket
    if not ticket.follows:
        return "", ""
    with office.ctx.store.read() as tx:
        main = tx.tickets.get(ticket.linked_to)
    assert main is not None
    return main.number, ticket.linked_because


def test_followers_go_on_with_it_and_come_back(office: Office, four: list[str]) -> None:
    """A result on the ticket that goes on reaches them; unmerged, each is linked as it was, by whom it was."""
    main, one, two, other = four
    merge(office.ctx, main, other, LI)
    assert [leader(office, number)[0] for number in (one, two)] == [other, other]
    assert {one, two} <= {number for _, number in office.ticket(other).linked}
    said = [dict(line.details) for line in office.ticket(two).audit if line.action == "ticket.linked"]
    assert said[-1] == {"to": other, "before": main, "because": "linked: by sun", "along": main, "merged": "yes"}
    assert undo_link(office.ctx, two, LI) is None
    unmerge(office.ctx, main, SUN)
    assert [leader(office, number) for number in (one, two)] == [(main, "linked: by li"), (main, "linked: by sun")]
    assert not office.ticket(other).linked


def test_into_one_of_its_followers(office: Office, four: list[str]) -> None:
    """That one leads the others from then on, and follows again afterwards."""
    main, one, two, _ = four
    merge(office.ctx, main, one, LI)
    assert leader(office, one) == ("", "")
    assert leader(office, two)[0] == one
    unmerge(office.ctx, main, LI)
    assert [leader(office, number)[0] for number in (one, two)] == [main, main]


def test_into_one_that_has_a_main_ticket(office: Office, four: list[str]) -> None:
    """There is one main ticket of a trouble: they follow that one."""
    main, one, two, other = four
    [fifth] = office.bring(a_mail(sender="u5@c5.cn", mid="m5@x.cn"))
    link(office.ctx, other, fifth.number, LI)
    merge(office.ctx, main, other, LI)
    assert [leader(office, number)[0] for number in (one, two, other)] == [fifth.number] * 3
    unmerge(office.ctx, main, LI)
    assert [leader(office, number)[0] for number in (one, two, other)] == [main, main, fifth.number]


def test_what_was_linked_since_stays(office: Office, four: list[str]) -> None:
    """Somebody's later word counts; and who had followed a ticket that is merged by now follows where that goes on."""
    main, one, two, other = four
    merge(office.ctx, main, other, LI)
    link(office.ctx, one, "-", LI)
    unmerge(office.ctx, main, LI)
    assert [leader(office, number)[0] for number in (one, two)] == ["", main]
    merge(office.ctx, two, other, LI)
    [fifth] = office.bring(a_mail(sender="u5@c5.cn", mid="m5@x.cn"))
    merge(office.ctx, main, fifth.number, LI)
    unmerge(office.ctx, two, LI)
    assert leader(office, two)[0] == fifth.number


def test_a_link_back_to_one_that_is_merged_meanwhile(office: Office, four: list[str]) -> None:
    """Taken back, a link leads to where that ticket goes on; to nowhere when it goes on in the one that was linked."""
    main, one, two, other = four
    [fifth] = office.bring(a_mail(sender="u5@c5.cn", mid="m5@x.cn"))
    for number in (one, two):
        link(office.ctx, number, fifth.number, LI)
    merge(office.ctx, main, other, LI)
    assert undo_link(office.ctx, two, LI) is not None
    assert leader(office, two)[0] == other
    merge(office.ctx, other, one, LI)
    assert undo_link(office.ctx, one, LI) is None
    assert leader(office, one)[0] == fifth.number


@pytest.mark.slow
@given(st.lists(st.tuples(st.sampled_from("lumx"), st.integers(0, 4), st.integers(0, 4)), max_size=20))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=15)
def test_no_chain_comes_of_it(office: Office, moves: list[tuple[str, int, int]]) -> None:
    """Linked, merged and taken apart in any order: whom a ticket follows is not merged and follows nobody."""
    rows = office.bring(
        *(a_mail(sender=f"{at}@{office.ctx.ids()}.cn", mid=f"{office.ctx.ids()}@x.cn") for at in range(5))
    )
    acts = {
        "l": lambda one, to: link(office.ctx, one, to, LI),
        "u": lambda one, _: undo_link(office.ctx, one, LI),
        "m": lambda one, to: merge(office.ctx, one, to, LI),
        "x": lambda one, _: unmerge(office.ctx, one, LI),
    }
    for act, one, to in (("l", 1, 0), ("m", 0, 2), *moves):
        with suppress(BadInput, MoveNotAllowed):
            acts[act](rows[one].number, rows[to].number)
    tickets = {ticket.id: ticket for row in rows for ticket in [office.ticket(row.number).ticket]}
    for ticket in tickets.values():
        if ticket.follows:
            main = tickets[ticket.linked_to]
            assert main.state is not State.MERGED
            assert not main.follows
