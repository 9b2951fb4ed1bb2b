"""What becomes of a letter: sent once, retried while the trouble passes, failed visibly when it does not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import cast

import pytest

from core.domain.calendar import CalendarExhausted
from core.domain.errors import BadTemplate
from core.domain.keys import KeyRing
from core.domain.letter import LetterFile, LetterIntent, LettersMode, OutgoingMail
from core.domain.people import Actor, Role, User
from core.domain.promise import Clock, PromiseState
from core.domain.settings import MailboxSettings
from huiying.flows.context import Context
from huiying.flows.deliver import ATTEMPTS, FIRST_PAUSE, LONGEST_PAUSE, begin_again, deliver, jitter
from huiying.flows.desk import Desk
from huiying.flows.keep import all_sent
from huiying.flows.notify import notify
from huiying.flows.outbox import change_letter
from huiying.flows.ports import Transaction
from huiying.flows.upkeep import upkeep
from responder.letters import LetterBook
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import LATER, NEVER, UNKNOWN, MemoryTransport


@dataclass
class BadLetters:
    """A letter book that fails for one customer's letters."""

    book: LetterBook
    error: Exception
    customer: str = "wang@example.cn"

    def compose(
        self,
        intent: LetterIntent,
        mailbox: MailboxSettings,
        reply_to: str,
        files: Sequence[LetterFile] = (),
        link: str = "",
        stop: str = "",
    ) -> OutgoingMail:
        if intent.recipient.address == self.customer:
            raise self.error
        return self.book.compose(intent, mailbox, reply_to, files, link, stop)

    def portal(self, mailbox: str, language: str) -> str:
        return self.book.portal(mailbox, language)


def with_bad_letters(ctx: Context, error: Exception) -> Context:
    desk = ctx.desk()
    bad: Desk = replace(desk, letters=cast(LetterBook, BadLetters(desk.letters, error)))
    return replace(ctx, desk=lambda: bad, desk_of=lambda bundle: bad)


@pytest.fixture
def server(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport) -> Office:
    return Office(worker_context(sqlite_store, keys, clock, transport=server))


class TestTrouble:
    def test_a_4xx_waits_and_goes_out_with_the_same_bytes(
        self, office: Office, server: MemoryTransport, clock: FixedClock
    ) -> None:
        """Deferred twice, sent at the third try, each pause about twice the one before."""
        server.script += [LATER, LATER]
        [row] = office.bring(a_mail())
        [letter] = office.ticket(row.number).letters
        assert (letter.state, letter.code, letter.attempts) == ("deferred", 451, 1)
        assert deliver(office.ctx) == 0
        for attempts, pause in ((1, 10), (2, 20)):
            wanted = pause * jitter(letter.id, attempts)
            clock.advance(seconds=wanted - 0.1)
            assert deliver(office.ctx) == 0
            clock.advance(seconds=0.1)
            assert deliver(office.ctx) == 1
        assert office.letters("sent")[0].attempts == 3
        assert len({mail.data for mail in server.tried}) == 1 and len(server.tried) == 3

    def test_what_failed_together_does_not_come_back_together(self) -> None:
        """A fifth more or less, the same for the same try, spread over all of it."""
        shares = [jitter(letter_id, 1) for letter_id in range(2000)]
        assert 0.8 <= min(shares) < 0.81 and 1.19 < max(shares) <= 1.2
        assert jitter(7, 1) == jitter(7, 1) != jitter(7, 2)

    def test_giving_up_is_seen(self, office: Office, server: MemoryTransport, clock: FixedClock) -> None:
        """After the last try a letter that is still deferred has failed and asks for an agent."""
        server.script += [LATER] * ATTEMPTS
        office.bring(a_mail())
        for _ in range(ATTEMPTS):
            clock.advance(seconds=1.2 * LONGEST_PAUSE.total_seconds())
            deliver(office.ctx)
        assert [letter.state for letter in office.letters()] == ["failed"]
        assert len(server.tried) == ATTEMPTS

    def test_a_server_may_be_away_for_two_days(self) -> None:
        """A weekend's outage costs no letter: the last try comes after about fifty hours."""
        pauses = [min(FIRST_PAUSE * 2**tried, LONGEST_PAUSE) for tried in range(ATTEMPTS - 1)]
        assert timedelta(hours=48) < sum(pauses, timedelta()) < timedelta(hours=54)

    def test_a_5xx_is_never_tried_again(self, office: Office, server: MemoryTransport, clock: FixedClock) -> None:
        """A refusal is shown to an agent with the server's words."""
        server.script += [NEVER]
        office.bring(a_mail())
        clock.advance(days=2)
        assert deliver(office.ctx) == 0
        [letter] = office.letters()
        assert (letter.state, letter.code, letter.answer) == ("failed", 550, "550 5.1.1 no such user")

    def test_an_uncertain_send_is_repeated_and_counted(
        self, office: Office, server: MemoryTransport, clock: FixedClock
    ) -> None:
        """A connection lost after DATA: the same bytes and Message-ID go out again, and the resend is counted."""
        server.script += [UNKNOWN]
        office.bring(a_mail())
        clock.advance(minutes=1)
        deliver(office.ctx)
        [letter] = office.letters("sent")
        assert letter.resends == 1 and len({mail.data for mail in server.tried}) == 1

    def test_letters_of_a_worker_that_began_again_are_resent_with_their_bytes(
        self, office: Office, server: MemoryTransport
    ) -> None:
        """The database goes away while a letter is on the wire: it goes out once more, unchanged."""
        office.keep(a_mail())

        class Vanishing(MemoryTransport):
            def send(self, letters):
                server.send(letters)
                raise BadTemplate("stands for the process losing its database here")

        from huiying.flows.triage import triage

        triage(office.ctx)
        with pytest.raises(BadTemplate):
            deliver(replace(office.ctx, transport=Vanishing(office.ctx.now)))
        assert deliver(office.ctx) == 0
        assert begin_again(office.ctx) == 1
        assert deliver(office.ctx) == 1
        [letter] = office.letters("sent")
        assert letter.resends == 1 and len({mail.data for mail in server.tried}) == 1

    @pytest.mark.parametrize("error", [BadTemplate("a template cannot be filled"), RuntimeError("our bug")])
    def test_a_letter_that_cannot_be_composed_fails_alone(
        self, office: Office, server: MemoryTransport, error: Exception
    ) -> None:
        """The ticket stands, the failed letter says why, and the other customer's letter leaves."""
        ids = office.keep(a_mail(), a_mail(mid="m2@example.cn", sender="zhao@example.cn"))
        from huiying.flows.triage import triage

        triage(office.ctx)
        deliver(with_bad_letters(office.ctx, error))
        assert all(office.row(one).number for one in ids)
        [failed] = office.letters("failed")
        assert str(error) in failed.answer
        assert [mail.recipients for mail in server.tried] == [("zhao@example.cn",)]


