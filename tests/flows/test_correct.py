"""What an agent's word does: it binds, moves the promises, and can be taken back exactly."""

from __future__ import annotations

import pytest

from core.domain.correction import CorrectionKind
from core.domain.errors import BadInput, NotFound
from core.domain.promise import Clock, PromiseState
from huiying.flows.correct import confirm, correct, undo
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def number(office: Office) -> str:
    """A calm question: low priority, easily moved."""
    [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
    return row.number


def running(office: Office, number: str, clock: Clock = Clock.RESOLUTION):
    [promise] = [p for p in office.ticket(number).promises if p.clock is clock and p.state is PromiseState.RUNNING]
    return promise


class TestCorrect:
    def test_a_correction_binds_and_moves_what_follows(self, office: Office, number: str) -> None:
        """Urgency and type by the agent: priority, team and due times follow them."""
        before = office.ticket(number).ticket
        due = running(office, number).due
        correct(office.ctx, number, {"urgency": "紧急", "type": "complaint"}, "lin")
        after = office.ticket(number).ticket
        assert (after.fields["urgency"], after.fields["type"]) == ("紧急", "投诉")
        assert after.decided_by["urgency"] == after.decided_by["type"] == "agent"
        assert (before.fields["priority"], after.fields["priority"]) != ("高", before.fields["priority"])
        assert after.fields["team"] == office.ctx.desk().taxonomy.team_of("投诉")
        assert running(office, number).due < due and after.confirmed

    def test_the_old_promise_is_superseded_and_kept(self, office: Office, number: str) -> None:
        """What was promised before stays readable and names what replaced it."""
        old = running(office, number)
        made = correct(office.ctx, number, {"urgency": "紧急"}, "lin")
        new = running(office, number)
        [kept] = [p for p in office.ticket(number).promises if p.id == old.id]
        assert (kept.state, kept.due, kept.superseded_by) == (PromiseState.SUPERSEDED, old.due, new.id)
        assert new.cause == f"correction:{made.id}"

    def test_the_queue_orders_by_the_new_due_time(self, office: Office, number: str) -> None:
        """The ticket mirrors the earliest running promise."""
        correct(office.ctx, number, {"urgency": "紧急"}, "lin")
        detail = office.ticket(number)
        earliest = min(p.due for p in detail.promises if p.state is PromiseState.RUNNING)
        assert detail.ticket.next_due == earliest

    def test_everything_wrong_is_said_at_once(self, office: Office, number: str) -> None:
        """Unknown fields and values are refused together and nothing is changed."""
        with pytest.raises(BadInput) as told:
            correct(office.ctx, number, {"colour": "red", "urgency": "yesterday"}, "lin")
        assert "colour" in told.value.message and "yesterday" in told.value.message
        assert office.ticket(number).corrections == ()

    def test_an_unknown_ticket_is_not_found(self, office: Office) -> None:
        """A number that nobody has is an error that says so."""
        with pytest.raises(NotFound):
            confirm(office.ctx, "20990101001", "lin")


class TestUndo:
    def test_it_restores_fields_and_promises_exactly(self, office: Office, number: str) -> None:
        """After the undo the ticket and its running promises are what they were."""
        before, promises = office.ticket(number).ticket, running(office, number)
        correct(office.ctx, number, {"urgency": "紧急", "type": "投诉"}, "lin")
        undo(office.ctx, number, "lin")
        after = office.ticket(number).ticket
        assert (after.fields, after.decided_by, after.confirmed) == (before.fields, before.decided_by, False)
        again = running(office, number)
        assert (again.id, again.due, again.warn_at) == (promises.id, promises.due, promises.warn_at)
        assert after.next_due == before.next_due

    def test_three_events_are_in_the_trail(self, office: Office, number: str) -> None:
        """Confirm, correct and undo each leave a line with the agent's name, and a label."""
        confirm(office.ctx, number, "lin")
        correct(office.ctx, number, {"urgency": "重要"}, "lin")
        undo(office.ctx, number, "wu")
        detail = office.ticket(number)
        lines = [(e.action, e.actor) for e in sorted(detail.audit, key=lambda e: e.id) if e.actor != "system"]
        assert lines == [("ticket.confirm", "lin"), ("ticket.correct", "lin"), ("ticket.undo", "wu")]
        assert [c.kind for c in sorted(detail.corrections, key=lambda c: c.id)] == list(CorrectionKind)

    def test_it_takes_back_one_step_at_a_time(self, office: Office, number: str) -> None:
        """Two corrections need two undos; a third finds nothing."""
        first = office.ticket(number).ticket.fields["urgency"]
        correct(office.ctx, number, {"urgency": "重要"}, "lin")
        correct(office.ctx, number, {"urgency": "紧急"}, "lin")
        undo(office.ctx, number, "lin")
        assert office.ticket(number).ticket.fields["urgency"] == "重要"
        undo(office.ctx, number, "lin")
        assert office.ticket(number).ticket.fields["urgency"] == first
        assert undo(office.ctx, number, "lin") is None

    def test_undone_corrections_are_no_labels(self, office: Office, number: str) -> None:
        """An undo weighs nothing as a label."""
        correct(office.ctx, number, {"urgency": "紧急"}, "lin")
        back = undo(office.ctx, number, "lin")
        assert back is not None and back.weight == 0.0


def test_a_confirmation_binds_without_moving_anything(office: Office, number: str, clock: FixedClock) -> None:
    """Type and urgency are the agent's now; no promise changes."""
    before = office.ticket(number)
    clock.advance(minutes=5)
    confirm(office.ctx, number, "lin")
    after = office.ticket(number)
    assert after.ticket.fields == before.ticket.fields and after.ticket.confirmed
    assert after.ticket.decided_by["type"] == "agent"
    assert {p.id for p in after.promises} == {p.id for p in before.promises}
