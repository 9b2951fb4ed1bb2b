"""The contract of what pages read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import Occasion
from core.domain.errors import WrongUsage
from core.domain.filing import AuditEntry
from core.domain.ids import first_id_at, instant_of
from core.domain.ledger import Stage
from core.domain.letter import LetterState
from core.domain.mail import Automatic
from core.domain.promise import PromiseState
from core.domain.ticket import SPAM_TAG, Direction, State, Ticket
from core.domain.views import LOOKED_BACK, MOST_ROWS, NOBODY, Board, FiledTypes, Load, QueueFilter
from huiying.app.clock import now
from store.open import SqlStore
from store.tables import ticket
from tests.unit.store.values import (
    NOW,
    WORKER,
    a_decision,
    a_filing,
    a_letter,
    a_message,
    a_promise,
    a_raw_mail,
    a_ticket,
    file_tickets,
    keep_and_claim,
    minutes,
)


def change(store: SqlStore, ticket_id: int, **changed: Any) -> Ticket:
    with store.write() as tx:
        ticket = tx.tickets.get(ticket_id)
        assert ticket is not None
        return tx.tickets.update(replace(ticket, **changed))


def pages(read: Callable[[str], Any]) -> list[list[int]]:
    """The ids of all pages, followed by their keys."""
    found, key = [], ""
    for _ in range(20):
        page = read(key)
        found.append([row.id for row in page.rows])
        key = page.next_key
        if not key:
            return found
    raise AssertionError("the pages do not end")


class TestBoard:
    def test_open_work_is_counted_by_whose_it_is(self, store: SqlStore) -> None:
        """What is over does not count; due now, due later today and by state; nobody's is a load, too."""
        ids = file_tickets(store, 5)
        change(store, ids[0], assignee="li", state=State.OPEN)
        change(store, ids[1], assignee="li")
        change(store, ids[2], fields={"type": "投诉", "urgency": "常规"})
        change(store, ids[3], state=State.CLOSED)
        with store.write() as tx:
            tx.promises.add([a_promise(9001, ids[0], cause="x", due=minutes(1))])
            ended = [replace(each, state=PromiseState.KEPT) for each in tx.promises.of_ticket(ids[1])]
            tx.promises.change(ended)
        with store.read() as tx:
            board = tx.views.board(minutes(1), minutes(16), ("紧急",), ("投诉", "抱怨"))
        li = Load(assignee="li", tickets=2, overdue=1, today=0, states=(("new", 1), ("open", 1)))
        nobody = Load(assignee="", tickets=2, overdue=0, today=2, states=(("new", 2),))
        assert board == Board(loads=(nobody, li), urgent=3, complaints=1, whole=True)
        assert (board.sum_of("tickets"), board.in_state("new")) == (4, 3)


