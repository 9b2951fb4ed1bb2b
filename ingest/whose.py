"""Decides whose a mail is: nobody's (automatic), a copy, a ticket's, a stranger's that is linked, or a new one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from core.domain.filing import Verdict, VerdictKind
from core.domain.mail import Address, Automatic, ParsedMail
from core.domain.signer import Signer
from core.domain.ticket import State, Ticket
from ingest.automatic import without_tag
from ingest.free_mail import company_of
from ingest.subject import numbers_in

_MOST_IDS = 100
_MOST_MERGES = 10


class Lookups(Protocol):
    """The look-ups of ``ports.Tickets`` that decide whose a mail is; repeated under the lock (DESIGN 3.8)."""

    def get(self, ticket_id: int) -> Ticket | None: ...

    def by_number(self, number: str) -> Ticket | None: ...

    def by_references(self, message_ids: Sequence[str]) -> tuple[tuple[str, int], ...]: ...

    def belongs(self, ticket_id: int, address_key: str) -> bool: ...

    def domains_of(self, ticket_id: int) -> Sequence[str]: ...

    def domains_at(self, address_key: str) -> Sequence[str]: ...

    def copies(self, message_id: str, content_key: str) -> tuple[tuple[int, int], ...]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnMail:
    """How our own mail is recognised: what we sign, and the addresses we write from."""

    signer: Signer
    addresses: tuple[str, ...] = ()

    def is_own(self, address: str) -> bool:
        return without_tag(address) in {without_tag(one) for one in self.addresses}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A way that leads from the mail to a ticket. A ``bare`` one (a number anybody can write) needs a known sender."""

    ticket_id: int
    because: str
    bare: bool = False


def whose(mail: ParsedMail, own: OwnMail, look: Lookups) -> Verdict:
    """The verdict with its reason: a stable code, then details. Looks things up and changes nothing."""
    copied = look.copies(mail.message_id, mail.content_key) if mail.message_id or mail.date else ()
    if copied:
        return Verdict(kind=VerdictKind.COPY, ticket_id=copied[0][0], because="copy: same Message-ID and same content")
    return whose_but_for_copies(mail, own, look)


def whose_but_for_copies(mail: ParsedMail, own: OwnMail, look: Lookups) -> Verdict:
    """The verdict on a mail of which it does not count that its like is here."""
    if mail.sender and own.is_own(mail.sender.address):
        return Verdict(kind=VerdictKind.SILENT, because="automatic:own: the sender is one of our own addresses")
    if mail.automatic is Automatic.OWN:
        return Verdict(kind=VerdictKind.SILENT, because=f"automatic:own: {mail.automatic_because}")
    if mail.automatic is not None:
        return _automatic(mail, mail.automatic, own, look)
    return _customer(mail, own, look)


def _automatic(mail: ParsedMail, kind: Automatic, own: OwnMail, look: Lookups) -> Verdict:
    """Silent; kept with the ticket when it answers one of our letters, or comes from a sender who belongs to it."""
    because = f"automatic:{kind.value}: {mail.automatic_because}"
    for trace in (*_signed(mail, own, look), *_known(mail, look)):
        ours = trace.because.startswith(("reply:signed-id", "reply:plus-address", "reply:returned"))
        if ours or _belongs(mail, trace.ticket_id, look):
            return Verdict(kind=VerdictKind.SILENT, ticket_id=trace.ticket_id, because=f"{because}; {trace.because}")
    return Verdict(kind=VerdictKind.SILENT, because=because)


def _customer(mail: ParsedMail, own: OwnMail, look: Lookups) -> Verdict:
    stranger: Trace | None = None
    refused = ""
    for trace in traces(mail, own, look):
        if _belongs(mail, trace.ticket_id, look):
            return Verdict(kind=VerdictKind.JOINED, ticket_id=trace.ticket_id, because=trace.because)
        if trace.bare:
            refused = refused or f"; {trace.because} does not count: the sender does not belong to that ticket"
        else:
            stranger = stranger or trace
    if stranger:
        because = f"linked: {stranger.because}, but the sender does not belong to that ticket"
        return Verdict(kind=VerdictKind.LINKED, ticket_id=stranger.ticket_id, because=because)
    return Verdict(kind=VerdictKind.NEW, because=f"new: names no ticket of ours{refused}")


