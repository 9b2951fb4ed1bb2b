"""The contract of what figures are counted from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from core.domain.analysis import Analysis
from core.domain.appraisal import Appraisal
from core.domain.correction import Correction, CorrectionKind
from core.domain.extension import Extension, ExtensionState
from core.domain.filing import AuditEntry
from core.domain.ids import first_id_at
from core.domain.promise import Clock, PromiseState
from core.domain.report import Selection, Span, TicketSet
from core.domain.task import TaskKind, TaskState
from core.domain.ticket import State
from core.domain.vote import Vote
from store.open import SqlStore
from tests.unit.store.test_tasks import a_task
from tests.unit.store.values import NOW, a_customer, a_filing, a_promise, a_ticket, keep_and_claim, minutes

SPAN = Span(
    begin=NOW - timedelta(hours=1),
    end=NOW + timedelta(days=1),
    now=NOW + timedelta(hours=2),
    complaints=("投诉", "抱怨"),
)
BASE = first_id_at(NOW)


def file(store: SqlStore, place: int, *, filed: datetime = NOW, **changed: Any) -> int:
    """A ticket of the span without promises; its id."""
    id_ = first_id_at(filed) + 100 * place
    [ledger_id] = keep_and_claim(store, [place + 1])
    made = a_ticket(id_, **{"number": f"20260305{place:03d}", "customer_id": id_ + 1} | changed)
    with store.write() as tx:
        tx.tickets.file(
            [
                a_filing(
                    ledger_id, id_, ticket=made, customer=a_customer(id_ + 1, f"c{id_}@example.cn"), promises=(),
                    letters=(), references=(),
                )
            ],
            NOW,
        )  # fmt: skip
    return id_


def tally(store: SqlStore, which: TicketSet, *by: str, parts: tuple[str, ...] = ()) -> list[tuple[Any, ...]]:
    """(values of ``by``, count, sums) of each group."""
    with store.read() as tx:
        rows = tx.views.tally(which, SPAN, by, parts)
    return sorted((*(row.of[name] for name in by), row.count, *(row.sums[name] for name in parts)) for row in rows)


def tallied(
    store: SqlStore, which: TicketSet, counted: str = "", having: Mapping[str, tuple[str | int, ...]] | None = None
) -> Any:
    """The tickets' places with what each counts."""
    with store.read() as tx:
        page = tx.views.tallied(Selection(which=which, having=having or {}, counted=counted), SPAN, "", 50)
    return [((row.id - BASE) // 100, row.counted) for row in page.rows]


class TestReport:
    def test_what_came_in_the_span_is_counted(self, store: SqlStore) -> None:
        """By when it arrived, whenever it was filed; without what ended otherwise and what was imported."""
        file(store, 0, fields={"type": "投诉", "team": "客户关系组"}, assignee="li")
        file(store, 1, fields={"type": "咨询"})
        for place, state in enumerate((State.MERGED, State.WITHDRAWN, State.INVALID), 2):
            file(store, place, state=state)
        file(store, 5, number="H000001")
        file(store, 6, received=SPAN.begin - timedelta(seconds=1))
        file(store, 7, received=SPAN.begin, fields={"type": "抱怨"})
        file(store, 8, received=SPAN.end)
        expected = [("", "", "咨询", 1, 0), ("", "", "抱怨", 1, 1), ("客户关系组", "li", "投诉", 1, 1)]
        assert tally(store, TicketSet.RECEIVED, "team", "agent", "type", parts=("complaint",)) == expected
        assert tally(store, TicketSet.RECEIVED, "level", "channel", "topic") == [("普通", "email", "", 3)]
        assert tallied(store, TicketSet.RECEIVED, "complaint") == [(7, 1), (1, 0), (0, 1)]
        assert tallied(store, TicketSet.RECEIVED, "", {"team": ("客户关系组",), "agent": ("li", "x")}) == [(0, 1)]

    def test_what_was_read_in_late_is_no_news(self, store: SqlStore) -> None:
        """An old mailbox's, by each mail's own arrival, however long the span is."""
        late = timedelta(days=31)
        file(store, 0, filed=NOW + late - timedelta(seconds=1))
        file(store, 1, filed=NOW + late + timedelta(seconds=1))
        file(store, 2, filed=NOW + late + timedelta(minutes=9), received=minutes(10))
        assert tally(store, TicketSet.RECEIVED) == [(2,)]
        assert tally(store, TicketSet.RESPONDED) == []

    def test_a_merged_customer_has_the_level_of_who_he_is(self, store: SqlStore) -> None:
        """The volume by level tells of people, not of addresses."""
        first, second = file(store, 0), file(store, 1)
        with store.write() as tx:
            tx.tickets.merge_customer(second + 1, first + 1)
            known = tx.tickets.customer(first + 1)
            assert known is not None
            tx.tickets.save_customer(replace(known, level="VIP"))
        assert tally(store, TicketSet.RECEIVED, "level") == [("VIP", 2)]

    def test_the_time_until_the_first_response(self, store: SqlStore) -> None:
        """In seconds, of those that a person has answered; the median lies between the two in the middle."""
        for place, (after, agent) in enumerate([(10, "li"), (1, "li"), (4, "wang"), (30, "li"), (5, "wang")]):
            file(store, place, first_response=minutes(after), assignee=agent)
        file(store, 5)
        assert tally(store, TicketSet.RESPONDED, parts=("seconds",)) == [(5, 3000)]
        assert tallied(store, TicketSet.RESPONDED, "seconds", {"agent": ("wang",)}) == [(4, 300), (2, 240)]
        with store.read() as tx:
            assert tx.views.middle_seconds(SPAN) == {"": 300}
            assert tx.views.middle_seconds(SPAN, "agent") == {"li": 600, "wang": 270}
            assert tx.views.middle_seconds(replace(SPAN, begin=SPAN.end, end=minutes(9999)), "team") == {}

    def test_what_was_closed_in_the_span(self, store: SqlStore) -> None:
        """And which of it needed no second treatment and was not worked on again after its result."""
        closed: dict[str, Any] = {"state": State.CLOSED, "closed": minutes(30)}
        file(store, 0, **closed)
        second = file(store, 1, **closed)
        again = file(store, 2, **closed)
        straight, slip = file(store, 3, **closed), file(store, 4, **closed)
        file(store, 5, state=State.CLOSED, closed=SPAN.begin - timedelta(seconds=1))
        file(store, 6)
        with store.write() as tx:
            tx.promises.add([a_promise(1, second, clock=Clock.SECOND_TREATMENT)])
            tx.audit.add([moved(2, again, "resolved", "open"), moved(3, straight, "resolved", "closed")])
            undone = replace(moved(5, slip, "", ""), action="ticket.move-undone", details=(("undoes", "4"),))
            tx.audit.add([moved(4, slip, "closed", "open"), undone])
        assert tally(store, TicketSet.CLOSED, parts=("second", "first_time")) == [(5, 1, 3)]
        assert tallied(store, TicketSet.CLOSED, "first_time") == [(4, 1), (3, 1), (2, 0), (1, 0), (0, 1)]

    def test_what_was_owed_in_the_span(self, store: SqlStore) -> None:
        """By the told time where there is one: kept, missed, or running and late already."""
        kept, missed = PromiseState.KEPT, PromiseState.MISSED
        counted: dict[str, tuple[dict[str, Any], int]] = {
            "kept": ({"state": kept}, 1),
            "missed": ({"state": missed}, 0),
            "running late": ({}, 0),
            "told within": ({"state": kept, "due": NOW - timedelta(days=9), "told": NOW}, 1),
        }
        not_counted: dict[str, dict[str, Any]] = {
            "owed after": {"state": kept, "due": SPAN.end},
            "owed before": {"state": missed, "due": SPAN.begin - timedelta(seconds=1)},
            "told after": {"state": kept, "told": SPAN.end},
            "not due yet": {"due": SPAN.now},
            "not owed yet": {"told": SPAN.now},
            "paused": {"state": PromiseState.PAUSED},
            "superseded": {"state": PromiseState.SUPERSEDED},
            "cancelled": {"state": PromiseState.CANCELLED},
        }
        ticket_id = file(store, 0)
        every = {name: changed for name, (changed, _) in counted.items()} | not_counted
        with store.write() as tx:
            tx.promises.add([a_promise(1 + n, ticket_id, breach=name, **every[name]) for n, name in enumerate(every)])
        expected = sorted((name, 1, on_time) for name, (_, on_time) in counted.items())
        assert tally(store, TicketSet.DUE, "breach", parts=("kept",)) == expected

    def test_late_promises_tell_their_clock_reason_and_extension(self, store: SqlStore) -> None:
        """A ticket that is late twice stands once in the list behind the figure."""
        ticket_id = file(store, 0, fields={"type": "投诉"})
        missed = {"state": PromiseState.MISSED, "clock": Clock.NEXT_UPDATE}
        with store.write() as tx:
            tx.promises.add(
                [
                    a_promise(1, ticket_id, breach="staff", **missed),
                    a_promise(2, ticket_id, cause="later", **missed),
                    a_promise(3, ticket_id, clock=Clock.RESOLUTION, state=PromiseState.KEPT),
                    a_promise(4, ticket_id, clock=Clock.ACKNOWLEDGEMENT, state=PromiseState.KEPT),
                ]
            )
            tx.extensions.add(an_extension(9, ticket_id, 3))
        found = tally(store, TicketSet.DUE, "clock", "breach", "complaint", parts=("kept", "extended"))
        late = "next_update"
        assert found == [(late, "", 1, 1, 0, 0), (late, "staff", 1, 1, 0, 0), ("resolution", "", 1, 1, 1, 1)]
        assert tallied(store, TicketSet.DUE, "", {"kept": (0,)}) == [(0, 1)]
        assert tallied(store, TicketSet.DUE, "kept", {"clock": ("resolution",), "complaint": (1,)}) == [(0, 1)]

    def test_votes_are_scored_by_the_mean_of_their_marks(self, store: SqlStore) -> None:
        """From 4 on it is satisfaction; a vote without marks has no score, and an older one is another span's."""
        ids = [file(store, place) for place in range(4)]
        given: list[tuple[int, tuple[tuple[str, int], ...], datetime]] = [
            (ids[0], (("efficiency", 5), ("solution", 4)), NOW),
            (ids[1], (("solution", 3),), NOW),
            (ids[2], (), NOW),
            (ids[3], (("solution", 1),), SPAN.begin - timedelta(minutes=1)),
        ]
        with store.write() as tx:
            for ticket_id, marks, at in given:
                vote_id = first_id_at(at) + ticket_id % 1000
                tx.votes.save(Vote(id=vote_id, ticket_id=ticket_id, letter_id=1, at=at, satisfied=True, marks=marks))
        assert tally(store, TicketSet.SCORED, parts=("score", "satisfied")) == [(2, 7.5, 1)]
        assert tallied(store, TicketSet.SCORED, "score") == [(1, 3), (0, 4.5)]

    def test_appraisals_are_scored_whatever_became_of_the_ticket(self, store: SqlStore) -> None:
        """By the mean of their marks, and apart from votes."""
        ids = [file(store, place) for place in range(2)] + [file(store, 2, state=State.MERGED)]
        times = (NOW, SPAN.begin - timedelta(minutes=1), NOW)
        with store.write() as tx:
            for place, (ticket_id, at) in enumerate(zip(ids, times, strict=True)):
                given = Appraisal(
                    id=first_id_at(at) + place, customer_id=ticket_id + 1, ticket_id=ticket_id, term="2026H1", at=at,
                    marks=(("quality", 5), ("speed", 4 - place)),
                )  # fmt: skip
                tx.appraisals.save(given)
        assert tally(store, TicketSet.APPRAISED, parts=("score",)) == [(2, 8.0)]
        assert tally(store, TicketSet.SCORED, parts=("score",)) == []
        assert tallied(store, TicketSet.APPRAISED, "score") == [(2, 3.5), (0, 4.5)]

    def test_tasks_are_counted_by_their_own_time_and_owner(self, store: SqlStore) -> None:
        """Done on time, done late, late, given up late; not what is not due yet, was dropped in time, or was a gift
        that nobody approved; with or without a ticket."""
        id_ = file(store, 0)
        done, dropped = TaskState.DONE, TaskState.DROPPED
        tasks = [
            a_task(1, ticket_id=id_, state=done, ended=minutes(1), due=minutes(1), words="甲"),
            a_task(2, customer_id=id_ + 1, state=done, ended=minutes(3), ended_by="amy", owner="", due=minutes(2)),
            a_task(3, ticket_id=id_, due=minutes(90)),
            a_task(4, ticket_id=id_, due=minutes(150)),
            a_task(5, ticket_id=id_, state=dropped, ended=minutes(7), due=minutes(6)),
            a_task(6, ticket_id=id_, state=dropped, ended=minutes(5), due=minutes(6)),
            a_task(7, ticket_id=id_, kind=TaskKind.GIFT, state=dropped, ended=minutes(9), due=minutes(6)),
            a_task(8, ticket_id=id_, state=TaskState.ASKED, due=minutes(6)),
            a_task(9, ticket_id=id_, state=done, ended=NOW, due=NOW + timedelta(days=2)),
        ]
        with store.write() as tx:
            for one in tasks:
                tx.tasks.add(replace(one, team="客服部"))
        assert tally(store, TicketSet.TASKS, "team", "agent", parts=("kept",)) == [
            ("客服部", "amy", 1, 0.0),
            ("客服部", "li", 3, 1.0),
        ]
        with store.read() as tx:
            first = tx.views.tallied(Selection(which=TicketSet.TASKS, counted="kept"), SPAN, "", 2)
            rest = tx.views.tallied(Selection(which=TicketSet.TASKS, counted="kept"), SPAN, first.next_key, 9)
        shown = [(row.task, row.number, row.subject, row.counted) for row in (*first.rows, *rest.rows)]
        number = "20260305000"
        words = a_task(1).words
        assert shown == [(5, number, words, 0), (3, number, words, 0), (2, "", words, 0), (1, number, "甲", 1)]

    def test_who_was_asked_and_who_answered(self, store: SqlStore) -> None:
        """An answer counts when it comes, silence when the ticket is closed; who was never asked counts nowhere."""
        result: dict[str, Any] = {"state": State.CLOSED, "resolved": NOW, "closed": minutes(30)}
        answered = [file(store, 0, **result), file(store, 1, state=State.SECOND_TREATMENT)]
        silent, written = file(store, 2, **result), file(store, 3, **result)
        file(store, 4, **result)
        file(store, 5, state=State.CLOSED, closed=minutes(30))
        with store.write() as tx:
            silence = moved(1, silent, "resolved", "closed")
            silence = replace(silence, action="ticket.closed", details=(*silence.details, ("reason", "silence")))
            result_sent = (("letter", "9"), ("state", "resolved"))
            written_line = replace(moved(2, written, "", ""), action="ticket.answered", details=result_sent)
            tx.audit.add([silence, written_line])
            for place, ticket_id in enumerate((*answered, answered[0])):
                tx.votes.save(Vote(id=BASE + place, ticket_id=ticket_id, letter_id=place, at=NOW, satisfied=False))
        assert tally(store, TicketSet.ASKED, parts=("answered",)) == [(4, 2)]
        assert tallied(store, TicketSet.ASKED, "answered") == [(3, 0), (2, 0), (1, 1), (0, 1)]

    def test_suggestions_that_agents_confirmed_or_corrected(self, store: SqlStore) -> None:
        """Each ticket once; what was taken back, and what nothing was suggested for, says nothing."""
        ids = [file(store, place) for place in range(5)]
        kind = CorrectionKind
        with store.write() as tx:
            for place, (ticket_id, what, before, after, undoes) in enumerate(
                [
                    (ids[0], kind.CONFIRM, "咨询", "咨询", 0),
                    (ids[1], kind.CONFIRM, "咨询", "咨询", 0),
                    (ids[1], kind.CORRECT, "咨询", "投诉", 0),
                    (ids[2], kind.CORRECT, "咨询", "咨询", 0),
                    (ids[3], kind.CORRECT, "咨询", "投诉", 0),
                    (ids[3], kind.UNDO, "投诉", "咨询", BASE + 4),
                ]
            ):
                tx.corrections.add(judged(BASE + place, ticket_id, what, "type", before, after, undoes))
            tx.corrections.add(judged(BASE + 9, ids[4], kind.CORRECT, "gravity", "", "重大", 0))
        assert tallied(store, TicketSet.JUDGED, "agreed") == [(2, 1), (1, 0), (0, 1)]
        assert tally(store, TicketSet.JUDGED, parts=("agreed",)) == [(3, 2)]

    def test_what_is_open_has_an_age(self, store: SqlStore) -> None:
        """Up to 1, 3, 7, 30 days, or older; as it stands now, whenever it came."""
        for place, days in enumerate((0.5, 2, 2, 20, 99)):
            file(store, place, received=SPAN.now - timedelta(days=days))
        file(store, 5, state=State.CLOSED)
        assert tally(store, TicketSet.OPEN, "age", "state") == [
            (0, "new", 1), (1, "new", 1), (3, "new", 2), (30, "new", 1),
        ]  # fmt: skip

    def test_a_span_is_looked_at_step_by_step(self, store: SqlStore) -> None:
        """What lies on a mark belongs to the step that begins there; closings and due times have their own instants."""
        first = file(store, 0)
        file(store, 1, received=minutes(10), state=State.CLOSED, closed=minutes(30))
        with store.write() as tx:
            tx.promises.add([a_promise(1, first, state=PromiseState.KEPT, due=minutes(-9), told=minutes(20))])
        span = replace(SPAN, marks=(minutes(10), minutes(20)))
        with store.read() as tx:
            found = [
                sorted((row.of["step"], row.count) for row in tx.views.tally(which, span, ("step",)))
                for which in (TicketSet.RECEIVED, TicketSet.CLOSED, TicketSet.DUE)
            ]
        assert found == [[(0, 1), (1, 1)], [(2, 1)], [(2, 1)]]

    def test_the_volume_by_root_cause(self, store: SqlStore) -> None:
        """Of tickets that nobody has analysed it is not known."""
        file(store, 0)
        ticket_id = file(store, 1)
        with store.write() as tx:
            tx.analyses.save(Analysis(ticket_id=ticket_id, version=1, analyst="li", at=NOW, cause="product"))
        assert tally(store, TicketSet.RECEIVED, "cause") == [("", 1), ("product", 1)]
        assert tallied(store, TicketSet.RECEIVED, "", {"cause": ("product",)}) == [(1, 1)]

    def test_a_span_without_anything_has_no_tallies(self, store: SqlStore) -> None:
        """Not one of nothing."""
        assert [tally(store, which) for which in TicketSet] == [[]] * len(TicketSet)

    def test_the_tickets_behind_a_figure_are_paged(self, store: SqlStore) -> None:
        """The newest first; no page repeats a ticket or leaves one out."""
        for place in range(5):
            file(store, place)
        key, found = "", []
        while True:
            with store.read() as tx:
                page = tx.views.tallied(Selection(which=TicketSet.RECEIVED), SPAN, key, 2)
            found += [(row.id - BASE) // 100 for row in page.rows]
            key = page.next_key
            if not key:
                break
        assert found == [4, 3, 2, 1, 0]


def moved(id_: int, ticket_id: int, before: str, state: str) -> AuditEntry:
    details = (("before", before), ("state", state))
    return AuditEntry(id=id_, at=NOW, actor="li", action="ticket.moved", subject=f"ticket:{ticket_id}", details=details)


def an_extension(id_: int, ticket_id: int, promise_id: int) -> Extension:
    return Extension(
        id=id_, ticket_id=ticket_id, promise_id=promise_id, clock=Clock.RESOLUTION, due=NOW, wanted=minutes(60),
        reason="备件在途", asked_by="li", at=NOW, state=ExtensionState.TOLD,
    )  # fmt: skip


def judged(
    id_: int, ticket_id: int, kind: CorrectionKind, field: str, before: str, after: str, undoes: int
) -> Correction:
    return Correction(
        id=id_, ticket_id=ticket_id, message_id=ticket_id + 2, kind=kind, at=NOW, agent="li",
        before=((field, before),), after=((field, after),), undoes=undoes,
    )  # fmt: skip