class TestQueue:
    def test_tickets_are_ordered_by_due_time_and_paged(self, store: SqlStore) -> None:
        """The next due comes first, tickets without a due time last; pages neither repeat nor leave out."""
        ids = file_tickets(store, 5)
        with store.write() as tx:
            tx.promises.add([a_promise(9001, ids[3], cause="x", due=minutes(1))])
            ended = [replace(each, state=PromiseState.KEPT) for each in tx.promises.of_ticket(ids[0])]
            tx.promises.change(ended)
        with store.read() as tx:
            found = pages(lambda key: tx.views.queue(QueueFilter(), key, 2))
            everything = tx.views.queue(QueueFilter(), "", 9999)
        assert found == [[ids[3], ids[1]], [ids[2], ids[4]], [ids[0]]]
        assert [row.next_due for row in everything.rows] == [minutes(1), *[minutes(15)] * 3, None]

    def test_tickets_called_spam_are_paged_by_who_wrote_last(self, store: SqlStore) -> None:
        """However many others are invalid; a tag that only holds the word and a ticket that is open again are none."""
        ids = file_tickets(store, 7)
        for id_ in ids[:5]:
            change(store, id_, state=State.INVALID, tags=("急", SPAM_TAG))
        change(store, ids[5], state=State.INVALID, tags=(f"不是{SPAM_TAG}",))
        change(store, ids[4], state=State.OPEN)
        change(store, ids[6], tags=(SPAM_TAG,))
        change(store, ids[1], subject="我们不是垃圾")
        with store.read() as tx:
            found = pages(lambda key: tx.views.spam_tickets(key, 2))
            with pytest.raises(WrongUsage):
                tx.views.spam_tickets("1.2", 2)
        assert found == [[ids[1], ids[3]], [ids[2], ids[0]]]

    def test_a_row_tells_what_a_list_shows(self, store: SqlStore) -> None:
        """Customer, snippet, the model's confidence in the shown type, and who decided."""
        (ticket_id,) = file_tickets(store, 1)
        with store.read() as tx:
            row = tx.views.queue_row(ticket_id)
            assert tx.views.queue(QueueFilter(), "", 5).rows == (row,)
            assert tx.views.queue_row(1) is None
        assert row is not None
        assert (row.customer, row.level, row.snippet) == ("王芳", "普通", "系统从早上起无法登录。")
        assert (row.type_confidence, row.accepted, row.messages) == (0.8712345678901234, True, 1)
        assert (row.next_due, row.next_clock, row.version) == (minutes(15), "first_response", 1)
        assert dict(row.fields)["urgency"] == "紧急"
        assert dict(row.decided_by)["urgency"] == "rule"

    def test_confidence_follows_the_shown_type(self, store: SqlStore) -> None:
        """After a correction it is the model's for the new value, or none where the model never thought of it."""
        (ticket_id,) = file_tickets(store, 1)
        for value, expected in (("咨询", 0.1), ("投诉", None)):
            change(store, ticket_id, fields={"type": value}, decided_by={"type": "agent"})
            with store.read() as tx:
                row = tx.views.queue_row(ticket_id)
            assert row is not None
            assert (row.type_confidence, row.accepted) == (expected, False)

    @pytest.mark.parametrize(
        ("which", "expected"),
        [
            (QueueFilter(), [0, 1, 3]),
            (QueueFilter(state=""), [0, 1, 2, 3]),
            (QueueFilter(state="closed"), [2]),
            (QueueFilter(type="投诉"), [1]),
            (QueueFilter(urgency="紧急"), [0, 3]),
            (QueueFilter(mailbox="sales"), []),
            (QueueFilter(assignee="li"), [0]),
            (QueueFilter(assignee=NOBODY), [1, 3]),
            (QueueFilter(text="系统无法登录", state=""), [0, 1, 2, 3]),
            (QueueFilter(text="系统无法登录"), [0, 1, 3]),
            (QueueFilter(text="系统无法登录", type="投诉"), [1]),
            (QueueFilter(text="20260305010"), [1]),
            (QueueFilter(text="%"), []),
        ],
    )
    def test_filters_choose(self, store: SqlStore, which: QueueFilter, expected: list[int]) -> None:
        """Each filter, and none of its characters is a pattern."""
        ids = file_tickets(store, 4)
        change(store, ids[0], assignee="li")
        change(store, ids[1], subject="Refund please", fields={"type": "投诉"})
        change(store, ids[2], state=State.CLOSED)
        change(store, ids[3], subject="100%_ 无法登录")
        with store.read() as tx:
            rows = tx.views.queue(which, "", 10).rows
            assert tx.views.queue_count(which) == len(expected)
        assert sorted(row.id for row in rows) == [ids[place] for place in expected]

    def test_a_bad_key_is_refused(self, store: SqlStore) -> None:
        """A page's key that nobody gave is wrong usage, not a crash."""
        with store.read() as tx:
            for key in ("x", "1", "1.2.3", "1.x", f"1.{1 << 63}", f"{-1 << 63}.1", "9" * 5000 + ".1"):
                with pytest.raises(WrongUsage):
                    tx.views.queue(QueueFilter(), key, 5)

    def test_changes_are_told_in_order(self, store: SqlStore) -> None:
        """Whatever touches a ticket moves it behind the mark that a live page remembers."""
        first, second = file_tickets(store, 2)
        with store.read() as tx:
            mark = tx.views.last_touched()
            assert tx.views.changed_since(mark, 10) == ()
            assert [id_ for _, id_ in tx.views.changed_since(0, 10)] == [first, second]
        change(store, second, assignee="li")
        with store.write() as tx:
            tx.promises.add([a_promise(9001, first, cause="x", due=minutes(1))])
        with store.write() as tx:
            tx.tickets.add_message(a_message(9002, second))
        with store.read() as tx:
            changed = tx.views.changed_since(mark, 10)
            assert tx.views.changed_since(mark, 1) == changed[:1]
            assert tx.views.last_touched() == changed[-1][0]
        assert [id_ for _, id_ in changed] == [first, second]