def traces(mail: ParsedMail, own: OwnMail, look: Lookups) -> Iterator[Trace]:
    """Every way that leads from the mail to a ticket, the surest first."""
    yield from _signed(mail, own, look)
    yield from _numbered(mail, look)
    yield from _known(mail, look)


def belongs(address: Address, ticket_id: int, look: Lookups) -> bool:
    """Who wrote before, was in copy, is the customer, or is of the customer's company: by the address that he writes
    from, or by another address of the one or the other."""
    if look.belongs(ticket_id, address.key):
        return True
    theirs = _companies(look.domains_of(ticket_id))
    if not theirs:
        return False
    return bool(theirs & _companies((address.domain,)) or theirs & _companies(look.domains_at(address.key)))


def _companies(domains: Sequence[str]) -> set[str]:
    return {company_of(domain) for domain in domains} - {""}


def _belongs(mail: ParsedMail, ticket_id: int, look: Lookups) -> bool:
    return mail.sender is not None and belongs(mail.sender, ticket_id, look)


def _signed(mail: ParsedMail, own: OwnMail, look: Lookups) -> Iterator[Trace]:
    """Names that only our letters carry: signed Message-IDs and plus-addresses."""
    returned = mail.header("returned-message-id")
    for message_id in (*mail.named_ids[:_MOST_IDS], *((returned,) if returned else ())):
        read = own.signer.read_message_id(message_id)
        ticket_id = _living(read[0], look) if read else 0
        if ticket_id:
            code = "reply:returned" if message_id == returned else "reply:signed-id"
            yield Trace(ticket_id=ticket_id, because=f"{code}: {message_id}")
    for tag in _tags(mail):
        tagged = own.signer.read_plus_tag(tag)
        ticket_id = _living(tagged, look) if tagged else 0
        if ticket_id:
            yield Trace(ticket_id=ticket_id, because=f"reply:plus-address: +{tag}")


def _tags(mail: ParsedMail) -> Iterator[str]:
    delivered = (text for name, text in mail.headers if name in ("delivered-to", "x-original-to", "envelope-to"))
    for address in (*(one.address for one in (*mail.to, *mail.cc)), *delivered):
        local = address.strip("<> ").rpartition("@")[0]
        if "+" in local:
            yield local.partition("+")[2]


def _numbered(mail: ParsedMail, look: Lookups) -> Iterator[Trace]:
    for number in numbers_in(mail.subject)[:3]:
        ticket = look.by_number(number)
        ticket_id = _living(ticket.id, look) if ticket else 0
        if ticket_id:
            yield Trace(ticket_id=ticket_id, because=f"reply:number: #{number} in the subject", bare=True)


def _known(mail: ParsedMail, look: Lookups) -> Iterator[Trace]:
    """Message-IDs that a mail or letter of a ticket has or named; the mail's own one too, for a root that comes
    after its reply."""
    named = [*mail.named_ids[:_MOST_IDS], *([mail.message_id] if mail.message_id else [])]
    found: dict[str, int] = {}
    for message_id, ticket_id in look.by_references(named) if named else ():
        found.setdefault(message_id, ticket_id)
    for message_id in named:
        ticket_id = _living(found[message_id], look) if message_id in found else 0
        if ticket_id:
            code = "reply:named-before" if message_id == mail.message_id else "reply:known-id"
            yield Trace(ticket_id=ticket_id, because=f"{code}: {message_id}")


def _living(ticket_id: int, look: Lookups) -> int:
    """The ticket, or the one it was merged into; 0 when there is none."""
    for _ in range(_MOST_MERGES):
        ticket = look.get(ticket_id)
        if ticket is None:
            return 0
        if ticket.state is not State.MERGED or not ticket.linked_to:
            return ticket.id
        ticket_id = ticket.linked_to
    return ticket_id
