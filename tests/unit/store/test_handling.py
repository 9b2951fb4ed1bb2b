"""The contracts of parts, analyses, extensions, timers and votes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.domain.analysis import Advice, Analysis, Reasonable, Way
from core.domain.appraisal import Appraisal
from core.domain.errors import Conflict
from core.domain.extension import Extension, ExtensionState
from core.domain.filing import AuditEntry
from core.domain.ids import first_id_at
from core.domain.part import Part, PartState
from core.domain.promise import Clock
from core.domain.ticket import State
from core.domain.timer import RuleTimer, Timer, TimerKind
from core.domain.views import Page
from core.domain.vote import Vote
from store.open import SqlStore
from tests.unit.store.values import NOW, file_tickets, minutes


def a_part(ticket_id: int, **changed: Any) -> Part:
    given: dict[str, Any] = {
        "id": 9001,
        "ticket_id": ticket_id,
        "department": "物流部",
        "output": "查明包裹去向",
        "at": NOW,
    }
    return Part(**given | {"asked_by": "li", "due": minutes(60)} | changed)


def an_extension(ticket_id: int, **changed: Any) -> Extension:
    given: dict[str, Any] = {
        "id": 9002,
        "ticket_id": ticket_id,
        "promise_id": 5,
        "clock": Clock.RESOLUTION,
        "due": minutes(60),
    }
    return Extension(**given | {"wanted": minutes(600), "reason": "等配件", "asked_by": "li", "at": NOW} | changed)


class TestParts:
    def test_a_part_is_given_back_as_it_was_asked(self, store: SqlStore) -> None:
        """All of it, and its ticket counts as touched."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            before = tx.views.last_touched()
            tx.parts.add(a_part(ticket_id))
        with store.read() as tx:
            assert tx.parts.of_ticket(ticket_id) == (a_part(ticket_id),)
            assert tx.parts.get(9001) == a_part(ticket_id) and tx.parts.get(9999) is None
            assert tx.views.last_touched() > before

    def test_a_change_names_the_state_it_began_from(self, store: SqlStore) -> None:
        """Two people cannot both end a part."""
        (ticket_id,) = file_tickets(store, 1)
        done = a_part(ticket_id, state=PartState.DONE, ended=minutes(5))
        with store.write() as tx:
            tx.parts.add(a_part(ticket_id))
            tx.parts.change(done, PartState.ASKED)
        with pytest.raises(Conflict), store.write() as tx:
            tx.parts.change(done, PartState.ASKED)
        with store.read() as tx:
            assert tx.parts.of_ticket(ticket_id) == (done,)


class TestAnalyses:
    def test_an_analysis_is_given_back_as_it_was_said(self, store: SqlStore) -> None:
        """What is said and what is not; its ticket counts as touched; another has none."""
        first, second = file_tickets(store, 2)
        said = Analysis(
            ticket_id=first, version=1, analyst="li", at=NOW, feasible=False, reasonable=Reasonable.PARTLY,
            advice=Advice.AT_ONCE, people="2 人", quadrant=3, cause="defect", way=Way.PHONE,
            wording="先致歉",
        )  # fmt: skip
        with store.write() as tx:
            before = tx.views.last_touched()
            tx.analyses.save(said)
        with store.read() as tx:
            assert tx.analyses.of_ticket(first) == said and tx.analyses.of_ticket(second) is None
            assert tx.views.last_touched() > before

    def test_a_change_follows_the_version_before(self, store: SqlStore) -> None:
        """Two people cannot write over each other, neither at first nor later."""
        (ticket_id,) = file_tickets(store, 1)
        said = Analysis(ticket_id=ticket_id, version=1, analyst="li", at=NOW)
        later = replace(said, version=2, budget="5 万元")
        for one in (said, later):
            with store.write() as tx:
                tx.analyses.save(one)
        for late in (said, replace(later, budget="6 万元")):
            with pytest.raises(Conflict), store.write() as tx:
                tx.analyses.save(late)
        with store.read() as tx:
            assert tx.analyses.of_ticket(ticket_id) == later