class TestDetail:
    def test_a_page_shows_everything_of_a_ticket(self, store: SqlStore) -> None:
        """Ticket, customer, messages, decisions, promises, corrections, letters, mails, audit and links."""
        first, second = file_tickets(store, 2)
        change(store, second, linked_to=first)
        said = Correction(
            id=9001, ticket_id=first, message_id=first + 2, kind=CorrectionKind.CONFIRM, at=NOW, agent="li"
        )
        with store.write() as tx:
            tx.corrections.add(said)
        with store.read() as tx:
            detail = tx.views.ticket("20260305000")
            other = tx.views.ticket("20260305010")
            assert tx.views.ticket("nothing") is None
            assert detail is not None
            assert detail.customer == tx.tickets.customer(first + 1)
            assert detail.messages == (tx.tickets.message(first + 2),)
        assert other is not None
        (decision,) = detail.decisions
        assert (decision.decision, decision.current, decision.at) == (a_decision(), True, NOW)
        assert [promise.id for promise in detail.promises] == [first + 3, first + 4]
        assert detail.corrections == (said,)
        assert [letter.id for letter in detail.letters] == [first + 5]
        assert [mail.uid for mail in detail.ledger] == [1000]
        assert [entry.id for entry in detail.audit] == [first + 6]
        assert detail.linked == ((second, "20260305010"),)
        assert other.linked == ((first, "20260305000"),)


class TestLists:
    def test_letters_are_listed_newest_first(self, store: SqlStore) -> None:
        """By state or all, with the recipient masked."""
        ids = [ticket_id + 5 for ticket_id in file_tickets(store, 3)]
        with store.write() as tx:
            tx.outbox.set_state(ids[1], LetterState.HELD, NOW)
        with store.read() as tx:
            assert pages(lambda key: tx.views.letters("", key, 2)) == [[ids[2], ids[1]], [ids[0]]]
            assert pages(lambda key: tx.views.letters("held", key, 2)) == [[ids[1]]]
            assert tx.views.letter(1) is None
            row = tx.views.letter(ids[0])
        assert row is not None
        assert (row.number, row.recipient_masked, row.created) == ("20260305000", "W***@example.cn", NOW)

    def test_mails_in_trouble_are_listed_newest_first(self, store: SqlStore) -> None:
        """Quarantined and shunted mails, and nothing else."""
        ids = keep_and_claim(store, range(1, 5))
        with store.write() as tx:
            tx.ledger.set_stage(ids[0], Stage.SHUNTED, "decide:KeyError", "trace")
            tx.ledger.set_stage(ids[2], Stage.QUARANTINED, "third death")
        with store.read() as tx:
            assert pages(lambda key: tx.views.quarantine(key, 1)) == [[ids[2]], [ids[0]]]
            assert tx.views.ledger_row(1) is None

    def test_a_page_has_a_hard_limit(self, store: SqlStore) -> None:
        """However much is asked for, no more than MOST_ROWS come at once."""
        with store.write() as tx:
            ids = tx.ledger.keep([a_raw_mail(uid) for uid in range(1, 206)], NOW, old_before_uid=0, after="seen")
            for id_ in ids:
                tx.ledger.set_stage(id_, Stage.SHUNTED, "x")
        with store.read() as tx:
            page = tx.views.quarantine("", 10_000)
        assert len(page.rows) == MOST_ROWS
        assert page.next_key


