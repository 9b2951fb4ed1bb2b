"""What agents' words teach: each labelled message with the values that stand and what they are worth."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from classifier.lesson import FRESH_DAYS, OLD_WEIGHT
from classifier.rows import LabelledText
from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import Facts
from core.domain.suggestion import MessageText
from core.domain.taxonomy import TARGETS, Taxonomy
from core.domain.ticket import Message
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.ports import Transaction
from huiying.flows.suggest import text_for_model

PAGE = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Label:
    """A message as a row to learn from, with the newest correction that stands on it."""

    correction: int
    ticket_id: int
    at: datetime
    row: LabelledText


def labels(ctx: Context, tx: Transaction) -> tuple[Label, ...]:
    """One of each labelled message, in the order in which agents spoke last.

    Undone words and values that the taxonomy has no more are left out.
    """
    said: dict[int, list[Correction]] = {}
    messages: dict[int, Message] = {}
    for correction, message in _all(tx):
        said.setdefault(message.id, []).append(correction)
        messages[message.id] = message
    desk, writers = ctx.desk(), Writers()
    rows = [
        Label(correction=standing[-1].id, ticket_id=standing[-1].ticket_id, at=standing[-1].at, row=row)
        for id_, corrections in said.items()
        if (standing := _standing(corrections))
        and (row := _row(ctx, tx, desk, messages[id_], standing, writers)) is not None
    ]
    return tuple(sorted(rows, key=lambda label: label.correction))


def examples(taxonomy: Taxonomy) -> tuple[LabelledText, ...]:
    """The taxonomy's own words as rows: examples and descriptions of each value, half as good as a label, each as if
    another customer had written it."""
    said = [(name, value.key, text) for name in TARGETS for value in taxonomy.values(name) for text in value.texts]
    return tuple(
        LabelledText(
            message=MessageText(subject="", body=text), labels={name: key}, weight=OLD_WEIGHT, writer=f"taxonomy {i}"
        )
        for i, (name, key, text) in enumerate(said)
    )


class Writers:
    """Numbers customers in the order in which they are met: a model must know them apart, not who they are."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def number(self, message: Message) -> str:
        key = message.sender.key if message.sender else f"message {message.id}"
        return str(self._numbers.setdefault(key, len(self._numbers) + 1))


def _all(tx: Transaction) -> Iterable[tuple[Correction, Message]]:
    after = 0
    while page := tx.corrections.labels(after, PAGE):
        yield from page
        after = page[-1][0].id


def _standing(corrections: Sequence[Correction]) -> list[Correction]:
    undone = {c.undoes for c in corrections if c.kind is CorrectionKind.UNDO}
    return [c for c in corrections if c.kind is not CorrectionKind.UNDO and c.id not in undone]


def _row(
    ctx: Context, tx: Transaction, desk: Desk, message: Message, standing: Sequence[Correction], writers: Writers
) -> LabelledText | None:
    values = {name: value for c in standing for name, value in c.after if name in TARGETS}
    known = {name: found.key for name, value in values.items() if (found := desk.taxonomy.find(name, value))}
    if not known:
        return None
    decision = tx.tickets.decision_for(message.id)
    facts = decision.facts if decision else Facts(received=message.at)
    text = text_for_model(message, desk.book.first_pass(message, facts))
    weight = max(c.weight for c in standing) * _age_weight(standing[-1].at, ctx.now())
    return LabelledText(message=text, labels=known, weight=weight, writer=writers.number(message), key=str(message.id))


def _age_weight(at: datetime, now: datetime) -> float:
    return 1.0 if now - at <= timedelta(days=FRESH_DAYS) else OLD_WEIGHT
