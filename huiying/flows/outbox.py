"""What a person may do with a letter in the outbox: hold, release, retry, cancel."""

from __future__ import annotations

from core.domain.filing import AuditEntry
from core.domain.letter import LetterState
from huiying.flows.context import Context

ACTIONS = {
    "hold": (LetterState.HELD, (LetterState.QUEUED,)),
    "release": (LetterState.QUEUED, (LetterState.HELD,)),
    "retry": (LetterState.QUEUED, (LetterState.FAILED,)),
    "cancel": (LetterState.CANCELLED, (LetterState.HELD, LetterState.QUEUED, LetterState.FAILED)),
}
"""What one may do → (the state it leads to, the states it is offered in)."""


def change_letter(ctx: Context, letter_id: int, action: str, actor: str) -> bool:
    """Does it and leaves a trace; False when the letter is in no state for it, or went on meanwhile."""
    target, offered = ACTIONS[action]
    entry = AuditEntry(
        id=ctx.ids(), at=ctx.now(), actor=actor, action=f"letter.{action}", subject=f"letter:{letter_id}"
    )
    with ctx.store.write() as tx:
        row = tx.views.letter(letter_id)
        if row is None or row.state not in offered or not tx.outbox.set_state(letter_id, target, ctx.now()):
            return False
        tx.audit.add([entry])
    ctx.wake.ring("letters")
    return True
