"""延期 and 超时原因: a later time is asked for, approved, told; and why a promise was late."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest

from core.domain.errors import BadInput, LettersOff, NotFound, NotPermitted, ReasonNeeded, SecondPersonNeeded
from core.domain.extension import Extension, ExtensionState
from core.domain.keys import KeyRing
from core.domain.letter import LettersMode
from core.domain.people import Role, User
from core.domain.promise import Clock, Promise, PromiseState
from huiying.flows.answer import log_call
from huiying.flows.arithmetic import arithmetic
from huiying.flows.breach import set_breach
from huiying.flows.correct import correct
from huiying.flows.extend import UNDO, Verdict, ask_extension, decide_extension, withdraw_extension
from huiying.flows.tick import tick
from responder.wording import time_words
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, with_letters, worker_context
from tests.fakes.fixed_clock import FixedClock

LI = User(id=1, name="li", role=Role.AGENT)
ZHAO = User(id=2, name="zhao", role=Role.LEAD)
YES, NO = Verdict(approved=True), Verdict(approved=False, because="客户等不了")
SHANGHAI = ZoneInfo("Asia/Shanghai")


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def one(office: Office, number: str, clock: Clock = Clock.RESOLUTION) -> Promise:
    return max((p for p in office.ticket(number).promises if p.clock is clock), key=lambda p: p.id)


def ask(office: Office, number: str, days: int = 2, clock: Clock = Clock.RESOLUTION) -> Extension:
    promise = one(office, number, clock)
    return ask_extension(office.ctx, number, LI, promise.id, promise.due + timedelta(days=days), "等配件到货")


class TestExtensions:
    def test_it_counts_when_the_letter_has_left(self, office: Office, number: str, clock: FixedClock) -> None:
        """Not when it is asked for or approved: when the customer was told, with the reason and the time."""
        before = one(office, number)
        asked = ask(office, number)
        assert one(office, number).due == before.due
        decided = decide_extension(office.ctx, number, ZHAO, asked.id, YES)
        assert decided.state is ExtensionState.APPROVED and one(office, number).due == before.due
        clock.at += UNDO
        office.work()
        after, detail = one(office, number), office.ticket(number)
        assert (after.due, after.told is not None, after.warned) == (asked.wanted, True, 0)
        assert [e.state for e in detail.extensions] == [ExtensionState.TOLD]
        with office.ctx.store.read() as tx:
            letter = tx.outbox.intent(detail.letters[-1].id)
        assert letter is not None and letter.template == "extension" and letter.variables["note"] == "等配件到货"
        assert letter.variables["told"] and detail.letters[-1].state == "sent"
        calendar = office.ctx.desk().calendar
        assert letter.variables["was"] == time_words(before.due, calendar, "zh-CN") != letter.variables["told"]
        assert "延期：等配件到货" in after.because

    def test_the_lead_decides_and_not_on_his_own_request(self, office: Office, number: str) -> None:
        """An agent cannot, and nobody approves himself."""
        asked = ask(office, number)
        with pytest.raises(NotPermitted):
            decide_extension(office.ctx, number, LI, asked.id, YES)
        promise = one(office, number, Clock.NEXT_UPDATE)
        own = ask_extension(office.ctx, number, ZHAO, promise.id, promise.due + timedelta(days=1), "等")
        with pytest.raises(SecondPersonNeeded):
            decide_extension(office.ctx, number, ZHAO, own.id, YES)

    def test_refused_the_time_stays(self, office: Office, number: str, clock: FixedClock) -> None:
        """With the lead's word; no letter goes, and it is decided once."""
        before, asked = one(office, number), ask(office, number)
        done = decide_extension(office.ctx, number, ZHAO, asked.id, NO)
        assert (done.state, done.because) == (ExtensionState.REFUSED, "客户等不了")
        clock.at += UNDO
        office.work()
        assert one(office, number).due == before.due and len(office.ticket(number).letters) == 1
        with pytest.raises(BadInput):
            decide_extension(office.ctx, number, ZHAO, asked.id, YES)

    def test_without_a_letter_no_time_moves(self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
        """Letters are off: approving is refused unless somebody told the customer by telephone."""
        live = Office(worker_context(sqlite_store, keys, clock))
        [row] = live.bring(a_mail())
        before, asked = one(live, row.number), ask(live, row.number)
        off = replace(live.ctx, desk=lambda: with_letters(desk_with_mailbox(), LettersMode.OFF))
        with pytest.raises(LettersOff):
            decide_extension(off, row.number, ZHAO, asked.id, YES)
        assert one(live, row.number).due == before.due
        assert [e.state for e in live.ticket(row.number).extensions] == [ExtensionState.ASKED]
        decide_extension(off, row.number, ZHAO, asked.id, Verdict(approved=True, by_call=True))
        assert one(live, row.number).due == asked.wanted

    def test_it_is_taken_back_until_the_letter_leaves(self, office: Office, number: str, clock: FixedClock) -> None:
        """The lead's slip within the seconds of grace; the agent's own request while nobody has decided."""
        asked = ask(office, number)
        decide_extension(office.ctx, number, ZHAO, asked.id, YES)
        assert withdraw_extension(office.ctx, number, ZHAO, asked.id).state is ExtensionState.ASKED
        clock.at += UNDO
        office.work()
        assert one(office, number).due == asked.due
        assert withdraw_extension(office.ctx, number, LI, asked.id).state is ExtensionState.WITHDRAWN
        again = ask(office, number)
        decide_extension(office.ctx, number, ZHAO, again.id, YES)
        clock.at += UNDO
        office.work()
        with pytest.raises(BadInput):
            withdraw_extension(office.ctx, number, ZHAO, again.id)

    def test_what_cannot_be_asked_is_refused(self, office: Office, number: str, clock: FixedClock) -> None:
        """No reason, an earlier time, a mistyped year, a second request, a promise that is over, another ticket's."""
        promise = one(office, number)
        with pytest.raises(ReasonNeeded):
            ask_extension(office.ctx, number, LI, promise.id, promise.due + timedelta(days=1), " ")
        for wrong in (promise.due, promise.due - timedelta(hours=1), promise.due.replace(year=9990)):
            with pytest.raises(BadInput):
                ask_extension(office.ctx, number, LI, promise.id, wrong, "等")
        ask(office, number)
        with pytest.raises(BadInput):
            ask(office, number, 3)
        with pytest.raises(BadInput):
            ask(office, number, 3, Clock.ACKNOWLEDGEMENT)
        with pytest.raises(NotFound):
            ask_extension(office.ctx, number, LI, 1, promise.due + timedelta(days=9), "等")

    def test_after_it_the_warnings_begin_anew(self, office: Office, number: str, clock: FixedClock) -> None:
        """A clock that was overdue is warned of again before its new time."""
        clock.at = one(office, number).due + timedelta(minutes=1)
        while tick(office.ctx):
            pass
        assert one(office, number).warned == 2
        asked = ask(office, number, 4)
        decide_extension(office.ctx, number, ZHAO, asked.id, YES)
        clock.at += UNDO
        office.work()
        after = one(office, number)
        assert after.warn_at is not None and clock.at < after.warn_at < asked.wanted


class TestToldTimes:
    def test_a_correction_never_moves_a_told_time_later(self, office: Office, number: str) -> None:
        """The acknowledgement named it; 低 would give more time, the customer keeps what he was told."""
        before = one(office, number, Clock.FIRST_RESPONSE)
        assert before.told is not None
        correct(office.ctx, number, {"priority": "低"}, "li")
        assert one(office, number, Clock.FIRST_RESPONSE).due == before.due

    def test_earlier_is_silent_and_back_is_as_told(self, office: Office, number: str) -> None:
        """高 brings it nearer, 低 back to what was told and no further."""
        before = one(office, number, Clock.FIRST_RESPONSE)
        correct(office.ctx, number, {"priority": "高"}, "li")
        nearer = one(office, number, Clock.FIRST_RESPONSE)
        assert nearer.due < before.due and nearer.told == before.told
        correct(office.ctx, number, {"priority": "低"}, "li")
        back = one(office, number, Clock.FIRST_RESPONSE)
        assert back.due == before.told and "已告知" in back.because

    @pytest.mark.parametrize(("late", "state"), [(0, PromiseState.KEPT), (1, PromiseState.MISSED)])
    def test_kept_is_measured_by_what_was_told(self, office: Office, number: str, clock: FixedClock, late, state):
        """高 warns people earlier; the customer was told two hours and has his answer within them, or not."""
        told = one(office, number, Clock.FIRST_RESPONSE).told
        correct(office.ctx, number, {"priority": "高"}, "li")
        nearer = one(office, number, Clock.FIRST_RESPONSE)
        assert told is not None and nearer.due < told == nearer.owed
        clock.at = told - timedelta(minutes=1)
        assert tick(office.ctx) and one(office, number, Clock.FIRST_RESPONSE).warned
        with pytest.raises(BadInput):
            set_breach(office.ctx, number, LI, nearer.id, "busy")
        clock.at = told + timedelta(minutes=late)
        log_call(office.ctx, number, LI, "reached", "说清楚了")
        assert one(office, number, Clock.FIRST_RESPONSE).state is state

    def test_an_earlier_time_is_told_with_what_counts(self, office: Office, number: str) -> None:
        """It is no time at which nobody is on duty; nothing is to be approved within what was told."""
        told = one(office, number, Clock.FIRST_RESPONSE).told
        correct(office.ctx, number, {"priority": "高"}, "li")
        nearer = one(office, number, Clock.FIRST_RESPONSE)
        said = arithmetic(office.ctx, office.ticket(number), "zh-CN")[nearer.id].told
        assert told is not None and said.startswith("时限提前了") and f"{told.astimezone(SHANGHAI):%H:%M}" in said
        with pytest.raises(BadInput):
            ask_extension(office.ctx, number, LI, nearer.id, told, "等")
        asked = ask_extension(office.ctx, number, LI, nearer.id, told + timedelta(days=3), "等")
        assert asked.due == told

    def test_what_was_not_told_moves_as_the_new_values_say(self, office: Office, number: str) -> None:
        """No letter has named the resolution."""
        before = one(office, number)
        correct(office.ctx, number, {"urgency": "常规"}, "li")
        assert one(office, number).due > before.due


class TestBreachReasons:
    def test_a_late_promise_has_a_reason_of_the_list(self, office: Office, number: str, clock: FixedClock) -> None:
        """While it runs late, and after it was missed; it is taken away again."""
        promise = one(office, number, Clock.FIRST_RESPONSE)
        with pytest.raises(BadInput):
            set_breach(office.ctx, number, LI, promise.id, "busy")
        clock.at = promise.due + timedelta(minutes=1)
        assert set_breach(office.ctx, number, LI, promise.id, "busy").breach == "busy"
        with pytest.raises(BadInput):
            set_breach(office.ctx, number, LI, promise.id, "weather")
        assert one(office, number, Clock.FIRST_RESPONSE).breach == "busy"
        set_breach(office.ctx, number, LI, promise.id, "")
        late = one(office, number, Clock.FIRST_RESPONSE)
        assert (late.breach, late.state) == ("", PromiseState.RUNNING)
