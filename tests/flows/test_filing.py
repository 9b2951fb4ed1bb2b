"""What a mail becomes: a ticket with number, decision, promises and one letter, or nothing with a reason."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from core.domain.decision import By
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.mail import ParsedOrNot
from core.domain.numbering import DEFAULT, read_numbering
from core.domain.promise import ON_ARRIVAL, Clock, PromiseState
from ingest.workers import InProcessParser
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, verdict_code, with_letters, worker_context
from tests.fakes.failing import MARK, FailingSuggester
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.keyword_suggester import KeywordSuggester


def office_with(store: SqlStore, keys: KeyRing, clock: FixedClock, mode: LettersMode) -> Office:
    return Office(worker_context(store, keys, clock, desk=with_letters(desk_with_mailbox(), mode)))


class TestNewTicket:
    def test_it_has_number_decision_promises_and_one_letter(self, office: Office) -> None:
        """A first mail becomes a numbered ticket; each decided field says who decided it."""
        [row] = office.bring(a_mail())
        detail = office.ticket(row.number)
        assert row.number == "20260305001" and verdict_code(row) == "new"
        assert detail.ticket.fields["type"] == "问题反馈"
        assert set(detail.ticket.fields) >= {"type", "urgency", "priority", "team"}
        assert detail.ticket.decided_by["type"] in (By.RULE, By.MODEL)
        assert {p.clock for p in detail.promises} == set(ON_ARRIVAL)
        assert [(letter.kind, letter.state) for letter in detail.letters] == [("acknowledgement", "sent")]
        assert detail.letters[0].code == 250

    def test_the_acknowledgement_keeps_its_promise(self, office: Office) -> None:
        """The server's 250 ends the acknowledgement's clock; the others run on."""
        [row] = office.bring(a_mail())
        states = {p.clock: p.state for p in office.ticket(row.number).promises}
        assert states.pop(Clock.ACKNOWLEDGEMENT) is PromiseState.KEPT
        assert set(states.values()) == {PromiseState.RUNNING}

    def test_numbers_count_up_within_a_day(self, office: Office, clock: FixedClock) -> None:
        """Serials follow each other without a gap and begin again in Shanghai's next day."""
        first = office.bring(*(a_mail(mid=f"{n}@example.cn", body=f"第{n}个问题，打不开") for n in range(3)))
        clock.advance(hours=15)
        [later] = office.bring(a_mail(mid="late@example.cn", body="另外一件事，请问几点上班"))
        assert [row.number for row in first] == ["20260305001", "20260305002", "20260305003"]
        assert later.number == "20260306001"

    def test_a_desk_numbers_its_tickets_as_it_likes(self, office: Office, clock: FixedClock) -> None:
        """By its pattern, in the year of the desk's zone; the reply is known by the bracket; no number is taken twice,
        whatever an earlier pattern has numbered so."""
        desk = office.ctx.desk()

        def by(pattern: str) -> None:
            changed = replace(desk, numbering=read_numbering(pattern))
            office.ctx = replace(office.ctx, desk=lambda: changed)

        by("需-{year}-{serial:3}")
        [first] = office.bring(a_mail())
        [reply] = office.bring(a_mail(mid="m2@example.cn", subject="回复：[#需-2026-001] 登录报错", body="好了吗？"))
        assert (first.number, reply.number) == ("需-2026-001", "需-2026-001")
        by("{year}-030{serial:2}")
        [odd] = office.bring(a_mail(mid="m3@example.cn"))
        by("{year}-{month}{serial:2}")
        clock.advance(days=30)
        serials = [office.bring(a_mail(mid=f"{n}@example.cn"))[0].number for n in (4, 5)]
        assert (odd.number, serials) == ("2026-03001", ["2026-0401", "2026-0402"])
        by("{year}-0{serial:4}")
        with office.ctx.store.write() as tx:
            assert tx.tickets.next_serial("2026-0", 3000) == 1
        [next_one] = office.bring(a_mail(mid="m6@example.cn"))
        assert next_one.number == "2026-03002"
        by("{year}{month}{serial:5}")
        with office.ctx.store.write() as tx:
            assert tx.tickets.next_serial("202604", 4000) == 1
        [long] = office.bring(a_mail(mid="m8@example.cn"))
        by(DEFAULT)
        shipped = office.bring(a_mail(mid="m9@example.cn"))[0].number
        assert (long.number, shipped) == ("20260404001", "20260404002")
        clock.advance(days=300)
        by("需-{year}-{serial:3}")
        [later] = office.bring(a_mail(mid="m7@example.cn"))
        assert later.number == "需-2027-001"

    def test_a_batch_is_filed_like_single_mails(self, office: Office) -> None:
        """Twenty mails claimed at once make twenty tickets, the same customer only one customer row."""
        ids = office.keep(*(a_mail(mid=f"{n}@example.cn", body=f"第{n}个问题，打不开") for n in range(20)))
        office.work()
        details = [office.ticket(office.row(one).number) for one in ids]
        assert len({d.ticket.number for d in details}) == 20
        assert len({d.ticket.customer_id for d in details}) == 1