class TestExtensions:
    def test_what_waits_for_a_lead_is_found(self, store: SqlStore) -> None:
        """Those that are asked, oldest first, until they are decided once."""
        first, second = file_tickets(store, 2)
        asked, later = an_extension(first), an_extension(second, id=9003)
        refused = replace(asked, state=ExtensionState.REFUSED, decided_by="zhao", decided=minutes(1), because="不行")
        with store.write() as tx:
            tx.extensions.add(asked)
            tx.extensions.add(later)
        with store.read() as tx:
            assert tx.extensions.asked("", 10) == Page(rows=(asked, later))
            one = tx.extensions.asked("", 1)
            assert one.rows == (asked,)
            assert tx.extensions.asked(one.next_key, 1) == Page(rows=(later,))
        with store.write() as tx:
            tx.extensions.change(refused, ExtensionState.ASKED)
        with pytest.raises(Conflict), store.write() as tx:
            tx.extensions.change(refused, ExtensionState.ASKED)
        with store.read() as tx:
            assert tx.extensions.asked("", 10).rows == (later,)
            assert tx.extensions.of_ticket(first) == (refused,) and tx.extensions.get(9002) == refused
        with store.write() as tx:
            over = tx.tickets.get(second)
            assert over is not None
            tx.tickets.update(replace(over, closed=minutes(2)))
            assert tx.extensions.asked("", 10).rows == ()


class TestTimers:
    def test_timers_come_in_the_order_of_their_instants(self, store: SqlStore) -> None:
        """Due ones only, at most as many as asked for; one that is dropped is gone."""
        first, second = file_tickets(store, 2)
        remind = Timer(id=1, ticket_id=first, kind=TimerKind.REMIND, at=minutes(10))
        close = Timer(id=2, ticket_id=first, kind=TimerKind.CLOSE, at=minutes(30))
        resume = Timer(id=3, ticket_id=second, kind=TimerKind.RESUME, at=minutes(5), because="等客户的序列号")
        with store.write() as tx:
            tx.timers.set(first, (remind, close))
            tx.timers.set(second, (resume,))
        with store.read() as tx:
            assert tx.timers.due(minutes(10), 10) == (resume, remind)
            assert tx.timers.due(minutes(10), 1) == (resume,) and not tx.timers.due(minutes(4), 10)
        with store.write() as tx:
            assert tx.timers.drop(3) and not tx.timers.drop(3)
        with store.read() as tx:
            assert tx.timers.due(minutes(99), 10) == (remind, close)

    def test_setting_them_anew_leaves_nothing_of_before(self, store: SqlStore) -> None:
        """A ticket whose state changed has only the timers of its new state."""
        (ticket_id,) = file_tickets(store, 1)
        with store.write() as tx:
            tx.timers.set(ticket_id, (Timer(id=1, ticket_id=ticket_id, kind=TimerKind.CLOSE, at=minutes(1)),))
            tx.timers.set(ticket_id, ())
        with store.read() as tx:
            assert tx.timers.of_ticket(ticket_id) == ()

    def test_the_instants_of_rules_stand_beside_them(self, store: SqlStore) -> None:
        """By instant, at most as many as asked for; set anew for a ticket they leave nothing of before."""
        first, second = file_tickets(store, 2)
        early = RuleTimer(id=1, ticket_id=second, rule="ask", at=minutes(5))
        late = RuleTimer(id=2, ticket_id=first, rule="ask", at=minutes(10))
        other = RuleTimer(id=3, ticket_id=first, rule="raise", at=minutes(10))
        with store.write() as tx:
            tx.timers.set_rules(first, (late, other))
            tx.timers.set_rules(second, (early,))
        with store.read() as tx:
            assert tx.timers.rules_due(minutes(10), 10) == (early, late, other)
            assert tx.timers.rules_due(minutes(10), 1) == (early,) and not tx.timers.rules_due(minutes(4), 10)
            assert tx.timers.due(minutes(99), 10) == ()
        with store.write() as tx:
            assert tx.timers.drop_rule(1) and not tx.timers.drop_rule(1)
            tx.timers.set_rules(first, ())
        with store.read() as tx:
            assert tx.timers.rules_due(minutes(99), 10) == ()

    def test_a_rule_that_goes_live_is_planned_once(self, store: SqlStore) -> None:
        """A ticket that has its instant already keeps it."""
        first, second = file_tickets(store, 2)
        mine = RuleTimer(id=1, ticket_id=first, rule="ask", at=minutes(5))
        with store.write() as tx:
            tx.timers.set_rules(first, (mine,))
            tx.timers.add_rules((replace(mine, id=2, at=minutes(9)), replace(mine, id=3, ticket_id=second)))
        with store.read() as tx:
            assert [(one.id, one.ticket_id) for one in tx.timers.rules_due(minutes(99), 10)] == [
                (1, first),
                (3, second),
            ]

    def test_tickets_in_a_state_are_found_with_when_they_came_into_it(self, store: SqlStore) -> None:
        """By the arrival, or by the trail's last word on a state; the newest first, as many as asked for."""
        first, second = file_tickets(store, 2)
        with store.read() as tx:
            tickets = {one: tx.tickets.get(one) for one in (first, second)}
            arrived = {one: ticket.received for one, ticket in tickets.items() if ticket}
            since = NOW - timedelta(days=10_000)
            found = tx.timers.standing(State.NEW, since, 10)
            assert sorted(found) == sorted(arrived.items()) and len(tx.timers.standing(State.NEW, since, 1)) == 1
            assert tx.timers.standing(State.OPEN, since, 10) == () and not tx.timers.acted("ask", (first, second))
        moved = AuditEntry(
            id=77, at=minutes(7), actor="li", action="ticket.moved", subject=f"ticket:{first}",
            details=(("before", "new"), ("state", "open")),
        )  # fmt: skip
        with store.write() as tx:
            for ticket in tickets.values():
                assert ticket is not None
                tx.tickets.update(replace(ticket, state=State.OPEN))
            tx.audit.add((moved,))
        with store.read() as tx:
            assert dict(tx.timers.standing(State.OPEN, since, 10)) == {first: minutes(7), second: None}


