"""Whose a mail is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.filing import VerdictKind
from core.domain.mail import Address, Automatic, ParsedMail
from core.domain.signer import Signer
from core.domain.ticket import State, Ticket
from ingest.whose import OwnMail, whose

SIGNER = Signer({"k1": b"s" * 32}, "k1")
OWN = OwnMail(signer=SIGNER, addresses=("desk@example.cn",))
NUMBER = "20231001001"


@dataclass
class Known:
    """The look-ups over a few tickets in memory."""

    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    references: Mapping[str, int] = field(default_factory=dict)
    members: frozenset[tuple[int, str]] = frozenset()
    stored: Mapping[tuple[str, str], tuple[int, int]] = field(default_factory=dict)
    domains: Mapping[int, str] = field(default_factory=dict)
    others: Mapping[str, Sequence[str]] = field(default_factory=dict)

    def get(self, ticket_id: int) -> Ticket | None:
        return self.tickets.get(ticket_id)

    def by_number(self, number: str) -> Ticket | None:
        return next((one for one in self.tickets.values() if one.number == number), None)

    def by_references(self, message_ids: Sequence[str]) -> tuple[tuple[str, int], ...]:
        return tuple((one, self.references[one]) for one in message_ids if one in self.references)

    def belongs(self, ticket_id: int, address_key: str) -> bool:
        return (ticket_id, address_key) in self.members

    def domains_of(self, ticket_id: int) -> Sequence[str]:
        return (self.domains[ticket_id],) if ticket_id in self.domains else ()

    def domains_at(self, address_key: str) -> Sequence[str]:
        return self.others.get(address_key, ())

    def copies(self, message_id: str, content_key: str) -> tuple[tuple[int, int], ...]:
        found = self.stored.get((message_id, content_key))
        return (found,) if found else ()


def ticket(id_: int = 7, number: str = NUMBER, **more: Any) -> Ticket:
    return Ticket(id=id_, number=number, received=datetime(2023, 10, 1, tzinfo=UTC), **more)


KNOWN = Known(
    tickets={7: ticket()}, references={"root@c.cn": 7, "late-root@c.cn": 7}, members=frozenset([(7, "customer@c.cn")])
)


def mail(**more: Any) -> ParsedMail:
    defaults: dict[str, Any] = {
        "message_id": "new@c.cn", "sender": Address(address="Customer@c.cn"), "content_key": "k", "subject": "s",
        "to": (Address(address="desk@example.cn"),),
    }  # fmt: skip
    return ParsedMail(**{**defaults, **more})


WAYS: dict[str, dict[str, Any]] = {
    "reply:signed-id": {"in_reply_to": (SIGNER.message_id(7, 9, "example.cn"),)},
    "reply:plus-address": {"to": (Address(address=f"desk+{SIGNER.plus_tag(7)}@example.cn"),)},
    "reply:known-id": {"references": ("root@c.cn", "unknown@c.cn")},
    "reply:named-before": {"message_id": "late-root@c.cn"},
}


@pytest.mark.parametrize("code", [*WAYS, "reply:number"])
def test_a_known_sender_joins_his_ticket(code):
    """By signed Message-ID, plus-address, known reference, a root after its reply, or the number in the subject."""
    way = WAYS.get(code, {"subject": f"Re: [#{NUMBER}] s"})
    verdict = whose(mail(**way), OWN, KNOWN)
    assert (verdict.kind, verdict.ticket_id) == (VerdictKind.JOINED, 7)
    assert verdict.because.startswith(code)


@pytest.mark.parametrize("code", WAYS)
def test_a_stranger_with_a_valid_reference_is_linked(code):
    """He gets a ticket of his own that points to the other."""
    verdict = whose(mail(sender=Address(address="stranger@x.cn"), **WAYS[code]), OWN, KNOWN)
    assert (verdict.kind, verdict.ticket_id) == (VerdictKind.LINKED, 7)
    assert code in verdict.because


@pytest.mark.parametrize("sender", [Address(address="stranger@x.cn"), None])
def test_a_bare_number_counts_only_for_a_known_sender(sender):
    """Anybody can write a number: it neither joins nor links, and the verdict says so."""
    for subject in (f"[#{NUMBER}] s", f"关于工单 {NUMBER}"):
        verdict = whose(mail(sender=sender, subject=subject), OWN, KNOWN)
        assert (verdict.kind, verdict.ticket_id) == (VerdictKind.NEW, 0)
        assert NUMBER in verdict.because
    assert whose(mail(subject=f"关于工单 {NUMBER}"), OWN, KNOWN).kind is VerdictKind.JOINED


@pytest.mark.parametrize(
    "way",
    [
        {},
        {"in_reply_to": ("hy.7.9.k1.aaaaaaaaaaaaaaaa@example.cn",)},
        {"to": (Address(address="desk+t7.k1.aaaaaaaaaa@example.cn"),)},
        {"in_reply_to": (SIGNER.message_id(99, 9, "example.cn"),)},
        {"references": ("unknown@c.cn",)},
        {"subject": "[#99999999999] s"},
    ],
)
def test_a_mail_that_names_nothing_of_ours_is_new(way):
    """Forged signatures, unknown ids and tickets that do not exist lead nowhere."""
    assert whose(mail(**way), OWN, KNOWN).kind is VerdictKind.NEW


def test_the_nearest_ticket_of_the_sender_wins_over_a_strangers():
    """One valid way on which the sender belongs is enough."""
    known = Known(
        tickets={7: ticket(), 8: ticket(8, "20231001002")},
        references={"root@c.cn": 7, "other@c.cn": 8},
        members=KNOWN.members,
    )
    verdict = whose(mail(in_reply_to=("other@c.cn",), references=("root@c.cn", "other@c.cn")), OWN, known)
    assert (verdict.kind, verdict.ticket_id) == (VerdictKind.JOINED, 7)


def test_the_same_message_id_and_content_is_a_copy():
    """Delivered twice is filed once."""
    known = Known(stored={("new@c.cn", "k"): (7, 70)})
    verdict = whose(mail(), OWN, known)
    assert (verdict.kind, verdict.ticket_id) == (VerdictKind.COPY, 7)


def test_the_same_message_id_with_other_content_is_no_copy():
    """Message-IDs are reused by careless senders: the mail joins, and is kept."""
    known = Known(
        tickets={7: ticket()},
        references={"new@c.cn": 7},
        members=KNOWN.members,
        stored={("new@c.cn", "other"): (7, 70)},
    )
    assert whose(mail(), OWN, known).kind is VerdictKind.JOINED


def test_without_message_id_and_date_nothing_is_a_copy():
    """Two short mails that say the same may be two demands."""
    known = Known(stored={("", "k"): (7, 70)})
    assert whose(mail(message_id=""), OWN, known).kind is VerdictKind.NEW
    dated = mail(message_id="", date=datetime(2024, 1, 1, tzinfo=UTC))
    assert whose(dated, OWN, known).kind is VerdictKind.COPY


@pytest.mark.parametrize("kind", [Automatic.BOUNCE, Automatic.REPORT, Automatic.AUTO_REPLY, Automatic.LIST])
def test_automatic_mail_is_silent(kind):
    """It makes no ticket; where it answers one of our letters it is kept with that ticket."""
    robot = Address(address="mailer-daemon@mx.cn")
    alone = whose(mail(sender=robot, automatic=kind, automatic_because="why"), OWN, KNOWN)
    assert (alone.kind, alone.ticket_id, alone.because) == (VerdictKind.SILENT, 0, f"automatic:{kind.value}: why")
    ours = whose(mail(sender=robot, automatic=kind, **WAYS["reply:signed-id"]), OWN, KNOWN)
    assert (ours.kind, ours.ticket_id) == (VerdictKind.SILENT, 7)


def test_a_bounce_finds_its_ticket_by_the_mail_that_came_back():
    """The returned letter's signed Message-ID is proof enough."""
    returned = (("returned-message-id", SIGNER.message_id(7, 9, "example.cn")),)
    verdict = whose(mail(sender=None, automatic=Automatic.BOUNCE, headers=returned), OWN, KNOWN)
    assert (verdict.kind, verdict.ticket_id) == (VerdictKind.SILENT, 7)


