"""Decides to which ticket a sent mail belongs: one of its customer's, or none; it never begins one."""

from __future__ import annotations

from core.domain.filing import Verdict, VerdictKind
from core.domain.mail import ParsedMail
from ingest.whose import Lookups, OwnMail, belongs, traces

_AUTOMATIC = ("", "no")


def whose_sent(mail: ParsedMail, own: OwnMail, look: Lookups) -> Verdict:
    """What somebody sent from his mail program answers a ticket when it names it and goes to somebody who belongs to
    it. What we sent ourselves is there already; what goes to others only is shown there and answers nobody."""
    if mail.message_id and own.signer.read_message_id(mail.message_id):
        return Verdict(kind=VerdictKind.SILENT, because="sent:ours: a letter of the outbox")
    if mail.header("auto-submitted").split(";")[0].strip().lower() not in _AUTOMATIC:
        return Verdict(kind=VerdictKind.SILENT, because="sent:automatic: a machine wrote it")
    copied = look.copies(mail.message_id, mail.content_key) if mail.message_id or mail.date else ()
    if copied:
        return Verdict(kind=VerdictKind.COPY, ticket_id=copied[0][0], because="copy: same Message-ID and same content")
    recipients = [one for one in (*mail.to, *mail.cc) if not own.is_own(one.address)]
    inside = ""
    ticket_id = 0
    for trace in traces(mail, own, look):
        if any(belongs(one, trace.ticket_id, look) for one in recipients):
            return Verdict(kind=VerdictKind.JOINED, ticket_id=trace.ticket_id, because=f"sent:answer: {trace.because}")
        ticket_id, inside = (trace.ticket_id, trace.because) if not inside else (ticket_id, inside)
    if inside:
        because = f"sent:not-to-the-customer: {inside}"
        return Verdict(kind=VerdictKind.SILENT, ticket_id=ticket_id, because=because)
    return Verdict(kind=VerdictKind.SILENT, because="sent:new: names no ticket of ours")
