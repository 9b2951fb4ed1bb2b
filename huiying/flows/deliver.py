"""Composes and sends due letters, and keeps the server's answer as proof (DESIGN 3.9)."""

from __future__ import annotations

import logging
import zlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from core.domain.errors import HuiyingError, NotFound, Unavailable
from core.domain.letter import (
    ClaimedLetter,
    Delivery,
    DeliveryResult,
    LetterFile,
    LetterIntent,
    LetterState,
    Outcome,
    OutgoingMail,
)
from core.domain.notice import NoticeEvent
from core.domain.settings import MailboxSettings
from huiying.flows.addresses import is_dead, status_in
from huiying.flows.bounce import mark_dead
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.keep import all_sent
from huiying.flows.ports import Transaction
from huiying.flows.retry import retried
from huiying.flows.stop_care import stop_address
from huiying.flows.tell import tell
from huiying.flows.turn import claim_letters
from huiying.flows.upkeep import CLOCKS_PAUSE

BATCH = 20
ATTEMPTS = 18
"""Tries before a deferred letter is given up and shown to an agent: about two days."""
DEATHS = 3
TIMES = frozenset({"told", "zone", "told_zh", "zone_zh", "back"})
"""Variables that name the promised time."""
FIRST_PAUSE = timedelta(seconds=10)
LONGEST_PAUSE = timedelta(hours=8)

PORTAL = "/help"
"""Where the console has the customers' pages."""

_log = logging.getLogger("huiying.deliver")


def deliver(ctx: Context, limit: int = BATCH) -> int:
    """Sends up to ``limit`` due letters; how many were claimed. The bytes are stored before anything goes out,
    and a letter found ``sending`` after a crash goes out again with the same bytes and Message-ID."""
    taken, claimed = claim_letters(ctx, limit)
    if not taken:
        return 0
    ready = [mail for letter in claimed if (mail := _composed(ctx, letter)) is not None]
    if ready:
        with ctx.store.write() as tx:
            tx.outbox.composed(ready, ctx.worker)
        deliveries = ctx.transport.send(ready)
        _keep_proof(ctx, claimed, deliveries)
        ctx.wake.ring("changed")
    return taken


def reply_address(ctx: Context, box: MailboxSettings, ticket_id: int) -> str:
    """Where a customer's answer comes back to: the signed plus-address, or the plain one where such mail would not
    arrive (the answer is known by its references and by the number in its subject)."""
    if not box.plus_address:
        return box.address
    local, _, domain = box.address.rpartition("@")
    return f"{local}+{ctx.signer.plus_tag(ticket_id)}@{domain}"


def page_address(ctx: Context, desk: Desk, box: MailboxSettings, intent: LetterIntent) -> str:
    """The signed address of the ticket's page for its customer; empty where the mailbox has no such pages."""
    portal = desk.letters.portal(box.name, intent.language)
    return f"{portal}{PORTAL}/t/{ctx.signer.page_tag(intent.ticket_id)}" if portal else ""


def _composed(ctx: Context, letter: ClaimedLetter) -> OutgoingMail | None:
    """The letter's mail; one that cannot be composed, or that killed its composer thrice, fails visibly."""
    if letter.data is None and letter.attempts > DEATHS:
        return _failed(ctx, letter, f"{DEATHS} processes died composing it")
    try:
        mail = _mail(ctx, letter.intent)
        if letter.data is not None:
            return replace(mail, data=letter.data)
        return replace(mail, data=_signed(ctx, mail))
    except Unavailable:
        raise
    except HuiyingError as error:
        return _failed(ctx, letter, error.message)
    except Exception as error:  # noqa: BLE001  our bug costs this one letter, visibly, and no other
        return _failed(ctx, letter, f"{type(error).__name__}: {error}")


def _signed(ctx: Context, mail: OutgoingMail) -> bytes:
    """By the key that is in use now, whatever bundle the words are of. Raises ``SigningFailed``."""
    box = ctx.desk().mailbox(mail.mailbox)
    return ctx.mail_signer.signed(box, mail.data) if box else mail.data


def _mail(ctx: Context, intent: LetterIntent) -> OutgoingMail:
    """The letter as its bundle says. Raises ``BadTemplate``, or ``NotFound`` without bundle or mailbox."""
    intent = in_time(intent, ctx.now())
    desk = ctx.desk_of(intent.bundle)
    box = desk.mailbox(intent.mailbox) or ctx.desk().mailbox(intent.mailbox)
    if box is None:
        raise NotFound(f"没有信箱 {intent.mailbox} (no such mailbox)")
    reply_to, link = reply_address(ctx, box, intent.ticket_id), page_address(ctx, desk, box, intent)
    stop = stop_address(ctx, desk.letters.portal(box.name, intent.language), intent)
    return desk.letters.compose(intent, box, reply_to, _files(ctx, intent), link, stop)


def _files(ctx: Context, intent: LetterIntent) -> tuple[LetterFile, ...]:
    """The files of a letter that says it has some: no look-up for any other."""
    if not intent.variables.get("files"):
        return ()
    with ctx.store.read() as tx:
        return tx.outbox.files_of(intent.id)


