"""Which claimed letters go out now: as the switches are now, within their account's limit, not at night, and to no
address that bounced."""

from __future__ import annotations

from datetime import datetime

from core.domain.address_mark import Mark
from core.domain.letter import ClaimedLetter, LetterIntent, LetterKind
from huiying.flows.apologise import is_needless
from huiying.flows.ask_customer import is_needless_question
from huiying.flows.context import Context
from huiying.flows.held import kept_back
from huiying.flows.overtaken import is_overtaken
from huiying.flows.ports import Transaction
from huiying.flows.quiet import after_quiet_hours, customers_zone, in_working_hours
from huiying.flows.room import Room


def claim_letters(ctx: Context, limit: int) -> tuple[int, tuple[ClaimedLetter, ...]]:
    """How many letters were taken in hand, and those of them that go out now; due letters keep their order."""
    room = Room(ctx, (box.name for box in ctx.desk().mailboxes))
    if room.is_full():
        return 0, ()
    with ctx.store.write() as tx:
        room.look(tx)
        if room.is_full():
            return 0, ()
        claimed = tx.outbox.claim(ctx.worker, ctx.now(), limit, but=room.full())
        bounced = tx.addresses.marked({one.intent.recipient.key for one in claimed}, Mark.BOUNCED)
        going = tuple(one for one in claimed if _goes(ctx, tx, one, room, bounced))
        room.note(tx)
    return len(claimed), going


def _goes(ctx: Context, tx: Transaction, claimed: ClaimedLetter, room: Room, bounced: frozenset[str]) -> bool:
    letter, now = claimed.intent, ctx.now()
    if why := kept_back(ctx, tx, letter):
        tx.outbox.hold(letter.id, ctx.worker, why)
        return False
    if not room.lets(letter.mailbox):
        tx.outbox.put_off(letter.id, ctx.worker, letter.not_before)
        return False
    if letter.kind is not LetterKind.AGENT and claimed.data is None:
        if (later := _leaves(ctx, tx, letter, now)) > now:
            tx.outbox.put_off(letter.id, ctx.worker, later)
            return False
        if unwanted := _unwanted(tx, letter, now, bounced):
            tx.outbox.drop(letter.id, ctx.worker, unwanted)
            return False
    room.take(letter.mailbox)
    return True


def _unwanted(tx: Transaction, letter: LetterIntent, now: datetime, bounced: frozenset[str]) -> str:
    """Why that address gets no automatic letter, none of this kind, or not this one any more."""
    if is_needless(tx, letter, now) or is_needless_question(tx, letter) or is_overtaken(tx, letter, now):
        return "answered"
    if letter.recipient.key in bounced:
        return "address-bounced"
    care = letter.kind is LetterKind.CARE
    return "opted-out" if care and tx.addresses.why(letter.recipient.key, Mark.OPTED_OUT) is not None else ""


def _leaves(ctx: Context, tx: Transaction, letter: LetterIntent, now: datetime) -> datetime:
    """When that letter may leave: an update not at night, a letter of care only while somebody works."""
    calendar = ctx.desk().calendar
    if letter.kind is LetterKind.CARE:
        return in_working_hours(now, calendar)
    if letter.kind is not LetterKind.PROGRESS:
        return now
    return after_quiet_hours(now, customers_zone(tx, letter.ticket_id, calendar))
