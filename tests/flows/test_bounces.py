"""A letter that comes back: it is marked, its dead address gets nothing more by itself, and the owner is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from core.domain.address_mark import Mark
from core.domain.keys import KeyRing
from core.domain.people import Role, User
from core.domain.views import LetterRow
from huiying.flows.bounce import clear_mark
from huiying.flows.deliver import deliver
from huiying.flows.notify import notify
from huiying.flows.tick import tick
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport


@pytest.fixture
def server(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport) -> Office:
    context = worker_context(sqlite_store, keys, clock, transport=server)
    with context.store.write() as tx:
        tx.people.save(User(id=1, name="anna"))
        tx.people.save(User(id=2, name="lea", role=Role.LEAD))
    return Office(context)


@pytest.fixture
def letter(office: Office) -> LetterRow:
    """An acknowledgement that the server took."""
    office.bring(a_mail())
    [letter] = office.letters("sent")
    return letter


def a_bounce(message_id: str, status: str = "5.1.1", action: str = "failed", mid: str = "dsn1@mx.example") -> bytes:
    """What a mail server sends back (RFC 3464)."""
    return "\r\n".join([
        "From: Mail Delivery System <MAILER-DAEMON@mx.example.cn>", "To: service@example.com",
        "Subject: Undelivered Mail Returned to Sender", "Auto-Submitted: auto-replied", f"Message-ID: <{mid}>",
        "MIME-Version: 1.0", 'Content-Type: multipart/report; report-type=delivery-status; boundary="b"', "",
        "--b", "Content-Type: text/plain", "", "I'm sorry to have to inform you.", "",
        "--b", "Content-Type: message/delivery-status", "", "Reporting-MTA: dns; mx.example.cn", "",
        "Final-Recipient: rfc822; wang@example.cn", f"Action: {action}", f"Status: {status}",
        "Diagnostic-Code: smtp; 550 no such user", "",
        "--b", "Content-Type: message/rfc822", "", f"Message-ID: <{message_id}>", "Subject: x", "", "body", "",
        "--b--", "",
    ]).encode()  # fmt: skip


def marked(office: Office) -> str | None:
    with office.ctx.store.read() as tx:
        return tx.addresses.why("wang@example.cn", Mark.BOUNCED)


def told(office: Office) -> list[str]:
    while notify(office.ctx):
        pass
    with office.ctx.store.read() as tx:
        return [row.event for row in tx.notices.inbox("anna", "", 20).rows]


class TestBounces:
    def test_letter_address_and_owner(self, office: Office, letter: LetterRow) -> None:
        """All three, once, however often the bounce is sent."""
        office.bring(a_bounce(letter.message_id), a_bounce(letter.message_id, mid="dsn2@mx.example"))
        [now] = office.letters()
        assert (now.state, now.answer) == ("bounced", "5.1.1")
        assert marked(office) == "5.1.1"
        assert told(office) == ["letter.bounced"]
        detail = office.ticket(letter.number)
        assert [entry.details for entry in detail.audit if entry.action == "letter.bounced"] == [
            (("letter", str(letter.id)), ("code", "5.1.1")),
        ]  # fmt: skip
        assert detail.messages[-1].automatic == "bounce"

    @pytest.mark.parametrize("status", ["4.2.2", "5.2.2", "5.7.1", "5.3.0"])
    def test_a_full_mailbox_or_a_policy_is_no_dead_address(
        self, office: Office, letter: LetterRow, status: str
    ) -> None:
        """Nor is a policy, or a system's trouble: the letter came back, and the next one may arrive."""
        office.bring(a_bounce(letter.message_id, status))
        assert office.letters()[0].state == "bounced"
        assert marked(office) is None
        assert told(office) == ["letter.bounced"]

    def test_a_delay_is_no_bounce(self, office: Office, letter: LetterRow) -> None:
        """The other server is still trying."""
        office.bring(a_bounce(letter.message_id, "4.4.1", "delayed"))
        assert office.letters()[0].state == "sent"
        assert told(office) == []

    def test_nobody_can_invent_a_bounce(self, office: Office, letter: LetterRow) -> None:
        """A Message-ID that we did not sign marks nothing."""
        head, _, rest = letter.message_id.partition("@")
        forged = f"{head[:-4]}aaaa@{rest}"
        office.bring(a_bounce(forged), a_bounce("anything@example.cn", mid="dsn3@mx.example"))
        assert office.letters()[0].state == "sent"
        assert marked(office) is None


class TestDeadAddresses:
    def test_no_automatic_letter_until_a_person_clears_it(self, office: Office, letter: LetterRow) -> None:
        """Silence says why; an agent's own letter is not automatic; one click, and letters go again."""
        office.bring(a_bounce(letter.message_id))
        [row] = office.bring(a_mail(subject="另一个问题", mid="m2@example.cn"))
        assert row.silent_because == "address-bounced"
        with office.ctx.store.read() as tx:
            [mark] = tx.addresses.list(Mark.BOUNCED, "", 9).rows
        assert clear_mark(office.ctx, mark.key, Mark.BOUNCED, "anna")
        assert not clear_mark(office.ctx, mark.key, Mark.BOUNCED, "anna")
        assert not clear_mark(office.ctx, "nonsense", Mark.BOUNCED, "anna")
        [row] = office.bring(a_mail(subject="第三个问题", mid="m3@example.cn"))
        assert row.silent_because == ""
        with office.ctx.store.read() as tx:
            [entry] = tx.views.audit(f"address:{mark.key}", "", 9).rows
        assert (entry.actor, entry.action) == ("anna", "address.cleared")

    def test_a_letter_that_waited_meanwhile_is_called_off(
        self, office: Office, letter: LetterRow, server: MemoryTransport
    ) -> None:
        """Two letters were queued; the first came back before the second left."""
        office.keep(a_mail(subject="另一个问题", mid="m2@example.cn"))
        from huiying.flows.triage import triage

        triage(office.ctx)
        office.keep(a_bounce(letter.message_id))
        triage(office.ctx)
        sent = len(server.tried)
        assert deliver(office.ctx) == 1
        assert len(server.tried) == sent
        [off] = office.letters("cancelled")
        assert off.answer == "address-bounced"

    def test_a_server_that_refuses_a_dead_address_is_believed(self, office: Office, server: MemoryTransport) -> None:
        """550 5.1.1 at the door is what a bounce would say later; another refusal marks nothing."""
        from core.domain.letter import Outcome

        server.script += [(Outcome.REFUSED, 550, "550 5.7.1 policy"), (Outcome.REFUSED, 550, "550 5.1.1 no such user")]
        office.bring(a_mail())
        assert marked(office) is None
        office.bring(a_mail(subject="另一个问题", mid="m2@example.cn"))
        assert marked(office) == "5.1.1"
        assert told(office) == ["letter.failed", "letter.failed"]

    def test_progress_asks_a_person_instead(self, office: Office, clock: FixedClock) -> None:
        """The clock of the next update does not write to a dead address."""
        [row] = office.bring(a_mail(subject="营业时间", body="请问你们周六上班吗？"))
        [letter] = office.letters()
        office.bring(a_bounce(letter.message_id))
        clock.at += timedelta(days=10)
        while tick(office.ctx):
            pass
        asked = [entry for entry in office.ticket(row.number).audit if entry.action == "update.asked"]
        assert dict(asked[0].details)["because"] == "address-bounced"
        assert replace(letter, state="bounced", code=0, answer="5.1.1") in office.letters()
