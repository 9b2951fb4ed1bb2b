"""Our own ids: 63 bits, in the order of time, never twice."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.domain.ids import NODES, IdMaker, first_id_at, instant_of

NOON = datetime(2026, 3, 5, 4, 0, 0, 123000, tzinfo=UTC)


def test_an_id_tells_its_instant() -> None:
    """The millisecond of making can be read back."""
    assert instant_of(IdMaker(7, lambda: NOON)()) == NOON


def test_ids_grow_and_fit_63_bits() -> None:
    """Ten thousand ids within one millisecond all differ, grow and stay positive in a signed column."""
    make = IdMaker(NODES - 1, lambda: NOON)
    made = [make() for _ in range(10_000)]
    assert made == sorted(set(made))
    assert 0 < made[0] < made[-1] < 2**63


def test_a_clock_that_jumps_back_makes_no_id_twice() -> None:
    """After a jump of an hour the ids still grow."""
    times = [NOON, NOON + timedelta(hours=1), NOON, NOON + timedelta(hours=1)]
    make = IdMaker(1, iter(times).__next__)
    made = [make() for _ in times]
    assert made == sorted(set(made))


def test_two_nodes_never_make_the_same_id() -> None:
    """At the same millisecond with the same serial only the node differs."""
    one, other = IdMaker(1, lambda: NOON), IdMaker(2, lambda: NOON)
    assert not {one() for _ in range(5000)} & {other() for _ in range(5000)}


def test_threads_share_a_maker() -> None:
    """Ids made by several threads at once are all different."""
    make = IdMaker(3, lambda: NOON)
    made: list[int] = []
    threads = [threading.Thread(target=lambda: made.extend(make() for _ in range(2000))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(made)) == 8000


@pytest.mark.parametrize("node", [-1, NODES])
def test_a_node_has_ten_bits(node: int) -> None:
    """A node number that does not fit is refused."""
    with pytest.raises(ValueError, match="node"):
        IdMaker(node, lambda: NOON)


def test_the_first_id_of_an_instant_lies_between_before_and_after():
    """So that ids can be searched by time; it stays a 63-bit number at both ends of time."""
    at = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
    made, earlier = IdMaker(0, lambda: at)(), IdMaker(1023, lambda: at - timedelta(milliseconds=1))()
    assert earlier < first_id_at(at) <= made
    assert first_id_at(datetime(2020, 1, 1, tzinfo=UTC)) == 0
    assert first_id_at(datetime(2200, 1, 1, tzinfo=UTC)) == 2**63 - 1
