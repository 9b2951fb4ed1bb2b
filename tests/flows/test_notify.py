"""People of the desk are told once, by their channels, at an hour at which they may be disturbed."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from core.domain.keys import KeyRing
from core.domain.letter import Outcome
from core.domain.notice import HookAnswer, Notice, NoticeEvent
from core.domain.people import Role, User
from core.domain.task import TaskKind
from core.domain.ticket import State
from core.domain.views import NoticeRow
from core.settings.notify import read_notify
from huiying.flows.admit import disable
from huiying.flows.make_task import NewTask, make_task
from huiying.flows.notify import ATTEMPTS, notify
from huiying.flows.tasks import finish_task
from store.open import SqlStore
from tests.factories.letters import read
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.hooks import MemoryHooks
from tests.fakes.transport import LATER, MemoryTransport

SETTINGS = """
channels:
  mail: {kind: mail, mailbox: service}
  ops: {kind: webhook, url: "https://hooks.example.com/x"}
people:
  anna: {mail: anna@desk.example, teams: [技术支持组]}
  ben: {mail: ben@desk.example, by: [console]}
  lea: {mail: lea@desk.example, quiet: 12:00-14:00}
events:
  ticket.grave: {to: [lead], by: [console, mail, ops]}
quiet: 20:00-08:00
console: https://desk.example
"""


@pytest.fixture
def hooks() -> MemoryHooks:
    return MemoryHooks()


@pytest.fixture
def transport(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


@pytest.fixture
def office(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, transport: MemoryTransport, hooks: MemoryHooks
) -> Office:
    """A desk with an agent in the team, one beside it, a lead and an admin."""
    desk = desk_with_mailbox()
    settings, problems = read_notify(SETTINGS, desk.mailboxes)
    assert not problems
    desk = replace(desk, notify=settings)
    ctx = worker_context(sqlite_store, keys, clock, desk=desk, transport=transport, hooks=hooks)
    people = (("anna", Role.AGENT), ("ben", Role.AGENT), ("lea", Role.LEAD), ("root", Role.ADMIN))
    with ctx.store.write() as tx:
        for place, (name, role) in enumerate(people, 1):
            tx.people.save(User(id=place, name=name, role=role, language="en" if name == "anna" else "zh-CN"))
        tx.people.save(User(id=9, name="gone", role=Role.LEAD, disabled=True))
    return Office(ctx)


@pytest.fixture
def ticket_id(office: Office) -> int:
    [row] = office.bring(a_mail())
    office.ctx.transport.tried.clear()  # type: ignore[attr-defined]  # the fixture's own
    return row.ticket_id


def tell(office: Office, event: NoticeEvent, **changed: Any) -> None:
    given: dict[str, Any] = {
        "id": office.ctx.ids(), "event": event, "key": f"{event}:1", "at": office.ctx.now(), "subject": "ticket:1",
        "details": (("clock", "first_response"),),
    }  # fmt: skip
    with office.ctx.store.write() as tx:
        tx.notices.add([Notice(**given | changed)])
    while notify(office.ctx):
        pass


def inbox(office: Office, name: str) -> tuple[NoticeRow, ...]:
    with office.ctx.store.read() as tx:
        return tx.notices.inbox(name, "", 50).rows


def others(office: Office) -> list[tuple[str, str, str]]:
    with office.ctx.store.read() as tx:
        return sorted((row.channel, row.person, row.state) for row in tx.notices.sent("", "", 50).rows)


class TestWho:
    def test_a_ticket_without_owner_is_its_teams(self, office: Office, ticket_id: int) -> None:
        """The team of the ticket's type is told, nobody beside it; each by the channels that reach him."""
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        assert [len(inbox(office, name)) for name in ("anna", "ben", "lea", "root", "gone")] == [1, 0, 0, 0, 0]
        assert others(office) == [("mail", "anna", "sent")]

    def test_the_owner_is_told_and_a_channel_can_be_declined(self, office: Office, ticket_id: int) -> None:
        """Ben owns it and wants no mail: the console tells him alone."""
        with office.ctx.store.write() as tx:
            ticket = tx.tickets.get(ticket_id)
            assert ticket is not None
            tx.tickets.update(replace(ticket, assignee="ben"))
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        assert len(inbox(office, "ben")) == 1
        assert inbox(office, "anna") == ()
        assert others(office) == []

    def test_a_notice_can_name_whom_it_is_for(self, office: Office, ticket_id: int) -> None:
        """A rule's notice goes to the names and channels it gives, and never to its author."""
        tell(office, NoticeEvent.RULE, ticket_id=ticket_id, to=("@ben", "#ops", "admin"))
        assert [len(inbox(office, name)) for name in ("anna", "ben", "root")] == [0, 1, 1]
        assert others(office) == [("ops", "", "sent")]
        tell(office, NoticeEvent.HELD, key="held", details=(("author", "anna"),), to=("@anna", "lead"))
        assert [len(inbox(office, name)) for name in ("anna", "lea")] == [0, 1]

    def test_an_event_is_told_once(self, office: Office, ticket_id: int) -> None:
        """The same event again, whoever writes it, tells nobody."""
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id, id=office.ctx.ids())
        assert len(inbox(office, "anna")) == 1
        assert len(others(office)) == 1