def test_a_robot_that_names_a_strangers_thread_stays_apart():
    """An automatic mail joins by a known id only if its sender belongs there."""
    verdict = whose(
        mail(sender=Address(address="x@y.cn"), automatic=Automatic.LIST, **WAYS["reply:known-id"]), OWN, KNOWN
    )
    assert verdict.ticket_id == 0


def test_our_own_mail_is_silent_even_with_our_own_reference():
    """A letter of ours that comes back by a rule or a loop never makes anything."""
    looped = mail(sender=Address(address="desk+x@EXAMPLE.cn"), **WAYS["reply:signed-id"])
    verdict = whose(looped, OWN, KNOWN)
    assert verdict.kind is VerdictKind.SILENT and verdict.because.startswith("automatic:own")


def test_a_merged_ticket_leads_to_the_one_it_became():
    """Replies to the old number reach the living ticket; a ring of merges ends."""
    known = Known(
        tickets={7: ticket(state=State.MERGED, linked_to=8), 8: ticket(8, "20231001002")},
        references={"root@c.cn": 7},
        members=frozenset([(8, "customer@c.cn")]),
    )
    assert whose(mail(in_reply_to=("root@c.cn",)), OWN, known).ticket_id == 8
    ring = Known(
        tickets={7: ticket(state=State.MERGED, linked_to=8), 8: ticket(8, "2", state=State.MERGED, linked_to=7)},
        references={"root@c.cn": 7},
    )
    assert whose(mail(in_reply_to=("root@c.cn",)), OWN, ring).kind is VerdictKind.LINKED
