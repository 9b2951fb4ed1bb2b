"""An agent answers from his own mail program: the poller finds it where his server stores it, and brings it home."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest

from core.domain.views import QueueFilter, TicketDetail
from huiying.app.clock import now
from huiying.app.workers import poller as module
from huiying.app.workers.poller import Poller
from ingest.sources.imap_open import open_mailbox
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, worker_context
from tests.integration.ingest.conftest import Server

PATIENCE_S = 20.0


@pytest.fixture
def office(dovecot_server: Server, sqlite_store, keys, monkeypatch) -> Iterator[Office]:
    """A desk whose mailbox lies on the server, and its poller at work."""
    monkeypatch.setattr(module, "SISTERS_S", 0.5)
    desk = desk_with_mailbox()
    box = replace(desk.mailboxes[0], address=dovecot_server.box.address, imap=dovecot_server.box.imap)
    office = Office(worker_context(sqlite_store, keys, now, desk=replace(desk, mailboxes=(box,))))
    poller = Poller(office.ctx, box, lambda one: open_mailbox(one, dovecot_server.password), threading.Event())
    thread = threading.Thread(target=poller.run, daemon=True)
    thread.start()
    assert poller.ready.wait(PATIENCE_S)
    yield office
    poller.stop()
    thread.join(PATIENCE_S)
    assert not thread.is_alive()


def the_ticket(office: Office, messages: int) -> TicketDetail:
    """The one ticket, once it holds so many messages."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        office.work()
        with office.ctx.store.read() as tx:
            rows = tx.views.queue(QueueFilter(state=""), "", 9).rows
            detail = tx.views.ticket(rows[0].number) if len(rows) == 1 else None
        if detail is not None and len(detail.messages) == messages:
            return detail
        time.sleep(0.05)
    raise AssertionError("it never came to that")


@pytest.mark.slow
@pytest.mark.dovecot
def test_an_answer_in_the_sent_folder_reaches_its_ticket(office: Office, dovecot_server: Server) -> None:
    """The folder is found by the server's mark; the first response is kept, nobody gets a letter, and the agent's copy
    stays unread or read as he left it."""
    dovecot_server.deliver(a_mail())
    the_ticket(office, 1)
    letters = len(office.letters())
    answer = a_mail(mid="a@example.com", sender=dovecot_server.box.address, body="已处理。", reply_to=["m1@example.cn"])
    answer = answer.replace(b"To: service@example.com", b"To: wang@example.cn")
    program = dovecot_server.open()
    program._client.append("Sent Messages", answer)
    detail = the_ticket(office, 2)
    assert [message.direction.value for message in detail.messages] == ["in", "out"]
    assert detail.ticket.first_response is not None
    assert len(office.letters()) == letters
    program._client.select_folder("Sent Messages", readonly=True)
    (flags,) = program._client.get_flags([1]).values()
    assert b"\\Seen" not in flags
    program.close()
