"""A mail over the size limit: its customer has a number at once, and the whole is fetched when somebody wants it."""

from __future__ import annotations

import base64

import pytest

from core.domain.errors import BadInput, NotFound
from core.domain.ledger import AfterFiling
from core.domain.settings import MailboxSettings
from core.domain.views import LedgerRow, QueueFilter
from huiying.flows.fetch_whole import fetch_whole, mailbox_of_begun
from huiying.flows.receive import receive
from huiying.flows.reconcile import reconcile
from tests.factories.pipeline import Office, a_mail
from tests.factories.raw_mails import multipart, part
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.folder import MemoryFolder

DRAWING = bytes(range(256)) * 40


@pytest.fixture
def folder(office: Office) -> MemoryFolder:
    folder = MemoryFolder()
    folder.largest, folder.beginning = 4_000, 2_000
    receive(office.ctx, box_of(office), folder)
    return folder


def box_of(office: Office) -> MailboxSettings:
    [box] = office.ctx.desk().mailboxes
    return box


def large_mail() -> bytes:
    attached = part(b"image/png; name=drawing.png", base64.encodebytes(DRAWING), b"Content-Transfer-Encoding: base64")
    text = part(b"text/plain; charset=utf-8", "您好，图纸见附件，系统无法登录。".encode())
    return multipart(text, attached, sender=b"wang@example.cn", subject=b"drawing")


def filed(office: Office) -> LedgerRow:
    office.work()
    with office.ctx.store.read() as tx:
        [ticket] = tx.views.queue(QueueFilter(state=""), "", 10).rows
        detail = tx.views.ticket(ticket.number)
    assert detail is not None
    return detail.ledger[0]


def test_it_is_a_ticket_with_its_text_and_an_acknowledgement(
    office: Office, folder: MemoryFolder, clock: FixedClock
) -> None:
    """The broken-off attachment is not offered as a whole one; the size is told; nothing is missing for reconcile."""
    data = large_mail()
    folder.arrive(data, clock())
    assert receive(office.ctx, box_of(office), folder) == 1
    row = filed(office)
    assert (row.stage, row.size, row.because) == ("too_large", len(data), f"too-large:{len(data)}")
    detail = office.ticket(row.number)
    assert "图纸见附件" in detail.messages[0].text and detail.messages[0].attachments == ()
    assert f"too-large:{len(data)}" in detail.messages[0].defects
    assert not detail.ticket.stub and detail.promises and [letter.state for letter in detail.letters] == ["sent"]
    assert office.totals()["mails"] == 1
    assert reconcile(office.ctx, box_of(office), folder, repair=True).is_complete


def test_the_whole_is_filed_on_the_same_ticket(office: Office, folder: MemoryFolder, clock: FixedClock) -> None:
    """With its attachment and its exact bytes, and without a second letter; once."""
    data = large_mail()
    folder.arrive(data, clock())
    receive(office.ctx, box_of(office), folder)
    row = filed(office)
    assert mailbox_of_begun(office.ctx, row.id) == box_of(office)
    assert fetch_whole(office.ctx, folder, row.id, "lin") == len(data)
    again = filed(office)
    assert (again.id, again.number, again.stage) == (row.id, row.number, "filed")
    with office.ctx.store.read() as tx:
        assert tx.ledger.raw(row.id) == data
    detail = office.ticket(row.number)
    assert [one.size for message in detail.messages for one in message.attachments] == [len(DRAWING)]
    assert len(detail.letters) == 1
    with pytest.raises(BadInput):
        fetch_whole(office.ctx, folder, row.id, "lin")


def test_what_the_server_has_no_more_is_told(office: Office, folder: MemoryFolder, clock: FixedClock) -> None:
    """Also when its UID names another mail now; the beginning stays."""
    uid = folder.arrive(large_mail(), clock())
    receive(office.ctx, box_of(office), folder)
    row = filed(office)
    folder.uidvalidity = 9
    with pytest.raises(NotFound):
        fetch_whole(office.ctx, folder, row.id, "lin")
    folder.uidvalidity = 1
    del folder.mails[uid]
    with pytest.raises(NotFound):
        fetch_whole(office.ctx, folder, row.id, "lin")
    with pytest.raises(NotFound):
        mailbox_of_begun(office.ctx, 5)
    assert filed(office).stage == "too_large"


def test_an_ordinary_mail_is_whole(office: Office, folder: MemoryFolder, clock: FixedClock) -> None:
    """It is filed as such, and there is nothing to fetch."""
    folder.arrive(a_mail(), clock())
    receive(office.ctx, box_of(office), folder)
    row = filed(office)
    assert row.stage == "filed" and row.server_action == AfterFiling.SEEN
    with pytest.raises(BadInput):
        mailbox_of_begun(office.ctx, row.id)