class TestFiledTypes:
    def test_tickets_of_a_span_are_counted_by_type(self, store: SqlStore) -> None:
        """By when their ids were made; the oldest of the span is told. What was brought in as history is left out."""
        begin = instant_of(5 << 22)
        ledger_ids = keep_and_claim(store, range(1, 5))
        filings = [a_filing(ledger_id, at << 22) for ledger_id, at in zip(ledger_ids, (4, 5, 7, 9), strict=True)]
        with store.write() as tx:
            tx.tickets.file(filings, NOW)
        with store.read() as tx:
            span = tx.views.filed_types(begin, instant_of(9 << 22))
            none = tx.views.filed_types(instant_of(10 << 22), instant_of(20 << 22))
        assert [count for _, count in span.counts] == [2] and span.oldest == begin
        with store.write() as tx:
            tx._unit.change(ticket.update().where(ticket.c.id == 7 << 22).values(number="H000001"))
        with store.read() as tx:
            span = tx.views.filed_types(begin, instant_of(9 << 22))
        assert [count for _, count in span.counts] == [1]
        assert none == FiledTypes()


class TestHealth:
    def test_an_empty_desk_is_healthy(self, store: SqlStore) -> None:
        """Nothing is counted and nothing is old."""
        with store.read() as tx:
            health, totals = tx.views.health(), tx.views.totals()
        assert (health.unfiled, health.oldest_unfiled_s, health.letters_queued, health.mailboxes) == (0, 0.0, 0, ())
        assert set(totals.values()) == {0}

    def test_what_waits_is_counted_with_its_age(self, store: SqlStore) -> None:
        """Counts of what is unfiled, in trouble, queued, overdue and owed; ages by the database's clock."""
        (ticket_id,) = file_tickets(store, 1)
        ids = keep_and_claim(store, [1, 2, 3])
        with store.write() as tx:
            tx.ledger.set_stage(ids[0], Stage.SHUNTED, "x")
            tx.outbox.add(
                [a_letter(9001, ticket_id, state=LetterState.HELD), a_letter(9002, ticket_id, state=LetterState.FAILED)]
            )
        with store.read() as tx:
            health = tx.views.health()
        assert (health.unfiled, health.shunted, health.quarantined, health.open_tickets) == (2, 1, 0, 1)
        assert (health.letters_queued, health.letters_held, health.letters_failed) == (1, 1, 1)
        assert health.server_actions_owed == 4

    def test_what_came_back_lately_is_counted(self, store: SqlStore) -> None:
        """Bounced letters by the time at which they were made; what lies weeks back is no trouble of today."""
        (ticket_id,) = file_tickets(store, 1)
        today = first_id_at(now())
        old = first_id_at(now() - LOOKED_BACK - timedelta(minutes=1))
        with store.write() as tx:
            tx.outbox.add([a_letter(id_, ticket_id, state=LetterState.BOUNCED) for id_ in (old, today, today + 1)])
        with store.read() as tx:
            health = tx.views.health()
        assert (health.letters_bounced, health.letters_failed, health.notices_failed) == (2, 0, 0)

    def test_totals_count_whole_tables(self, store: SqlStore) -> None:
        """Mails, tickets, sent acknowledgements, joined and quarantined mails."""
        first, _ = file_tickets(store, 2)
        (ledger_id,) = keep_and_claim(store, [5])
        with store.write() as tx:
            claimed = tx.outbox.claim(WORKER, NOW, 1)
            assert len(claimed) == 1
        with store.write() as tx:
            stub = a_ticket(5000, number="S1", customer_id=0)
            tx.tickets.file(
                [a_filing(ledger_id, 5000, stage=Stage.QUARANTINED, ticket=stub, customer=None, letters=())], NOW
            )
        with store.read() as tx:
            totals = tx.views.totals()
        assert (totals["mails"], totals["tickets"], totals["quarantined"], totals["joined"]) == (3, 3, 1, 0)
        assert totals["acknowledged"] == 0
        assert first


