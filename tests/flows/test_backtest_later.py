"""A backtest also tries rules on customers' replies, agents' changes, clocks and at a time after a state, with the
ticket as it was then."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.bundle import BundleFiles
from core.domain.promise import Clock
from core.domain.ticket import State
from huiying.flows.backtest import Backtest, backtest, in_short
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.desk import Desk
from huiying.flows.hands import claim
from huiying.flows.move import Move, move
from huiying.flows.tick import tick
from tests.factories.pipeline import Office, a_mail, shipped_files
from tests.factories.rule_scenes import LI, running
from tests.factories.rules import a_rule
from tests.fakes.fixed_clock import FixedClock

EXAMPLES = {
    "reply": ("{text: 停产, expect: {urgency: 紧急}}", "{text: 你好, expect: nothing}"),
    "change": ("{fields: {type: 投诉}, expect: {gravity: 重大}}", "{fields: {type: 咨询}, expect: nothing}"),
    "clock": ("{clock: {name: first_response, is: overdue}, expect: {owner: wang}}",
              "{clock: {name: first_response, is: warned}, expect: nothing}"),
}  # fmt: skip
RULES = {
    "reply": a_rule(id="on-reply", when="{text: 停产}", then="{urgency: 紧急, notify: lead}",
                    examples=EXAMPLES["reply"], extra="run_on: reply"),
    "change": a_rule(id="on-change", when="{ticket: {type: 投诉}}", then="{gravity: 重大}",
                     examples=EXAMPLES["change"], extra="run_on: change"),
    "clock": a_rule(id="on-clock", when="{clock: {name: first_response, is: overdue}}", then="{owner: wang}",
                    examples=EXAMPLES["clock"], extra="run_on: clock"),
}  # fmt: skip


def desk_with(*rules: str) -> Desk:
    files = {f"rules/{n}0-mine.yaml": text for n, text in enumerate(rules, 1)}
    desk, problems = compile_desk(BundleFiles(files={**shipped_files().files, **files}))
    assert desk is not None and not problems, problems
    return desk


@pytest.fixture
def number(office: Office, clock: FixedClock) -> str:
    """A calm ticket with a reply, a correction and a first response that has run out."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    clock.advance(minutes=5)
    office.bring(a_mail(subject="Re: 营业时间", body="现在停产了", mid="r1@a.cn", reply_to=["m1@example.cn"]))
    clock.advance(minutes=5)
    correct(office.ctx, row.number, {"type": "投诉"}, "lin")
    clock.at = running(office, row.number, Clock.FIRST_RESPONSE).due
    tick(office.ctx)
    return row.number


def tried(office: Office, other: Desk) -> Backtest:
    now = office.ctx.now()
    return backtest(office.ctx.store, office.ctx.desk(), other, now - timedelta(days=9), now + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("occasion", "expected"),
    [
        ("reply", {("urgency", "常规", "紧急"), ("priority", "低", "高"), ("notify", "", "lead")}),
        ("change", {("gravity", "一般", "重大")}),
        ("clock", {("owner", "", "wang")}),
    ],
)
def test_each_occasion_tells_what_would_change(
    office: Office, number: str, occasion: str, expected: set[tuple[str, str, str]]
) -> None:
    """Per rule and field, from what stood then to what the rule would set; moments are counted apart from mails."""
    other = desk_with(RULES[occasion])
    found = tried(office, other)
    assert {(one.field, one.before, one.after) for one in found.changes} == expected
    assert {one.number for one in found.changes} == {number}
    assert (found.mails, found.changed, found.later_changed) == (1, 0, 1)
    [rule] = [one for one in found.as_json(other.book)["rules"] if one["rule"] == f"on-{occasion}"]
    assert rule["tried"] and rule["hits"] == 1
    assert rule["coverage"]["share"] == pytest.approx(1 / found.occasions[occasion], abs=1e-4)


