"""Which letters the switch of a mailbox, or that of all, keeps back; in one act they go on when it is live again.

What is in force when a letter would leave counts, not what was when it was written. A letter that somebody released
while letters are on hold leaves: the trail is the mark, and says who did it."""

from __future__ import annotations

from dataclasses import replace

from core.domain.errors import SecondPersonNeeded
from core.domain.letter import LetterIntent, LettersMode, LetterState
from core.domain.people import Actor
from core.domain.views import MOST_ROWS, LetterRow
from huiying.flows.context import Context
from huiying.flows.outbox import DESPITE, HOLD, RELEASE, RETRY, change_letter
from huiying.flows.ports import Transaction

WHY = {LettersMode.HOLD: "letters-hold", LettersMode.OFF: "letters-off"}
"""Why the switch keeps a letter back."""


def as_switched(letter: LetterIntent, mode: LettersMode) -> LetterIntent:
    """A new letter as it is filed: in hold it waits from the start."""
    waits = mode is LettersMode.HOLD
    return replace(letter, state=LetterState.HELD, because=WHY[mode]) if waits else letter


def kept_back(ctx: Context, tx: Transaction, letter: LetterIntent) -> str:
    """The code of why that letter does not leave now, or the empty string."""
    mode = ctx.desk().letters_mode(letter.mailbox)
    if mode is LettersMode.LIVE or (mode is LettersMode.HOLD and _is_released(tx, letter.id)):
        return ""
    return WHY[mode]


def may_go_on(ctx: Context, row: LetterRow) -> bool:
    """Whether the switch kept that letter back and does so no more."""
    live = ctx.desk().letters_mode(row.mailbox) is LettersMode.LIVE
    return live and row.state == LetterState.HELD and row.answer in WHY.values()


def change_all(ctx: Context, action: str, actor: Actor) -> int:
    """Releases or cancels every letter that the switch kept back and keeps back no more; how many."""
    done, key = 0, ""
    while True:
        with ctx.store.read() as tx:
            page = tx.views.letters(LetterState.HELD, key, MOST_ROWS)
        done += sum(_changed(ctx, row, action, actor) for row in page.rows if may_go_on(ctx, row))
        key = page.next_key
        if not key:
            return done


def _changed(ctx: Context, row: LetterRow, action: str, actor: Actor) -> bool:
    try:
        return change_letter(ctx, row.id, action, actor)
    except SecondPersonNeeded:  # it stays for somebody else, and the others go on
        return False


def _is_released(tx: Transaction, letter_id: int) -> bool:
    """Whether the last word of a person about it was that it leaves although letters are on hold."""
    for line in tx.views.audit(f"letter:{letter_id}", "", MOST_ROWS).rows:
        if line.action in (RELEASE, RETRY, HOLD):
            return dict(line.details).get(DESPITE) == LettersMode.HOLD
    return False