class TestWhen:
    def test_nobody_is_disturbed_at_night(
        self, office: Office, ticket_id: int, clock: FixedClock, transport: MemoryTransport
    ) -> None:
        """At 23:00 in Shanghai the mail waits until 08:00; the console shows it at once."""
        clock.at = clock.at.replace(hour=15)
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        assert len(inbox(office, "anna")) == 1
        assert others(office) == [("mail", "anna", "queued")]
        clock.at += timedelta(hours=8, minutes=59)
        assert notify(office.ctx) == 0
        clock.at += timedelta(minutes=1)
        assert notify(office.ctx) == 1
        assert len(transport.tried) == 1

    def test_what_is_over_by_the_morning_disturbs_nobody(
        self, office: Office, ticket_id: int, clock: FixedClock, transport: MemoryTransport
    ) -> None:
        """The ticket was closed in the night: the warning of its clock is not sent any more."""
        clock.at = clock.at.replace(hour=15)
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        with office.ctx.store.write() as tx:
            ticket = tx.tickets.get(ticket_id)
            assert ticket is not None
            tx.tickets.update(replace(ticket, state=State.CLOSED))
        clock.at += timedelta(hours=10)
        assert notify(office.ctx) == 1
        assert (others(office), transport.tried) == ([("mail", "anna", "dropped")], [])

    def test_a_task_that_was_done_in_the_night_is_told_to_nobody(
        self, office: Office, ticket_id: int, clock: FixedClock, transport: MemoryTransport
    ) -> None:
        """That it is overdue is no news any more."""
        clock.at = clock.at.replace(hour=15)
        new = NewTask(kind=TaskKind.CONTENT, ticket_id=ticket_id, owner="anna")
        with office.ctx.store.write() as tx:
            task = make_task(office.ctx, tx, "ben", new)
        assert task is not None
        tell(office, NoticeEvent.TASK, ticket_id=ticket_id, subject=f"task:{task.id}", to=("@anna",))
        finish_task(office.ctx, task.id, User(id=2, name="ben"))
        clock.at += timedelta(hours=10)
        assert notify(office.ctx) == 1
        assert (others(office), transport.tried) == ([("mail", "anna", "dropped")], [])

    def test_who_was_disabled_in_the_night_is_told_nothing(
        self, office: Office, ticket_id: int, clock: FixedClock, transport: MemoryTransport
    ) -> None:
        """His mail of the morning is dropped: number and customer are no longer for him."""
        clock.at = clock.at.replace(hour=15)
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        disable(office.ctx, "anna", "root")
        clock.at += timedelta(hours=10)
        assert notify(office.ctx) == 1
        assert (others(office), transport.tried) == ([("mail", "anna", "dropped")], [])

    def test_quiet_hours_are_a_persons_own(self, office: Office, ticket_id: int, clock: FixedClock) -> None:
        """The lead rests at noon and is awake at night; a grave demand is told at once, whatever the hour."""
        clock.at = clock.at.replace(hour=5)
        tell(office, NoticeEvent.ESCALATED, ticket_id=ticket_id)
        assert ("mail", "lea", "queued") in others(office)
        tell(office, NoticeEvent.GRAVE, ticket_id=ticket_id)
        assert others(office).count(("mail", "lea", "sent")) == 1
        assert ("ops", "", "sent") in others(office)