class TestReply:
    def test_it_joins_by_the_message_id_it_names(self, office: Office) -> None:
        """A reply to the first mail is a second message of the ticket and gets no second letter."""
        root, reply = office.bring(
            a_mail(), a_mail(mid="m2@example.cn", body="补充：重启也没用。", reply_to=["m1@example.cn"])
        )
        assert reply.number == root.number and verdict_code(reply) == "reply:known-id"
        detail = office.ticket(root.number)
        assert len(detail.messages) == 2 and len(detail.letters) == 1
        assert reply.silent_because == "reply-to-open-ticket"

    def test_it_joins_by_our_letters_signed_message_id(self, office: Office) -> None:
        """An answer to the acknowledgement finds its ticket even when the first Message-ID is gone."""
        [root] = office.bring(a_mail())
        ours = office.ticket(root.number).letters[0].message_id
        [reply] = office.bring(a_mail(mid="m2@example.cn", body="谢谢，还是不行。", reply_to=[ours]))
        assert reply.number == root.number and verdict_code(reply) == "reply:signed-id"

    def test_a_root_that_comes_after_its_reply_joins_it(self, office: Office) -> None:
        """The reply named the root's Message-ID, so the late root is no second ticket."""
        reply, root = office.bring(
            a_mail(mid="m2@example.cn", body="补充：重启也没用。", reply_to=["m1@example.cn"]), a_mail()
        )
        assert root.number == reply.number and verdict_code(root) == "reply:named-before"

    def test_root_and_reply_in_one_batch_are_one_ticket(self, office: Office) -> None:
        """Claimed together, the reply sees what the root has made."""
        ids = office.keep(a_mail(), a_mail(mid="m2@example.cn", body="补充。", reply_to=["m1@example.cn"]))
        office.work()
        assert len({office.row(one).number for one in ids}) == 1

    def test_a_stranger_with_a_valid_reference_is_linked(self, office: Office) -> None:
        """Somebody else who names the mail gets a ticket of his own that points to the other."""
        root, other = office.bring(
            a_mail(), a_mail(mid="m2@else.example", sender="zhao@else.example", reply_to=["m1@example.cn"])
        )
        assert other.number != root.number and verdict_code(other) == "linked"
        assert office.ticket(other.number).ticket.linked_to == office.ticket(root.number).ticket.id

    def test_a_bare_number_counts_for_a_known_sender_only(self, office: Office) -> None:
        """A number in the subject is no key: a stranger gets a ticket of his own."""
        [root] = office.bring(a_mail())
        subject = f"Re: [#{root.number}] 登录报错"
        [known] = office.bring(a_mail(mid="m2@example.cn", subject=subject, body="还没好"))
        [stranger] = office.bring(a_mail(mid="m3@else.example", subject=subject, sender="zhao@else.example"))
        assert known.number == root.number and verdict_code(known) == "reply:number"
        assert stranger.number != root.number and verdict_code(stranger) == "new"


class TestNothingNew:
    def test_a_copy_makes_nothing(self, office: Office) -> None:
        """The same mail once more is kept and leads to the same ticket: no message, no letter."""
        root, copy = office.bring(a_mail(), a_mail(headers=["X-Delivered-Twice: yes"]))
        assert (copy.verdict.partition(":")[0], copy.number) == ("copy", root.number)
        assert len(office.ticket(root.number).messages) == 1 and len(office.letters()) == 1

    def test_the_same_message_id_with_other_words_is_no_copy(self, office: Office) -> None:
        """Some programs use one Message-ID for all their mails; none of them may be lost."""
        first, second = office.bring(a_mail(), a_mail(body="完全不同的一件事：请问发票怎么开？"))
        assert second.verdict.partition(":")[0] != "copy"
        assert len(office.ticket(first.number).messages) + len(office.ticket(second.number).messages) >= 2

    @pytest.mark.parametrize(
        ("header", "because"),
        [
            ("Auto-Submitted: auto-replied", "automatic-auto-reply"),
            ("List-Id: <news.example.com>", "automatic-list"),
        ],
    )
    def test_automatic_mail_is_silent_with_its_reason(self, office: Office, header: str, because: str) -> None:
        """A machine's mail makes no ticket and no letter, and says why."""
        [row] = office.bring(a_mail(headers=[header]))
        assert row.number == "" and row.silent_because.partition(":")[0] == because
        assert office.totals()["tickets"] == 0 and office.letters() == ()

    def test_our_own_mail_coming_back_is_silent(self, office: Office) -> None:
        """A mail from the desk's own address never makes a ticket: that would be a loop."""
        [row] = office.bring(a_mail(sender="service@example.com"))
        assert row.number == "" and row.silent_because