def in_time(intent: LetterIntent, now: datetime) -> LetterIntent:
    """A letter whose promised time passed before it was composed (held for long, or a long outage) does not name it:
    nobody is told a time that is over. Stored bytes of an earlier try go out as they are."""
    if intent.promised is None or intent.promised > now:
        return intent
    timeless = {name: value for name, value in intent.variables.items() if name not in TIMES}
    return replace(intent, variables=timeless, date=now)


def _failed(ctx: Context, letter: ClaimedLetter, because: str) -> OutgoingMail | None:
    """Marks the letter as failed; there is no mail to send then."""
    with ctx.store.write() as tx:
        if tx.outbox.fail(letter.intent.id, ctx.worker, because, ctx.now()):
            _tell_failed(ctx, tx, letter)
    return None


def _refused(ctx: Context, tx: Transaction, letter: ClaimedLetter, delivery: Delivery) -> None:
    """A server that says the address is dead is believed as a bounce is."""
    status = status_in(delivery.answer) if delivery.outcome is Outcome.REFUSED else ""
    if status and is_dead(status):
        mark_dead(ctx, tx, letter.intent, status)
    _tell_failed(ctx, tx, letter, str(delivery.code))


def _tell_failed(ctx: Context, tx: Transaction, letter: ClaimedLetter, code: str = "") -> None:
    """Once for each time that it was given up."""
    id_, ticket_id = letter.intent.id, letter.intent.ticket_id
    details = (("code", code),) if code.strip("0") else ()
    once = f"{letter.attempts}.{ctx.now():%Y%m%d%H%M}"
    tell(ctx, tx, NoticeEvent.FAILED, f"letter:{id_}", once=once, ticket_id=ticket_id, details=details)


def begin_again(ctx: Context) -> int:
    """After the database was gone: letters that this worker still holds are given back without blame; how many."""
    with ctx.store.write() as tx:
        return tx.outbox.release(ctx.worker)


def _keep_proof(ctx: Context, claimed: Sequence[ClaimedLetter], deliveries: Sequence[Delivery]) -> None:
    """The server's answers and what they do to the clocks, in one transaction; where that fails, letter by letter."""
    letters = {letter.intent.id: letter for letter in claimed}
    done = [(letters[each.letter_id], each) for each in sorted(deliveries, key=lambda each: each.letter_id)]
    try:
        retried(partial(_complete, ctx, done))
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  whatever one letter does to its clocks, no other goes out once more for it
        for one in done:
            _complete_alone(ctx, one)


def _complete_alone(ctx: Context, one: tuple[ClaimedLetter, Delivery]) -> None:
    """One letter in a transaction of its own; where its clocks cannot be kept, that it was sent still stands."""
    try:
        retried(partial(_complete, ctx, [one]))
    except Unavailable:
        raise
    except Exception:  # noqa: BLE001  the customer has the letter: without its proof it would be sent for ever
        _log.exception("The clocks of a letter's ticket could not be kept.", extra={"letter": one[1].letter_id})
        _complete(ctx, [one], clocks=False)


def _complete(ctx: Context, done: Sequence[tuple[ClaimedLetter, Delivery]], *, clocks: bool = True) -> None:
    ends = [_ended(letter, delivery, clocks=clocks) for letter, delivery in done]
    with ctx.store.write() as tx:
        ours = tx.outbox.complete(ends, ctx.worker)
        left: list[tuple[LetterIntent, datetime]] = []
        for (letter, delivery), end in zip(done, ends, strict=True):
            if delivery.letter_id in ours and end.state is LetterState.FAILED:
                _refused(ctx, tx, letter, delivery)
            if delivery.letter_id in ours and end.state is LetterState.SENT:
                left.append((letter.intent, delivery.at))
        if clocks:
            all_sent(ctx, tx, left)


def _ended(letter: ClaimedLetter, delivery: Delivery, *, clocks: bool) -> DeliveryResult:
    state, pause = _after(delivery, letter)
    owed = delivery.at + CLOCKS_PAUSE if state is LetterState.SENT and not clocks else None
    return DeliveryResult(
        delivery=delivery, state=state, next_try=delivery.at + pause if pause else None, clocks_due=owed
    )


def jitter(letter_id: int, attempts: int) -> float:
    """From 0.8 to 1.2, the same for the same try: letters that failed together do not come back together."""
    digest = zlib.crc32(f"{letter_id}.{attempts}".encode())
    return 0.8 + 0.4 * digest / 0xFFFFFFFF


def _after(delivery: Delivery, letter: ClaimedLetter) -> tuple[LetterState, timedelta | None]:
    """What becomes of a letter: only the transient is tried again, with growing pauses, and giving up is seen."""
    if delivery.outcome is Outcome.SENT:
        return LetterState.SENT, None
    if delivery.outcome is Outcome.REFUSED or letter.attempts >= ATTEMPTS:
        return LetterState.FAILED, None
    pause = min(FIRST_PAUSE * 2 ** (letter.attempts - 1), LONGEST_PAUSE)
    return LetterState.QUEUED, pause * jitter(letter.intent.id, letter.attempts)