def test_a_rule_sees_the_ticket_as_it_was_then(office: Office, number: str) -> None:
    """On the reply the type was still the first one; what an agent has chosen since binds on the clock."""
    by_type = a_rule(
        id="early", when="{ticket: {type: 投诉}}", then="{gravity: 重大}", extra="run_on: reply",
        examples=("{fields: {type: 投诉}, expect: {gravity: 重大}}", "{fields: {type: 咨询}, expect: nothing}"),
    )  # fmt: skip
    late = a_rule(
        id="late", when="{clock: first_response}", then="{type: 咨询}", extra="run_on: clock",
        examples=("{clock: {name: first_response, is: overdue}, expect: {type: 咨询}}",
                  "{clock: {name: resolution, is: overdue}, expect: nothing}"),
    )  # fmt: skip
    found = tried(office, desk_with(by_type, late))
    assert number and found.changes == [] and found.hits["early"] == 0 and found.hits["late"] >= 1


def test_what_only_followed_from_a_correction_is_no_agents_word(office: Office) -> None:
    """The agent set the urgency, the priority followed: a rule may still set it, as it may when it is live."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    correct(office.ctx, row.number, {"urgency": "紧急"}, "lin")
    rule = a_rule(
        id="calm", when="{ticket: {urgency: 紧急}}", then="{urgency: 常规, priority: 中}", extra="run_on: change",
        examples=("{fields: {urgency: 紧急}, expect: {priority: 中}}", "{fields: {urgency: 常规}, expect: nothing}"),
    )  # fmt: skip
    found = tried(office, desk_with(rule))
    assert [(one.field, one.before, one.after) for one in found.changes] == [("priority", "高", "中")]


def test_what_was_stored_then_is_taken(office: Office, number: str) -> None:
    """The shipped rules of the live book have held on no reply here; a rule that takes one away is told by its mail."""
    office.bring(a_mail(subject="Re: 营业时间", body="请问有进展吗？", mid="r2@a.cn", reply_to=["m1@example.cn"]))
    found = tried(office, desk_with("rules:\n  - {id: zh-urged, status: retired}\n"))
    assert found.occasions == {"reply": 2} and found.later_changed == 1
    assert ("urge", "yes", "", number) in [(one.field, one.before, one.after, one.number) for one in found.changes]


def test_without_a_rule_of_its_own_no_later_moment_is_looked_up(office: Office, number: str) -> None:
    """The shipped rules say the same in both books."""
    found = tried(office, desk_with(a_rule()))
    assert number and found.occasions == {} and "zh-urged" in str(found.as_json(desk_with(a_rule()).book)["not_tried"])


def test_parts_with_later_moments_add_up(office: Office, number: str) -> None:
    """Through the pipe's plain form too."""
    part = tried(office, desk_with(*RULES.values()))
    twice = Backtest()
    for _ in range(2):
        twice.add(Backtest.from_plain(part.to_plain()))
    assert number and twice.later_changed == 2 * part.later_changed == 6
    assert twice.occasions == {name: 2 * count for name, count in part.occasions.items()}


def test_it_touches_nothing(office: Office, number: str) -> None:
    """Ticket, decisions, letters and trail are as before."""
    before = office.ticket(number)
    tried(office, desk_with(*RULES.values()))
    assert office.ticket(number) == before


def timed(state: str = "new", time: str = "2 小时", then: str = "{owner: wang}", *, id: str = "late") -> str:
    """A rule about everybody but VIPs, so long after a state."""
    return a_rule(
        id=id, when="{not: {customer: {level: VIP}}}", then=then, extra=f"after: {{state: {state}, time: {time}}}",
        examples=(f"{{text: 你好, expect: {then}}}", "{level: VIP, expect: nothing}"),
    )  # fmt: skip


def moves(found: Backtest) -> set[tuple[str, str, str]]:
    return {(one.field, one.before, one.after) for one in found.changes}