class TestLetters:
    def test_hold_leaves_the_letter_in_the_outbox(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """With letters: hold the letter waits for a person; a release sends it."""
        office = office_with(sqlite_store, keys, clock, LettersMode.HOLD)
        office.bring(a_mail())
        [held] = office.letters()
        assert held.state == "held"

    def test_off_sends_none_and_says_so(self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
        """With letters: off the ticket stands without a letter, and without a promise to send one."""
        office = office_with(sqlite_store, keys, clock, LettersMode.OFF)
        [row] = office.bring(a_mail())
        assert row.silent_because == "letters-off" and office.letters() == ()
        assert Clock.ACKNOWLEDGEMENT not in {p.clock for p in office.ticket(row.number).promises}

    def test_two_robots_cannot_keep_each_other_busy(self, office: Office) -> None:
        """After five letters in an hour an address gets no more; its mails still become tickets."""
        rows = office.bring(*(a_mail(mid=f"{n}@example.cn", body=f"第{n}个问题，打不开") for n in range(7)))
        assert [row.silent_because.partition(":")[0] for row in rows] == [""] * 5 + ["cap-hour"] * 2
        assert all(row.number for row in rows)

    @pytest.mark.slow
    def test_several_addresses_of_one_customer_count_together(self, office: Office) -> None:
        """Who asks for the answers at another address each time has one cap, one by one and in one batch."""
        others = [
            a_mail(mid=f"{n}@example.cn", body=f"第{n}个问题，打不开", headers=[f"Reply-To: wang{n}@example.cn"])
            for n in range(10)
        ]
        rows = office.bring(*others[:4]) + office.bring(*others[4:7])
        assert [row.silent_because.partition(":")[0] for row in rows] == [""] * 5 + ["cap-hour"] * 2
        office.keep(*others[7:])
        office.work()
        assert len(office.letters()) == 5
        [stranger] = office.bring(a_mail(mid="s@example.cn", body="发票怎么开？", sender="li@example.cn"))
        assert stranger.silent_because == ""

    def test_the_cap_counts_within_one_batch(self, office: Office) -> None:
        """Seven mails filed in one transaction see each other's letters."""
        office.keep(*(a_mail(mid=f"{n}@example.cn", body=f"第{n}个问题，打不开") for n in range(7)))
        office.work()
        assert len(office.letters()) == 5

    def test_every_message_id_that_we_send_leads_back(self, office: Office) -> None:
        """The letter's own Message-ID is a reference of the ticket from the moment it is filed."""
        [row] = office.bring(a_mail())
        ours = office.ticket(row.number).letters[0].message_id
        with office.ctx.store.read() as tx:
            found = tx.tickets.by_references([ours])
        assert found == ((ours, office.ticket(row.number).ticket.id),)


class TestOurBug:
    def test_a_model_that_raises_costs_one_mail_its_understanding(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """The marked mail is shunted with its traceback and a numbered stub; its batch goes on."""
        suggester = FailingSuggester(KeywordSuggester())
        office = Office(worker_context(sqlite_store, keys, clock, suggester=suggester))
        ids = office.keep(
            a_mail(mid="a@example.cn", sender="a@example.cn"),
            a_mail(mid="b@example.cn", sender="b@example.cn", body=f"{MARK} 请问"),
            a_mail(mid="c@example.cn", sender="c@example.cn"),
        )
        office.work()
        rows = [office.row(one) for one in ids]
        assert [row.stage for row in rows] == ["filed", "shunted", "filed"]
        assert all(row.number for row in rows) and len(office.letters("sent")) == 3
        assert office.ticket(rows[1].number).ticket.stub

    def test_a_shunted_mail_is_replayed_onto_its_ticket(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
    ) -> None:
        """Once the bug is mended a replay understands the mail: same number, no second letter."""
        from huiying.flows.replay import replay

        suggester = FailingSuggester(KeywordSuggester())
        office = Office(worker_context(sqlite_store, keys, clock, suggester=suggester))
        [row] = office.bring(a_mail(body=f"{MARK} 系统打不开，一直报错"))
        suggester.healed = True
        replay(office.ctx, row.id, "admin")
        office.work()
        again = office.row(row.id)
        detail = office.ticket(row.number)
        assert (again.stage, again.number) == ("filed", row.number)
        assert not detail.ticket.stub and detail.ticket.fields["type"] == "问题反馈"
        assert len(detail.letters) == 1


def test_a_database_that_goes_away_costs_no_attempt(office: Office) -> None:
    """When filing cannot reach the database the claims are given back without blame."""
    from core.domain.errors import StoreUnavailable
    from huiying.flows.triage import triage

    [ledger_id] = office.keep(a_mail())

    class Down(InProcessParser):
        def parse(self, batch: Sequence[bytes]) -> tuple[ParsedOrNot, ...]:
            raise StoreUnavailable

    with pytest.raises(StoreUnavailable):
        triage(replace(office.ctx, parser=Down()))
    office.work()
    row = office.row(ledger_id)
    assert (row.stage, row.claims) == ("filed", 1)
