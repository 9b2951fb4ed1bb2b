"""What a reply counts as (催单, thanks) is decided once: by a rule that says so, else by reading it; and it is told."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from core.domain.decision import Occasion
from core.domain.keys import KeyRing
from core.domain.promise import Clock
from core.domain.said import Remark
from core.domain.ticket import State
from huiying.flows.move import Move, move
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail
from tests.factories.rule_scenes import LI, NONE, arrives, open_office
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

URGING, THANKS = "请问有进展吗？", "谢谢，已收到。"

Open = Callable[..., Office]


@pytest.fixture
def opened(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> Open:
    """An office with just these rules."""
    return partial(open_office, sqlite_store, keys, clock)


def on_reply(then: str, status: str = "active") -> str:
    return a_rule(
        id="mine",
        when="{not: {text: 不存在的词}}",
        then=then,
        examples=NONE,
        extra=f"run_on: reply\n    status: {status}",
    )


def told(office: Office, text: str) -> tuple[Remark, str, bool, State]:
    """What a reply on a ticket that waits for the customer counts as, who says so, whether it urged, and the state."""
    number = arrives()(office)
    move(office.ctx, number, LI, Move(to=State.WAITING_CUSTOMER))
    office.bring(a_mail(subject="Re: 你好", body=text, mid="r1@a.cn", reply_to=["m1@example.cn"]))
    detail = office.ticket(number)
    said = detail.messages[-1].said
    urged = any(one.clock is Clock.URGE for one in detail.promises)
    return said.remark, said.remark_by, urged, detail.ticket.state


@pytest.mark.parametrize(
    ("then", "text", "expected"),
    [
        ("{tags: x}", URGING, (Remark.URGES, "", True, State.OPEN)),
        ("{tags: x}", THANKS, (Remark.THANKS, "", False, State.WAITING_CUSTOMER)),
        ("{urge: yes}", "随便说说", (Remark.URGES, "mine", True, State.OPEN)),
        ("{urge: no}", URGING, (Remark.NONE, "mine", False, State.OPEN)),
        ("{quiet: yes}", URGING, (Remark.THANKS, "mine", False, State.WAITING_CUSTOMER)),
        ("{quiet: no}", THANKS, (Remark.NONE, "mine", False, State.OPEN)),
    ],
    ids=["read: urges", "read: thanks", "urge", "not urge", "quiet", "not quiet"],
)
def test_a_reply_counts_as_one_thing(
    opened: Open, then: str, text: str, expected: tuple[Remark, str, bool, State]
) -> None:
    """Clock, state and the word that is shown follow the same decision."""
    assert told(opened(on_reply(then)), text) == expected


def test_a_rule_on_trial_decides_nothing(opened: Open) -> None:
    """As everywhere."""
    assert told(opened(on_reply("{urge: no}", "trial")), URGING) == (Remark.URGES, "", True, State.OPEN)


def test_the_first_rule_decides(opened: Open) -> None:
    """Whichever of the two it names."""
    later = on_reply("{urge: yes}").replace("id: mine", "id: later")
    assert told(opened(on_reply("{quiet: yes}"), later), URGING)[:2] == (Remark.THANKS, "mine")


class TestLongAfterTheEnd:
    """Thanks on an archived ticket, which nothing brings back, stay there; all else is a new demand (DOMAIN 8)."""

    @pytest.mark.parametrize(
        ("rules", "text", "expected"),
        [
            ((), THANKS, (1, Remark.THANKS, "")),
            ((), URGING, (2, Remark.URGES, "")),
            (("{tags: x}",), THANKS, (1, Remark.THANKS, "")),
            (("{tags: x}",), "还是不行", (2, Remark.NONE, "")),
            (("{quiet: no}",), THANKS, (2, Remark.NONE, "mine")),
            (("{quiet: yes}",), "还是不行", (1, Remark.THANKS, "mine")),
        ],
        ids=["read: thanks", "read: more", "another rule: thanks", "another rule: more", "not quiet", "quiet"],
    )
    def test_what_a_reply_counts_as_decides_there_too(
        self, opened: Open, rules: tuple[str, ...], text: str, expected: tuple[int, Remark, str]
    ) -> None:
        """By the same word; the new ticket is decided as an arrival, with nothing of the old one in its facts."""
        office = opened(*map(on_reply, rules))
        number = arrives()(office)
        for state in (State.RESOLVED, State.CLOSED, State.ARCHIVED):
            move(office.ctx, number, LI, Move(to=state, reason="办结"))
        [row] = office.bring(a_mail(subject="Re: 你好", body=text, mid="r1@a.cn", reply_to=["m1@example.cn"]))
        tickets, remark, rule = expected
        assert office.totals()["tickets"] == tickets and office.ticket(number).ticket.state is State.ARCHIVED
        detail = office.ticket(row.number)
        said = detail.messages[-1].said
        assert (said.remark, said.remark_by) == (remark, rule)
        if tickets == 1:
            assert row.number == number
            return
        assert [number for _, number in detail.linked] == [number]
        assert ("the rule mine says" in row.verdict) is bool(rule) and "is archived" in row.verdict
        decision = detail.decisions[0].decision
        assert decision.occasion is Occasion.ARRIVAL and not decision.facts.is_reply and not decision.facts.state
        assert detail.promises and decision.choices
