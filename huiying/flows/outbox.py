"""What a person may do with a letter in the outbox: hold, release, retry, cancel."""

from __future__ import annotations

from core.domain.errors import LettersOff, SecondPersonNeeded
from core.domain.filing import AuditEntry
from core.domain.letter import LettersMode, LetterState
from core.domain.people import Actor
from huiying.flows.context import Context
from huiying.flows.ports import Transaction

ACTIONS = {
    "hold": (LetterState.HELD, (LetterState.QUEUED, LetterState.DEFERRED)),
    "release": (LetterState.QUEUED, (LetterState.HELD,)),
    "retry": (LetterState.QUEUED, (LetterState.DEFERRED, LetterState.FAILED, LetterState.BOUNCED)),
    "cancel": (
        LetterState.CANCELLED,
        (LetterState.HELD, LetterState.QUEUED, LetterState.DEFERRED, LetterState.FAILED, LetterState.BOUNCED),
    ),
}
"""What one may do → (the state it leads to, the states it is offered in)."""

PROVE = "--as NAME --password-env VARIABLE"
HOLD, RELEASE, RETRY = "letter.hold", "letter.release", "letter.retry"
"""What the trail calls three of them."""
DESPITE = "letters"
"""The detail of such a line that says that the letter leaves although this switch is on."""
HELD_FOR, FOR_WORDING = "held", "wording"
"""The variable of an agent's letter that says why it was held, and its value when a second person must look."""


def change_letter(ctx: Context, letter_id: int, action: str, actor: Actor) -> bool:
    """Does it and leaves a trace; False when the letter is in no state for it, or went on meanwhile.

    Raises ``SecondPersonNeeded`` when the author, or nobody who signed in, would release what was held for its wording
    (DOMAIN 7), and ``LettersOff`` where nothing may leave."""
    target, offered = ACTIONS[action]
    with ctx.store.write() as tx:
        row = tx.views.letter(letter_id)
        if row is None or row.state not in offered:
            return False
        if action == "release":
            _second_person(tx, letter_id, actor)
        mode = ctx.desk().letters_mode(row.mailbox) if target is LetterState.QUEUED else LettersMode.LIVE
        if mode is LettersMode.OFF:
            raise LettersOff
        if not tx.outbox.set_state(letter_id, target, ctx.now()):
            return False
        tx.audit.add([_line(ctx, letter_id, action, actor, mode)])
    ctx.wake.ring("letters")
    return True


def _line(ctx: Context, letter_id: int, action: str, actor: Actor, mode: LettersMode) -> AuditEntry:
    despite = () if mode is LettersMode.LIVE else ((DESPITE, mode.value),)
    return AuditEntry(
        id=ctx.ids(),
        at=ctx.now(),
        actor=actor.name,
        action=f"letter.{action}",
        subject=f"letter:{letter_id}",
        details=(*despite, *((("claims", actor.claims),) if actor.claims else ())),
    )


def _second_person(tx: Transaction, letter_id: int, actor: Actor) -> None:
    intent = tx.outbox.intent(letter_id)
    known = intent.variables if intent else {}
    if known.get(HELD_FOR) != FOR_WORDING:
        return
    if not actor.is_person:
        raise SecondPersonNeeded("措辞须由登录的另一个人放行 (somebody else, signed in, has to release it)", hint=PROVE)
    if known.get("by") == actor.name:
        raise SecondPersonNeeded("措辞须由另一个人放行 (somebody else than its author has to release it)")
