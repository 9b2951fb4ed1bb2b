"""What a monitor reads: numbers of the health facts, with stable names; no address and no text among them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from core.domain.views import HealthFacts, MailboxFacts, TokenFacts

LEVELS = ("ok", "warn", "error")
_WELL = ("ok", "idle")


@dataclass(frozen=True, slots=True, kw_only=True)
class Metric:
    """One number now. Ages and remaining times are in seconds, counts stop at 1000."""

    name: str
    says: str
    value: float
    labels: Mapping[str, str] = field(default_factory=dict)


def metrics(facts: HealthFacts, level: str) -> tuple[Metric, ...]:
    """Everything, pure; what is not known is not there."""
    return tuple(_all(facts, level))


def _all(facts: HealthFacts, level: str) -> Iterator[Metric]:
    yield _one("health_level", "0 all is well, 1 a warning, 2 an error", LEVELS.index(level))
    yield _one("mails_unfiled", "mails kept and not filed yet", facts.unfiled)
    yield _one("mail_oldest_unfiled_seconds", "age of the oldest unprocessed mail", facts.oldest_unfiled_s)
    yield _one("mails_quarantined", "mails that nobody could parse", facts.quarantined)
    yield _one("mails_shunted", "mails at which an error of ours was met", facts.shunted)
    yield _one("server_actions_owed", "flags, moves and deletes still owed to mail servers", facts.server_actions_owed)
    states = {
        "queued": facts.letters_queued,
        "held": facts.letters_held,
        "failed": facts.letters_failed,
        "deferred": facts.letters_deferred,
        "bounced": facts.letters_bounced,
    }
    for state, count in states.items():
        yield _one("letters", "letters in the outbox by state", count, state=state)
    yield _one("letter_oldest_due_seconds", "how long the oldest queued letter could have gone", facts.oldest_letter_s)
    yield _one("notices_failed", "notices to colleagues that were given up lately", facts.notices_failed)
    yield _one("promises_overdue", "clocks whose due time has passed", facts.promises_overdue)
    yield _one("tickets_open", "open tickets", facts.open_tickets)
    for reader in facts.readers:
        yield from _of_mailbox(reader)
    for box, left in facts.outgoing:
        yield _one("mailbox_certificate_out_seconds", "until the outgoing server's certificate ends", left, mailbox=box)
    for token in facts.tokens:
        yield from _of_token(token)


def _of_mailbox(one: MailboxFacts) -> Iterator[Metric]:
    box = one.mailbox
    yield _one("mailbox_up", "1 while the mailbox can be read", float(one.state in _WELL), mailbox=box)
    yield _one("mailbox_silent_seconds", "since its reader last reported", one.silent_s, mailbox=box)
    yield _one("mailbox_read", "1 for the process that holds the lease", 1, mailbox=box, holder=one.holder)
    if one.announced_s is not None:
        yield _one("mailbox_announced_seconds", "since the server last announced mail", one.announced_s, mailbox=box)
    if one.certificate_s is not None:
        says = "until the server's certificate ends"
        yield _one("mailbox_certificate_seconds", says, one.certificate_s, mailbox=box)


def _of_token(one: TokenFacts) -> Iterator[Metric]:
    yield _one("mailbox_signed_in", "0 when a person has to sign in again", float(not one.trouble), mailbox=one.mailbox)
    if one.refresh_s is not None:
        yield _one("mailbox_token_seconds", "until the refresh token ends", one.refresh_s, mailbox=one.mailbox)


def _one(name: str, says: str, value: float, **labels: str) -> Metric:
    return Metric(name=f"huiying_{name}", says=says, value=float(value), labels=labels)