class TestHow:
    def test_a_mail_speaks_the_readers_language(
        self, office: Office, ticket_id: int, transport: MemoryTransport
    ) -> None:
        """Anna reads English: what happened, which ticket, where; no word of the customer."""
        tell(office, NoticeEvent.OVERDUE, ticket_id=ticket_id, subject=f"ticket:{ticket_id}")
        mail = read(next(one for one in transport.tried if one.recipients == ("anna@desk.example",)))
        text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]  # it has one
        assert mail["Subject"].startswith("The first response is overdue · #2026030500")
        assert mail["Auto-Submitted"] == "auto-generated"
        assert "https://desk.example/tickets/2026030500" in text
        assert "王芳" not in text and "example.cn" not in text

    def test_a_second_try_is_the_same_mail(
        self, office: Office, ticket_id: int, clock: FixedClock, transport: MemoryTransport
    ) -> None:
        """A temporary refusal is tried again after a pause, with the same bytes."""
        transport.script = [LATER]
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        assert others(office) == [("mail", "anna", "queued")]
        clock.at += timedelta(seconds=31)
        assert notify(office.ctx) == 1
        assert others(office) == [("mail", "anna", "sent")]
        assert transport.tried[0] == transport.tried[1]

    def test_a_hook_that_fails_is_given_up_visibly(
        self, office: Office, ticket_id: int, clock: FixedClock, hooks: MemoryHooks
    ) -> None:
        """Temporary answers are tried up to a bound under the same id, a final one not again."""
        hooks.script = [HookAnswer(outcome=Outcome.DEFERRED, code=503)] * ATTEMPTS
        tell(office, NoticeEvent.RULE, ticket_id=ticket_id, to=("#ops",))
        for _ in range(ATTEMPTS + 2):
            clock.at += timedelta(hours=4)
            notify(office.ctx)
        assert others(office) == [("ops", "", "failed")]
        assert len(hooks.told) == ATTEMPTS
        assert len({message.id for _, message in hooks.told}) == 1
        hooks.script = [HookAnswer(outcome=Outcome.REFUSED, code=410)]
        tell(office, NoticeEvent.RULE, key="other", ticket_id=ticket_id, to=("#ops",))
        assert len(hooks.told) == ATTEMPTS + 1

    def test_a_hook_is_told_codes_and_ids(self, office: Office, ticket_id: int, hooks: MemoryHooks) -> None:
        """What a machine reads has the number, the event and its details, and nobody's words."""
        tell(office, NoticeEvent.RULE, ticket_id=ticket_id, to=("#ops",), details=(("rule", "vip-outage"),))
        [(name, message)] = hooks.told
        body = json.loads(message.body)
        assert (name, body["event"], body["details"]) == ("ops", "rule.notify", {"rule": "vip-outage"})
        assert body["number"].startswith("20260305")
        assert "规则：vip-outage" in body["text"]

    def test_a_channel_that_is_gone_fails_one_notice(self, office: Office, ticket_id: int, clock: FixedClock) -> None:
        """Who takes a channel out of the file meanwhile sees what did not leave."""
        clock.at = clock.at.replace(hour=15)
        tell(office, NoticeEvent.WARNED, ticket_id=ticket_id)
        bare = replace(office.ctx.desk(), notify=read_notify("", ())[0])
        clock.at += timedelta(hours=10)
        assert notify(replace(office.ctx, desk=lambda: bare)) == 1
        assert others(office) == [("mail", "anna", "failed")]