class TestTimeAfterAState:
    @pytest.fixture
    def waiting(self, office: Office, clock: FixedClock) -> str:
        """Three hours new, two more in hand, and two days of waiting for the customer, who then answered."""
        [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
        clock.advance(hours=3)
        claim(office.ctx, row.number, LI)
        clock.advance(hours=2)
        move(office.ctx, row.number, LI, Move(to=State.WAITING_CUSTOMER))
        clock.advance(days=2)
        office.bring(a_mail(subject="Re: 营业时间", body="周六呢？", mid="r1@a.cn", reply_to=["m1@example.cn"]))
        clock.advance(minutes=30)
        return row.number

    @pytest.mark.parametrize(
        ("state", "time", "moments"),
        [
            ("new", "2 小时", 1), ("new", "3 小时", 0), ("new", "4 小时", 0), ("open", "20 分钟", 2),
            ("open", "1 小时", 1), ("open", "3 小时", 0), ("waiting_customer", "1 天", 1),
            ("waiting_customer", "3 天", 0), ("resolved", "1 分钟", 0),
        ],
    )  # fmt: skip
    def test_it_is_tried_once_for_each_stay_that_was_long_enough(
        self, office: Office, waiting: str, state: str, time: str, moments: int
    ) -> None:
        """Whoever left the state before, or stands in it not that long yet, is not asked about."""
        other = desk_with(timed(state, time, "{tags: [久等]}"))
        found = tried(office, other)
        assert found.occasions == {"after": moments} and found.later_changed == moments
        assert found.hits["late"] == moments and {one.number for one in found.changes} <= {waiting}
        [rule] = [one for one in found.as_json(other.book)["rules"] if one["rule"] == "late"]
        assert rule["tried"] and (rule["coverage"] or {"share": 0})["share"] == (1 if moments else 0)

    def test_it_sees_the_ticket_as_it_was_then(self, office: Office, waiting: str, clock: FixedClock) -> None:
        """Its state, how old it was, and who had what; what an agent chose before is not overridden, and said so."""
        rule = a_rule(
            id="late", when="{ticket: {state: open, older_than: 3 小时, younger_than: 5 小时}}",
            then="{owner: wang, gravity: 重大}", extra="after: {state: open, time: 30 分钟}",
            examples=("{state: open, age: 4 小时, expect: {owner: wang}}", "{age: 9 小时, expect: nothing}"),
        )  # fmt: skip
        assert waiting and moves(tried(office, desk_with(rule))) == {("gravity", "一般", "重大")}

    @pytest.mark.slow
    def test_another_time_alone_changes_nothing_where_it_does_the_same(self, office: Office, clock: FixedClock) -> None:
        """The live rule acted after two hours; the same after one does what was done. Gone, its doing is gone."""
        live = desk_with(timed())
        late = Office(replace(office.ctx, desk=lambda: live, desk_of=lambda bundle: live))
        [row] = late.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
        clock.advance(hours=2, minutes=1)
        tick(late.ctx)
        assert late.ticket(row.number).ticket.assignee == "wang"
        clock.advance(hours=1)
        assert moves(tried(late, desk_with(timed(time="1 小时")))) == set()
        assert moves(tried(late, desk_with(timed(then="{owner: li}")))) == {("owner", "wang", "li")}
        for gone in (desk_with(a_rule()), desk_with(timed(time="9 小时")), desk_with(timed("open"))):
            found = tried(late, gone)
            assert moves(found) == {("owner", "wang", "")} and found.occasions["after"] == 0
            assert [(one.rule, one.number) for one in found.changes] == [("late", row.number)]

    def test_each_rules_share_is_of_its_own_instants(self, office: Office, waiting: str) -> None:
        """Not of those of other rules."""
        other = desk_with(timed(), timed("open", "20 分钟", "{tags: [等]}", id="open"), RULES["reply"])
        found = tried(office, other)
        shares = {one["rule"]: one["coverage"] for one in found.as_json(other.book)["rules"]}
        assert waiting and found.occasions == {"reply": 1, "after": 3} and found.as_json(other.book)["not_tried"] == []
        assert (shares["late"]["share"], shares["open"]["share"], shares["on-reply"]["share"]) == (1, 1, 0)
        twice = Backtest()
        for _ in range(2):
            twice.add(Backtest.from_plain(found.to_plain()))
        assert twice.timed == {"late": 2, "open": 4}
        assert in_short(found.as_json(other.book)) == "0 of 1 mails change, 3 of 4 later moments"
        assert in_short(tried(office, desk_with(a_rule())).as_json(other.book)) == "0 of 1 mails change"

    def test_where_the_trail_does_not_say_how_long_nothing_is_tried(self, office: Office, clock: FixedClock) -> None:
        """A state that no line of the trail leads to: nobody knows since when."""
        [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
        clock.advance(hours=3)
        with office.ctx.store.write() as tx:
            ticket = tx.tickets.by_number(row.number)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=State.OPEN))
        assert tried(office, desk_with(timed())).occasions == {"after": 0}