class TestVotes:
    def test_the_customer_s_newest_word_is_found_on_whichever_ticket(self, store: SqlStore) -> None:
        """Of his own tickets only."""
        first, second = file_tickets(store, 2)
        mine, later = (Vote(id=n, ticket_id=first, letter_id=n, at=minutes(n), satisfied=n > 1) for n in (1, 2))
        theirs = Vote(id=3, ticket_id=second, letter_id=3, at=minutes(3), satisfied=False)
        with store.write() as tx:
            for vote in (mine, later, theirs):
                tx.votes.save(vote)
        with store.read() as tx:
            assert (tx.votes.last_of(first + 1), tx.votes.last_of(second + 1)) == (later, theirs)
            assert tx.votes.last_of(12345) is None

    def test_the_last_word_on_a_letter_counts(self, store: SqlStore) -> None:
        """A customer who changes his mind has one vote; the next result has another."""
        (ticket_id,) = file_tickets(store, 1)
        no = Vote(id=1, ticket_id=ticket_id, letter_id=7, at=minutes(1), satisfied=False, words="还没修好")
        yes = Vote(id=2, ticket_id=ticket_id, letter_id=7, at=minutes(2), satisfied=True, marks=(("solution", 5),))
        other = Vote(id=3, ticket_id=ticket_id, letter_id=8, at=minutes(3), satisfied=True, by="li")
        with store.write() as tx:
            for vote in (no, yes, other):
                tx.votes.save(vote)
        with store.read() as tx:
            assert tx.votes.of_ticket(ticket_id) == (yes, other)


class TestAppraisals:
    def test_the_last_word_on_a_term_counts(self, store: SqlStore) -> None:
        """Under whichever address it was given; another customer's is his own, and they are given out by their time."""
        first, second = file_tickets(store, 2)
        mine, theirs = first + 1, second + 1
        begin = first_id_at(NOW)
        base: dict[str, Any] = {
            "ticket_id": first,
            "term": "2026H1",
            "at": NOW,
            "marks": (("quality", 4), ("speed", 5)),
        }
        early = Appraisal(id=begin, customer_id=theirs, **base | {"words": "还行"})
        later = Appraisal(id=begin + 1, customer_id=mine, **base | {"improvement": "多发教程", "by": "li"})
        quarter = Appraisal(id=begin + 2, customer_id=mine, **base | {"term": "2026Q1"})
        with store.write() as tx:
            for one in (early, replace(early, id=begin + 9, words="改了")):
                tx.appraisals.save(one)
            assert [one.words for one in tx.appraisals.of_customer(theirs)] == ["改了"]
            tx.tickets.merge_customer(theirs, mine)
            for one in (later, quarter):
                tx.appraisals.save(one)
        with store.read() as tx:
            assert tx.appraisals.of_customer(mine) == tx.appraisals.of_customer(theirs) == (later, quarter)
            assert tx.appraisals.given(NOW, minutes(1), 0, 1) == (later,)
            assert tx.appraisals.given(NOW, minutes(1), later.id, 5) == (quarter,)
            assert tx.appraisals.given(minutes(1), None, 0, 5) == tx.appraisals.given(None, NOW, 0, 5) == ()
