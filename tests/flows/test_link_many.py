"""Several tickets become one outage at once, from the queue or from a surge, and are parted again."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from core.domain.errors import BadInput, NotFound, NotPermitted
from core.domain.people import Role, User
from huiying.flows.link import link
from huiying.flows.link_many import link_many, make_outage, unlink_many
from huiying.flows.surge import find_surges
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
AUDITOR = User(id=4, name="sun", role=Role.AUDITOR)


@pytest.fixture(params=["sqlite_store", "pg_store"])
def office(request: pytest.FixtureRequest, open_office: Callable[[SqlStore], Office]) -> Office:
    return open_office(request.getfixturevalue(request.param))


@pytest.fixture
def four(office: Office) -> list[str]:
    return [row.number for row in office.bring(*(a_mail(sender=f"a{at}@s{at}.cn", mid=f"m{at}") for at in range(4)))]


def followers(office: Office, number: str) -> list[str]:
    return sorted(other for _, other in office.ticket(number).linked)


def test_the_earliest_is_the_main_ticket(office: Office, four: list[str]) -> None:
    """Whatever the order of choosing; the trail of each says by whom, and all are parted again."""
    done = link_many(office.ctx, [four[2], four[0], four[2], four[1]], "", LI)
    assert (done.main, done.done, done.left_out) == (four[0], (four[1], four[2]), ())
    assert followers(office, four[0]) == four[1:3]
    assert [line.actor for line in office.ticket(four[1]).audit if line.action == "ticket.linked"] == ["li"]
    unlink_many(office.ctx, done.done, done.main, LI)
    assert followers(office, four[0]) == []


def test_what_follows_another_one_is_left(office: Office, four: list[str]) -> None:
    """It stays where somebody put it; undo does not part it either."""
    link(office.ctx, four[1], four[0], LI)
    done = link_many(office.ctx, four[1:], four[3], LI)
    assert (done.main, done.done, done.left_out) == (four[3], (four[2],), (four[1],))
    unlink_many(office.ctx, four[1:], four[3], LI)
    assert followers(office, four[0]) == [four[1]]


def test_said_twice_it_is_done_once(office: Office, four: list[str]) -> None:
    """The second time they follow already: undo of that time parts nothing that stood before."""
    link_many(office.ctx, four[:3], "", LI)
    lines = len(office.ticket(four[1]).audit)
    again = link_many(office.ctx, four[:3], "", LI)
    assert (again.main, again.done, again.already, again.left_out) == (four[0], (), tuple(four[1:3]), ())
    assert len(office.ticket(four[1]).audit) == lines


def test_what_goes_along_comes_back(office: Office, four: list[str]) -> None:
    """Of two that are chosen the one follows the other: both come to the main ticket, and both stand as before."""
    link(office.ctx, four[2], four[1], LI)
    done = link_many(office.ctx, four[1:3], four[0], LI)
    assert (done.done, done.already, done.left_out) == ((four[1],), (four[2],), ())
    assert followers(office, four[0]) == four[1:3]
    parted = unlink_many(office.ctx, four[1:3], four[0], LI)
    assert (parted.done, parted.left_out) == ((four[1],), (four[2],))
    assert (followers(office, four[0]), followers(office, four[1])) == ([], [four[2]])
    with pytest.raises(NotFound):
        unlink_many(office.ctx, ["20990101001"], four[0], LI)
    with pytest.raises(NotPermitted):
        unlink_many(office.ctx, four[1:3], four[0], AUDITOR)


def test_who_names_a_follower_means_its_main_ticket(office: Office, four: list[str]) -> None:
    """As with a single link: a trouble has one main ticket."""
    link(office.ctx, four[1], four[0], LI)
    assert link_many(office.ctx, four[2:], four[1], LI).main == four[0]
    assert followers(office, four[0]) == four[1:]


def test_what_makes_no_outage(office: Office, four: list[str]) -> None:
    """One alone, none, or nobody who may."""
    for numbers, main in ((four[2:3], ""), ([], four[0])):
        with pytest.raises(BadInput):
            link_many(office.ctx, numbers, main, LI)
    with pytest.raises(NotPermitted):
        link_many(office.ctx, four, "", AUDITOR)


@pytest.mark.slow
def test_a_surge_becomes_one_outage(office: Office, clock: FixedClock) -> None:
    """Its open tickets of the last ten minutes and no others; once it is over there is nothing to make."""

    def bring(day: str, minutes: int) -> list[str]:
        numbers = []
        for at in range(20):
            mail = a_mail(
                subject="系统全部无法登录", body=f"门店{at}无法登录", sender=f"{day}{at}@s{at}.cn", mid=f"{day}{at}"
            )
            numbers += [row.number for row in office.bring(mail)]
            clock.advance(minutes=minutes)
        return numbers

    bring("a", 144)
    fresh = bring("b", 0)
    clock.advance(minutes=1)
    with office.ctx.store.read() as tx:
        [surge] = find_surges(tx, clock())
    done = make_outage(office.ctx, surge.type, LI)
    assert (done.main, list(done.done)) == (fresh[0], fresh[1:])
    clock.advance(minutes=11)
    with pytest.raises(BadInput):
        make_outage(office.ctx, surge.type, LI)
