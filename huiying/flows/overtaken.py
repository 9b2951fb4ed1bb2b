"""Whether an automatic letter that waited has been overtaken by a person's answer (DESIGN 3.9)."""

from __future__ import annotations

from datetime import datetime

from core.domain.letter import LetterIntent, LetterKind
from core.domain.promise import Clock, Promise, PromiseState
from huiying.flows.ports import Transaction

UPDATE = "update:"
"""Begins the cause of the promise that an update makes; the letter's id follows."""
_BY_A_PERSON = ("answer:", "call:", "sent:")
_ANSWERS = (Clock.FIRST_RESPONSE, Clock.URGE, Clock.RESOLUTION, Clock.SECOND_TREATMENT)
_SHORT = ("noted", "urge", "reopening")
_DONE = (PromiseState.KEPT, PromiseState.MISSED)


def is_overtaken(tx: Transaction, letter: LetterIntent, now: datetime) -> bool:
    """An update is by whatever ends or pauses the promise that it makes: an answer, the customer asked, the ticket's
    end. An acknowledgement, or the short line after it, is by an answer once the time that it promises is over."""
    if letter.kind is LetterKind.PROGRESS:
        made = f"{UPDATE}{letter.id}"
        promises = tx.promises.of_ticket(letter.ticket_id)
        return not any(p.cause == made and p.state is PromiseState.RUNNING for p in promises)
    names_a_time = letter.kind is LetterKind.ACKNOWLEDGEMENT or letter.template in _SHORT
    if not names_a_time or letter.promised is None or letter.promised > now:
        return False
    return any(_is_answer(promise, letter.date) for promise in tx.promises.of_ticket(letter.ticket_id))


def _is_answer(promise: Promise, since: datetime) -> bool:
    if promise.cause.startswith(_BY_A_PERSON):
        return promise.started >= since
    done = promise.clock in _ANSWERS and promise.state in _DONE
    return done and promise.ended is not None and promise.ended >= since
