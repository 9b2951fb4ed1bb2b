"""What an admin writes about letters reaches the customer: a letter that is off, a logo, the address of his page."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy

import pytest

from core.domain.bundle import BundleFiles
from core.domain.keys import KeyRing
from huiying.flows.compile import compile_desk
from huiying.flows.desk import Desk
from huiying.flows.preview import preview_letter
from huiying.flows.tick import tick
from responder.promises import on_duty
from store.open import SqlStore
from tests.factories.letters import LOGO
from tests.factories.pipeline import Office, a_mail, desk_with_mailbox, shipped_files, worker_context
from tests.fakes.fixed_clock import FixedClock
from tests.fakes.transport import MemoryTransport


def a_desk(words: str, **files: str) -> Desk:
    desk, problems = compile_desk(
        BundleFiles(files={**shipped_files().files, "replies/wording.yaml": words, "replies/logo.png": LOGO, **files})
    )
    assert desk is not None and not problems, problems
    return desk


def test_an_acknowledgement_that_is_off_is_a_silence_with_its_reason(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """The ticket is there; what was switched off is said beside its message."""
    office = Office(worker_context(sqlite_store, keys, clock, desk=a_desk("off: [acknowledgement]")))
    [row] = office.bring(a_mail())
    assert row.number and row.silent_because == "letter-off"
    assert office.letters() == ()


def test_an_update_that_is_off_asks_an_agent(sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock) -> None:
    """No letter goes out by itself, and the trail says why."""
    office = Office(worker_context(sqlite_store, keys, clock, desk=a_desk("off: [progress]")))
    [row] = office.bring(a_mail())
    clock.advance(days=12)
    while tick(office.ctx):
        pass
    assert [letter.kind for letter in office.letters()] == ["acknowledgement"]
    with sqlite_store.read() as tx:
        trail = tx.views.audit(f"ticket:{office.ticket(row.number).ticket.id}", "", 50).rows
    asked = [dict(line.details)["because"] for line in trail if line.action == "update.asked"]
    assert asked == ["letter-off"]


def test_the_letter_carries_the_logo_and_the_signed_address(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """The address names this ticket and nobody else can make one."""
    server = MemoryTransport(clock)
    desk = a_desk("logo: replies/logo.png\nportal: https://help.example.com")
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk, transport=server))
    [row] = office.bring(a_mail())
    office.work()
    [mail] = server.tried
    parts = list(message_from_bytes(mail.data, policy=policy.default).walk())
    assert "image/png" in [part.get_content_type() for part in parts]
    text = next(part for part in parts if part.get_content_type() == "text/plain").get_content()
    tag = text.partition("https://help.example.com/help/t/")[2].split()[0]
    ticket = office.ticket(row.number).ticket
    assert office.ctx.signer.read_page_tag(tag) == ticket.id
    found = preview_letter(office.ctx, row.number, "acknowledgement")
    assert found is not None and tag in found.text


@pytest.mark.parametrize("language", ["zh-CN", "zh-TW", "en"])
def test_a_mail_at_night_is_told_when_somebody_is_back(sqlite_store: SqlStore, keys: KeyRing, language: str) -> None:
    """A Friday night in National Day week: the first working day after the holiday, never an instant off duty."""
    clock = FixedClock(datetime(2026, 9, 30, 15, 0, tzinfo=UTC))
    office = Office(worker_context(sqlite_store, keys, clock))
    [row] = office.bring(a_mail())
    found = preview_letter(office.ctx, row.number, "acknowledgement", language)
    assert found is not None
    words = {
        "zh-CN": "10月8日（周四）09:00 回来",
        "zh-TW": "10月8日（週四）09:00 回來",
        "en": "Thursday, 8 October 2026, 09:00",
    }
    assert words[language] in found.text
    calendar = office.ctx.desk().calendar
    promised = [p.due for p in office.ticket(row.number).promises if p.clock.value == "first_response"]
    assert promised and all(on_duty(due, calendar) == due for due in promised)


@pytest.mark.parametrize("tagged", [True, False])
def test_answers_are_asked_for_where_they_arrive(
    sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock, tagged: bool
) -> None:
    """At the ticket's own signed address where mail with a tag is delivered, which alone leads to the ticket; else at
    the plain one, and the answer is known by what it refers to."""
    desk = desk_with_mailbox()
    desk = replace(desk, mailboxes=tuple(replace(box, plus_address=tagged) for box in desk.mailboxes))
    server = MemoryTransport(clock)
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk, transport=server))
    [row] = office.bring(a_mail())
    letter = message_from_bytes(server.tried[0].data, policy=policy.default)
    asked = str(letter["Reply-To"])
    local, _, domain = desk.mailboxes[0].address.partition("@")
    assert asked.startswith(f"{local}+t") if tagged else asked == f"{local}@{domain}"
    assert asked.endswith(f"@{domain}")
    named = [] if tagged else [str(letter["Message-ID"]).strip("<>")]
    answer = a_mail(subject="还有", body="还是不行。", mid="r1@example.cn", reply_to=named)
    answer = answer.replace(f"To: {desk.mailboxes[0].address}".encode(), f"To: {asked}".encode())
    assert office.bring(answer)[0].number == row.number
