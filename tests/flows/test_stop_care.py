"""Letters of care can be stopped by one click, and then stop; what the customer asked for is answered as always."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.errors import NotFound
from core.domain.keys import KeyRing
from core.domain.letter import LetterIntent, LetterKind
from core.domain.mail import Address
from huiying.flows.stop_care import stop_care, wish_of
from responder.letters import compile_letters
from store.open import SqlStore
from tests.factories.letters import read
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport

WANG = Address(name="王芳", address="wang@example.cn")


@pytest.fixture
def server(clock: FixedClock) -> MemoryTransport:
    return MemoryTransport(clock)


@pytest.fixture
def office(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport) -> Office:
    """A desk with pages for customers and one ticket."""
    letters, problems = compile_letters({"replies/wording.yaml": "portal: https://help.example.com\n"})
    assert not problems
    desk = replace(desk_with_mailbox(), letters=letters)
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk, transport=server))
    office.bring(a_mail())
    server.tried.clear()
    return office


def care(office: Office, occasion: str = "birthday") -> LetterIntent:
    """A letter of care is due."""
    ctx = office.ctx
    [ticket_id] = {row.ticket_id for row in office.letters()}
    letter_id = ctx.ids()
    letter = LetterIntent(
        id=letter_id, ticket_id=ticket_id, kind=LetterKind.CARE, occasion=occasion, template="news", language="zh-CN",
        bundle=ctx.desk().bundle, mailbox="service", recipient=WANG, date=ctx.now(), not_before=ctx.now(),
        message_id=ctx.signer.message_id(ticket_id, letter_id, "example.com"),
        variables={"number": "1", "name": "王芳"},
    )  # fmt: skip
    with ctx.store.write() as tx:
        tx.outbox.add((letter,))
    return letter


def token_in(server: MemoryTransport) -> str:
    mail = read(server.tried[-1])
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    link = mail["List-Unsubscribe"]
    assert link.startswith("<https://help.example.com/stop/") and link.endswith(">")
    return str(link.rpartition("/")[2][:-1])


class TestStopping:
    def test_the_letter_says_how(self, office: Office, server: MemoryTransport) -> None:
        """RFC 8058's two headers; a bounce comes back to us; no other letter has them."""
        care(office)
        office.work()
        assert token_in(server)
        assert server.tried[-1].sender == "service@example.com"
        office.bring(a_mail(subject="另一件事", mid="m2@example.cn"))
        assert read(server.tried[-1])["List-Unsubscribe"] is None

    def test_one_click_stops_them(self, office: Office, server: MemoryTransport) -> None:
        """Looking changes nothing; once said, the next one is called off, and an acknowledgement still goes."""
        care(office)
        office.work()
        token = token_in(server)
        wish = wish_of(office.ctx, token)
        assert (wish.masked, wish.is_known) == ("w***@example.cn", False)
        for _ in range(2):
            stop_care(office.ctx, token)
        assert wish_of(office.ctx, token).is_known
        second, sent = care(office, "festival"), len(server.tried)
        office.work()
        assert len(server.tried) == sent
        assert [(row.state, row.answer) for row in office.letters() if row.id == second.id] == [
            ("cancelled", "opted-out"),
        ]  # fmt: skip
        office.bring(a_mail(subject="另一件事", mid="m2@example.cn"))
        assert len(server.tried) == sent + 1
        trail = [entry.actor for entry in office.ticket(office.letters()[-1].number).audit]
        assert trail.count("customer") == 1

    def test_nobody_stops_anothers(self, office: Office, server: MemoryTransport) -> None:
        """A link that we did not sign is none."""
        care(office)
        office.work()
        token = token_in(server)
        for wrong in ("", "1", token[:-1], token[:-1] + ("a" if token[-1] != "a" else "b"), f"1{token}"):
            with pytest.raises(NotFound):
                stop_care(office.ctx, wrong)

    def test_without_a_page_for_it_none_leaves(
        self, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, server: MemoryTransport
    ) -> None:
        """A letter that could not be stopped fails visibly."""
        office = Office(worker_context(sqlite_store, keys, clock, transport=server))
        office.bring(a_mail())
        care(office)
        office.work()
        assert [row.state for row in office.letters()] == ["failed", "sent"]
        assert "portal" in office.letters()[0].answer

    def test_none_leaves_at_night(self, office: Office, server: MemoryTransport, clock: FixedClock) -> None:
        """It waits for the customer's morning."""
        clock.at = clock.at.replace(hour=15)
        letter = care(office)
        office.work()
        assert [row.state for row in office.letters() if row.id == letter.id] == ["queued"]
