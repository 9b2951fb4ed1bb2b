"""What the switch keeps back: what is in force when a letter would leave counts, and a person's release."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import LettersOff
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode, LetterState
from core.domain.people import Actor, User
from core.domain.ticket import State
from huiying.flows.answer import UNDO, Draft, answer
from huiying.flows.deliver import FIRST_PAUSE
from huiying.flows.desk import Desk
from huiying.flows.held import change_all
from huiying.flows.outbox import change_letter
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import LATER, MemoryTransport

LI = User(id=1, name="li")
BY_LI = Actor.person(LI)


class Switched(Office):
    """An office whose switch is moved while it works."""

    def __init__(self, store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
        self.server, self.clock, self.desk = MemoryTransport(clock), clock, desk_with_mailbox()
        ctx = worker_context(store, keys, clock, transport=self.server)
        super().__init__(replace(ctx, desk=self._desk))
        with store.write() as tx:
            tx.people.save(LI)

    def _desk(self) -> Desk:
        return self.desk

    def switch(self, mode: LettersMode) -> None:
        self.desk = with_letters(desk_with_mailbox(), mode)

    def seen(self) -> list[tuple[str, str]]:
        return [(row.state, row.answer) for row in self.letters()]

    def wait(self) -> None:
        """Until what was put off for a moment is due."""
        self.clock.advance(seconds=2 * FIRST_PAUSE.total_seconds())
        self.work()

    def trail(self) -> list[tuple[str, str, dict[str, str]]]:
        [letter] = self.letters()
        with self.ctx.store.read() as tx:
            lines = tx.views.audit(f"letter:{letter.id}", "", 10).rows
        return [(line.action, line.actor, dict(line.details)) for line in lines]


@pytest.fixture(params=["sqlite_store", "pg_store"])
def office(request: pytest.FixtureRequest, keys: KeyRing, clock: FixedClock) -> Switched:
    return Switched(request.getfixturevalue(request.param), keys, clock)


@pytest.fixture
def deferred(office: Switched) -> Switched:
    """An acknowledgement that the server asks for again later."""
    office.server.script.append(LATER)
    office.bring(a_mail())
    assert office.seen() == [("deferred", "451 4.3.0 later")]
    return office


@pytest.mark.parametrize(("mode", "why"), [(LettersMode.HOLD, "letters-hold"), (LettersMode.OFF, "letters-off")])
def test_a_queued_letter_stays_when_its_mailbox_is_switched(deferred: Switched, mode: LettersMode, why: str) -> None:
    """It was queued while letters were live; nothing is sent, and the outbox says why."""
    deferred.switch(mode)
    deferred.wait()
    assert deferred.seen() == [("held", why)] and len(deferred.server.tried) == 1
    deferred.wait()
    assert deferred.seen() == [("held", why)]


def test_an_agents_letter_too(office: Switched) -> None:
    """In the seconds in which it can be taken back the admin holds all letters."""
    [row] = office.bring(a_mail())
    answer(office.ctx, row.number, LI, Draft(text="已经修好，请再试一次。", then=State.OPEN, sure=True))
    office.switch(LettersMode.HOLD)
    office.clock.advance(seconds=UNDO.total_seconds())
    office.work()
    assert sorted(office.seen()) == [("held", "letters-hold"), ("sent", "250 2.0.0 OK")]


def test_what_a_person_releases_in_hold_leaves(deferred: Switched) -> None:
    """Also when the server asks for patience after that; the trail says who, and that letters were on hold."""
    deferred.switch(LettersMode.HOLD)
    deferred.wait()
    [held] = deferred.letters()
    assert change_letter(deferred.ctx, held.id, "release", BY_LI)
    assert deferred.seen() == [("queued", "")]
    deferred.server.script.append(LATER)
    deferred.work()
    deferred.wait()
    assert deferred.seen() == [("sent", "250 2.0.0 OK")]
    assert deferred.trail() == [("letter.release", "li", {"letters": "hold"})]


def test_a_letter_that_waits_from_the_start_is_released_in_hold(office: Switched) -> None:
    """As while a new mailbox is watched."""
    office.switch(LettersMode.HOLD)
    office.bring(a_mail())
    assert office.seen() == [("held", "letters-hold")]
    [held] = office.letters()
    assert change_letter(office.ctx, held.id, "release", BY_LI)
    office.work()
    assert office.seen() == [("sent", "250 2.0.0 OK")]


def test_a_retry_in_hold_is_a_persons_word_too(deferred: Switched) -> None:
    """He says so of this letter while he can see that letters are on hold."""
    deferred.switch(LettersMode.HOLD)
    [letter] = deferred.letters()
    assert change_letter(deferred.ctx, letter.id, "retry", BY_LI)
    deferred.work()
    assert deferred.seen() == [("sent", "250 2.0.0 OK")]


def test_a_release_before_the_hold_is_no_word_about_it(deferred: Switched) -> None:
    """Nor does the release of a hold count for a stricter switch, or after a person held the letter again."""
    [letter] = deferred.letters()
    assert change_letter(deferred.ctx, letter.id, "hold", BY_LI)
    assert change_letter(deferred.ctx, letter.id, "release", BY_LI)
    deferred.switch(LettersMode.HOLD)
    deferred.work()
    assert deferred.seen() == [("held", "letters-hold")]
    assert change_letter(deferred.ctx, letter.id, "release", BY_LI)
    deferred.switch(LettersMode.OFF)
    deferred.work()
    assert deferred.seen() == [("held", "letters-off")]


def test_nothing_is_released_while_letters_are_off(deferred: Switched) -> None:
    """The person is told; the letter waits, and can be cancelled."""
    deferred.switch(LettersMode.OFF)
    deferred.wait()
    [letter] = deferred.letters()
    with pytest.raises(LettersOff):
        change_letter(deferred.ctx, letter.id, "release", BY_LI)
    assert deferred.seen() == [("held", "letters-off")] and deferred.trail() == []
    assert change_letter(deferred.ctx, letter.id, "cancel", BY_LI)
    assert [state for state, _ in deferred.seen()] == [LetterState.CANCELLED]


@pytest.mark.parametrize(("action", "ends"), [("release", "sent"), ("cancel", "cancelled")])
def test_one_act_for_all_that_the_switch_kept_back(office: Switched, action: str, ends: str) -> None:
    """Once letters are live again, not before; what a person held stays with him."""
    mails = [a_mail(mid=f"m{n}@example.cn", sender=f"u{n}@example.cn") for n in range(4)]
    office.switch(LettersMode.HOLD)
    office.bring(*mails)
    *_, first = office.letters()
    assert change_letter(office.ctx, first.id, "release", BY_LI)
    assert change_letter(office.ctx, first.id, "hold", BY_LI)
    assert change_all(office.ctx, action, BY_LI) == 0
    office.switch(LettersMode.LIVE)
    assert change_all(office.ctx, action, BY_LI) == 3
    office.work()
    assert [state for state, _ in office.seen()] == [ends] * 3 + ["held"]
    with office.ctx.store.read() as tx:
        assert [line.actor for row in office.letters() for line in tx.views.audit(f"letter:{row.id}", "", 1).rows] == (
            ["li"] * 4
        )


def test_letters_of_a_mailbox_that_is_gone_obey_the_switch_of_all(deferred: Switched) -> None:
    """The bundle that they were written by still knows it, and would send them."""
    fixed = replace(deferred.desk.letters.fixed, switch=LettersMode.HOLD)
    letters = replace(deferred.desk.letters, fixed=fixed)
    deferred.desk = replace(deferred.desk, mailboxes=(), letters=letters)
    deferred.wait()
    assert deferred.seen() == [("held", "letters-hold")]