class TestDecided:
    def test_what_a_decision_was_made_from_is_read_back(self, store: SqlStore) -> None:
        """Message without its HTML, facts, suggestion, and the fields that an agent has decided since."""
        first, second = file_tickets(store, 2)
        change(store, second, fields={"type": "投诉", "urgency": "紧急"}, decided_by={"type": "agent"})
        with store.read() as tx:
            ids = tx.views.decided_ids(minutes(-60), datetime(2100, 1, 1, tzinfo=UTC), 0, 10)
            mails = tx.views.decided(ids)
            assert tx.views.decided(()) == ()
        assert [mail.id for mail in mails] == list(ids) == sorted(ids)
        assert [mail.number for mail in mails] == [f"20260305{first % 1000:03d}", f"20260305{second % 1000:03d}"]
        assert [mail.agents for mail in mails] == [(), (("type", "投诉"),)]
        whole = a_message(first + 2, first)
        assert mails[0].message.html == ""
        for name in ("subject", "text", "reply", "sender", "recipients", "attachments", "language", "at"):
            assert getattr(mails[0].message, name) == getattr(whole, name)
        assert (mails[0].facts, mails[0].suggestion) == (a_decision().facts, a_decision().suggestion)

    def test_they_are_counted_and_read_page_by_page(self, store: SqlStore) -> None:
        """Of one message only the last decision; none of another time, none made later than on arrival."""
        first, second, third = file_tickets(store, 3)
        with store.write() as tx:
            tx.tickets.add_decision(a_decision(), second, second + 2, NOW)
            facts = replace(a_decision().facts, occasion=Occasion.REPLY)
            tx.tickets.add_decision(replace(a_decision(), occasion=Occasion.REPLY, facts=facts), third, third + 2, NOW)
        span, never = (minutes(-60), datetime(2100, 1, 1, tzinfo=UTC)), datetime(2101, 1, 1, tzinfo=UTC)
        with store.read() as tx:
            views, pages, last = tx.views, list[tuple[int, ...]](), 0
            while page := views.decided_ids(*span, last, 2):
                pages.append(page)
                last = page[-1]
            of = {mail.id: mail.message.ticket_id for mail in views.decided([id_ for page in pages for id_ in page])}
            assert (views.decided_count(*span), views.decided_count(span[1], never)) == (3, 0)
            assert views.decided_ids(span[1], never, 0, 10) == ()
        assert [len(page) for page in pages] == [2, 1] and sorted(of.values()) == sorted((first, second, third))

    def test_what_became_of_their_tickets_is_read_together(self, store: SqlStore) -> None:
        """Replies of people without their HTML, decisions, promises, corrections and what the trail says of states and
        clocks: as the page of one ticket has them."""
        first = file_tickets(store, 2)[0]
        with store.write() as tx:
            tx.tickets.add_message(a_message(first + 20, first, reply="还是不行", html="<p>还是不行</p>"))
            tx.tickets.add_message(a_message(first + 21, first, automatic=Automatic.AUTO_REPLY))
            tx.tickets.add_message(a_message(first + 22, first, direction=Direction.NOTE))
            tx.audit.add(
                [
                    AuditEntry(id=first + 23 + n, at=NOW, actor="li", action=action, subject=f"ticket:{first}")
                    for n, action in enumerate(("ticket.moved", "promise.warned", "letter.queued"))
                ]
            )
        with store.read() as tx:
            mails = tx.views.decided(tx.views.decided_ids(minutes(-60), datetime(2100, 1, 1, tzinfo=UTC), 0, 10))
            one, other = tx.views.lives(mails)
            details = [tx.views.ticket(mail.number) for mail in mails]
            assert tx.views.lives(()) == () and tx.views.lives(mails[1:]) == (other,)
        for life, detail in zip((one, other), details, strict=True):
            assert detail is not None and life.ticket == detail.ticket
            assert (life.decisions, life.promises) == (detail.decisions, detail.promises)
            assert life.corrections == detail.corrections
        assert [(m.id, m.reply, m.html) for m in one.replies] == [(first + 20, "还是不行", "")] and not other.replies
        assert [line.action for line in one.audit] == ["ticket.new", "ticket.moved", "promise.warned"]