def test_a_ticket_whose_clocks_fail_costs_no_letter_its_proof(
    office: Office, server: MemoryTransport, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """The calendar ends, or our bug: both letters were sent, once; the other ticket's promise is kept."""
    first, second = office.keep(a_mail(), a_mail(mid="m2@example.cn", sender="zhao@example.cn"))
    from huiying.flows.triage import triage

    triage(office.ctx)

    def failing(ctx: Context, tx: Transaction, letters: Sequence[tuple[LetterIntent, datetime]]) -> None:
        if any(letter.recipient.address == "wang@example.cn" for letter, _ in letters):
            raise CalendarExhausted("the calendar ends")
        all_sent(ctx, tx, letters)

    monkeypatch.setattr("huiying.flows.deliver.all_sent", failing)
    assert deliver(office.ctx) == 2 and deliver(office.ctx) == 0
    assert begin_again(office.ctx) == 0 and len(server.tried) == 2
    assert [letter.state for letter in office.letters()] == ["sent", "sent"]
    assert "could not be kept" in caplog.text
    kept = {
        one: {p.state for p in office.ticket(office.row(one).number).promises if p.clock is Clock.ACKNOWLEDGEMENT}
        for one in (first, second)
    }
    assert kept == {first: {PromiseState.RUNNING}, second: {PromiseState.KEPT}}


def test_clocks_that_failed_are_made_up(
    office: Office, server: MemoryTransport, clock: FixedClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As soon as it succeeds, by the instant at which the letter was sent; no second letter leaves."""
    [ledger_id] = office.keep(a_mail())
    from huiying.flows.triage import triage

    triage(office.ctx)
    bugs = [True, True]

    def failing(ctx: Context, tx: Transaction, letters: Sequence[tuple[LetterIntent, datetime]]) -> None:
        if bugs:
            raise RuntimeError("our bug")
        all_sent(ctx, tx, letters)

    monkeypatch.setattr("huiying.flows.deliver.all_sent", failing)
    monkeypatch.setattr("huiying.flows.upkeep.all_sent", failing)
    at = clock()
    assert deliver(office.ctx) == 1
    assert upkeep(office.ctx) == 0
    clock.advance(minutes=1)
    assert upkeep(office.ctx) == 0
    bugs.clear()
    assert upkeep(office.ctx) == 0
    clock.advance(minutes=1)
    assert (upkeep(office.ctx), upkeep(office.ctx)) == (1, 0)
    number = office.row(ledger_id).number
    [promise] = [p for p in office.ticket(number).promises if p.clock is Clock.ACKNOWLEDGEMENT]
    assert (promise.state, promise.ended) == (PromiseState.KEPT, at)
    assert len(server.tried) == 1


def test_people_are_told_of_a_letter_that_failed(office: Office, server: MemoryTransport) -> None:
    """The lead sees it at the bell, with the ticket and the server's code."""
    with office.ctx.store.write() as tx:
        tx.people.save(User(id=1, name="lea", role=Role.LEAD))
    server.script += [NEVER]
    [row] = office.bring(a_mail())
    while notify(office.ctx):
        pass
    with office.ctx.store.read() as tx:
        [told] = tx.notices.inbox("lea", "", 9).rows
    assert (told.event, told.number, told.details) == ("letter.failed", row.number, (("code", "550"),))


class TestPersons:
    def test_a_held_letter_leaves_when_it_is_released(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport
    ) -> None:
        """letters: hold keeps it; a person's word sends it as it was written."""
        desk = with_letters(desk_with_mailbox(), LettersMode.HOLD)
        office = Office(worker_context(sqlite_store, keys, clock, desk=desk, transport=server))
        office.bring(a_mail())
        [held] = office.letters("held")
        assert change_letter(office.ctx, held.id, "release", Actor.person(User(id=1, name="li")))
        office.work()
        assert [letter.state for letter in office.letters()] == ["sent"] and len(server.tried) == 1
