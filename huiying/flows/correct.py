"""An agent confirms, corrects or takes back: the choice binds and is a label (DESIGN 3.11)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import TypeVar

from core.domain.correction import Correction, CorrectionKind
from core.domain.decision import By, Occasion
from core.domain.errors import BadInput, Conflict, NotFound
from core.domain.filing import AuditEntry
from core.domain.priority import derive_priority
from core.domain.promise import LIVE, PromiseState
from core.domain.seen import seen
from core.domain.ticket import Customer, Message, Ticket
from huiying.flows.ask_rules import ask_and_update
from huiying.flows.context import Context
from huiying.flows.desk import Desk
from huiying.flows.limits import recount
from huiying.flows.pause import in_place_of
from huiying.flows.ports import Transaction
from huiying.flows.precedents import remember
from huiying.flows.rule_facts import Moment
from huiying.flows.serve import desk_for

CORRECTABLE = ("type", "urgency", "emotion", "topic", "impact", "gravity", "priority", "team")
CONFIRMED = ("type", "urgency")
"""What one key confirms; the rest follows from these or is corrected by name."""
TRIES = 3
Done = TypeVar("Done")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scene:
    """What a correction looks at, read inside its transaction."""

    desk: Desk
    ticket: Ticket
    message: Message
    customer: Customer | None


def confirm(ctx: Context, number: str, agent: str) -> Correction:
    """The agent agrees with what stands: it now binds, and is a label of full weight."""

    def act(tx: Transaction, scene: _Scene) -> Correction:
        return _apply(ctx, tx, scene, CorrectionKind.CONFIRM, _current(scene.ticket), agent)

    return _with_retry(ctx, number, act)


def correct(ctx: Context, number: str, changes: Mapping[str, str], agent: str) -> Correction:
    """The agent sets fields; keys and English names of the taxonomy are accepted. Recomputes priority, team and
    due times. Raises ``NotFound`` for the ticket and ``BadInput`` for a field or value."""
    values = _checked(ctx.desk(), changes)

    def act(tx: Transaction, scene: _Scene) -> Correction:
        return _apply(ctx, tx, scene, CorrectionKind.CORRECT, values, agent)

    return _with_retry(ctx, number, act)


def undo(ctx: Context, number: str, agent: str, *, only: str = "") -> Correction | None:
    """Takes back the ticket's last correction or confirmation that still stands; None when there is none, or when it is
    not the one whose id is ``only``, where that is given."""

    def act(tx: Transaction, scene: _Scene) -> Correction | None:
        last = last_standing(tx.corrections.of_ticket(scene.ticket.id))
        if last and only and str(last.id) != only:
            return None
        return _take_back(ctx, tx, scene, last, agent) if last else None

    return _with_retry(ctx, number, act)


def last_standing(corrections: tuple[Correction, ...]) -> Correction | None:
    """The newest correction that no undo has taken back."""
    undone = {c.undoes for c in corrections if c.kind is CorrectionKind.UNDO}
    standing = [c for c in corrections if c.kind is not CorrectionKind.UNDO and c.id not in undone]
    return max(standing, key=lambda c: c.id, default=None)


def _with_retry(ctx: Context, number: str, act: Callable[[Transaction, _Scene], Done]) -> Done:
    """Runs one change; somebody else's change of the same ticket meanwhile is met by doing it again on top."""
    # Nobody who wants to write shall wait until a dictionary is read.
    ctx.segmenter.prepare()
    for left in reversed(range(TRIES)):
        try:
            with ctx.store.write() as tx:
                done = act(tx, _scene(ctx, tx, number))
            ctx.wake.ring("changed")
            return done
        except Conflict:
            if not left:
                raise
    raise AssertionError("unreachable: the last try returns or raises")


def _scene(ctx: Context, tx: Transaction, number: str) -> _Scene:
    ticket = tx.tickets.by_number(number)
    if ticket is None:
        raise NotFound(f"没有工单 {number} (no ticket {number})")
    message = tx.tickets.first_message(ticket.id)
    if message is None:
        raise NotFound(f"ticket {number} has no message")
    customer = tx.tickets.customer(ticket.customer_id) if ticket.customer_id else None
    return _Scene(desk=desk_for(ctx, tx, ticket), ticket=ticket, message=message, customer=customer)


def _checked(desk: Desk, changes: Mapping[str, str]) -> dict[str, str]:
    """Field names and values as the taxonomy's keys, or one ``BadInput`` that names everything wrong."""
    values: dict[str, str] = {}
    wrong: list[str] = []
    for name, word in changes.items():
        found = desk.taxonomy.find(name, word)
        if name not in CORRECTABLE:
            wrong.append(f"no field {name} (fields: {', '.join(CORRECTABLE)})")
        elif name == "team" and seen(word):
            values[name] = seen(word)
        elif found is None:
            allowed = ", ".join(value.key for value in desk.taxonomy.values(name))
            wrong.append(f"no {name} {word} (values: {allowed})")
        else:
            values[name] = found.key
    if wrong or not values:
        raise BadInput("; ".join(wrong) or "nothing to correct")
    return values


def _current(ticket: Ticket) -> dict[str, str]:
    return {name: ticket.fields[name] for name in CONFIRMED if name in ticket.fields}


def _apply(
    ctx: Context, tx: Transaction, scene: _Scene, kind: CorrectionKind, values: Mapping[str, str], agent: str
) -> Correction:
    ticket = scene.ticket
    by = {**ticket.decided_by, **dict.fromkeys(values, By.AGENT.value)}
    fields = _derived(scene, {**ticket.fields, **values}, by)
    touched = tuple(n for n in fields if n in values or fields[n] != ticket.fields.get(n))
    correction = Correction(
        id=ctx.ids(),
        ticket_id=ticket.id,
        message_id=scene.message.id,
        kind=kind,
        at=ctx.now(),
        agent=agent,
        before=tuple((n, ticket.fields.get(n, "")) for n in touched),
        before_by=tuple((n, ticket.decided_by.get(n, "")) for n in touched),
        after=tuple((n, fields[n]) for n in touched),
    )
    changed = tx.tickets.update(replace(ticket, fields=fields, decided_by=by, confirmed=True))
    tx.corrections.add(correction)
    remember(ctx, tx, ticket.id, scene.message)
    recount(ctx, tx, ticket, fields, f"correction:{correction.id}", correction.at)
    _record(ctx, tx, ticket, correction)
    if kind is CorrectionKind.CORRECT:
        ask_and_update(ctx, tx, changed, Moment(occasion=Occasion.CHANGE, at=correction.at))
    return correction


def _derived(scene: _Scene, fields: dict[str, str], by: dict[str, str]) -> dict[str, str]:
    """Priority and team follow the new values unless an agent or a rule set them."""
    settled = (By.AGENT.value, By.RULE.value)
    done = dict(fields)
    if by.get("priority") not in settled:
        level = scene.customer.level if scene.customer else "普通"
        tags = scene.customer.tags if scene.customer else ()
        done["priority"], _ = derive_priority(done.get("urgency", ""), done.get("impact", ""), level, tags)
    if by.get("team") not in settled:
        done["team"] = scene.desk.taxonomy.team_of(done.get("type", "")) or done.get("team", "")
    return done


def _take_back(ctx: Context, tx: Transaction, scene: _Scene, last: Correction, agent: str) -> Correction:
    ticket = scene.ticket
    before, before_by = dict(last.before), dict(last.before_by)
    fields = {name: value for name, value in {**ticket.fields, **before}.items() if value}
    by = {name: who for name, who in {**ticket.decided_by, **before_by}.items() if who}
    correction = Correction(
        id=ctx.ids(),
        ticket_id=ticket.id,
        message_id=last.message_id,
        kind=CorrectionKind.UNDO,
        at=ctx.now(),
        agent=agent,
        before=tuple((name, ticket.fields.get(name, "")) for name in before),
        before_by=tuple((name, ticket.decided_by.get(name, "")) for name in before),
        after=last.before,
        undoes=last.id,
        weight=0.0,
    )
    tx.corrections.add(correction)
    earlier = last_standing(tx.corrections.of_ticket(ticket.id))
    tx.tickets.update(replace(ticket, fields=fields, decided_by=by, confirmed=earlier is not None))
    _restore(ctx, tx, ticket.id, last)
    if ctx.desk().book.asks(Occasion.CHANGE):
        # What a rule counted anew after the correction is not among what was restored.
        recount(ctx, tx, ticket, fields, f"correction:{correction.id}", correction.at)
    _record(ctx, tx, ticket, correction)
    return correction


def _restore(ctx: Context, tx: Transaction, ticket_id: int, last: Correction) -> None:
    """The promises that the correction superseded count again as they were told, with the pauses that its own have
    had meanwhile; its own are cancelled."""
    promises = tx.promises.of_ticket(ticket_id)
    made = {p.id: p for p in promises if p.cause == f"correction:{last.id}" and p.state in LIVE}
    back = [p for p in promises if p.state is PromiseState.SUPERSEDED and p.superseded_by in made]
    desk = desk_for(ctx, tx, ticket_id)
    cancelled = [replace(p, state=PromiseState.CANCELLED, ended=ctx.now(), warn_at=None) for p in made.values()]
    changed = [*cancelled, *(in_place_of(desk, p, made[p.superseded_by]) for p in back)]
    if changed:
        tx.promises.change(sorted(changed, key=lambda p: p.id))


def _record(ctx: Context, tx: Transaction, ticket: Ticket, correction: Correction) -> None:
    entry = AuditEntry(
        id=ctx.ids(),
        at=correction.at,
        actor=correction.agent,
        action=f"ticket.{correction.kind.value}",
        subject=f"ticket:{ticket.id}",
        details=(("correction", str(correction.id)), *correction.after),
    )
    tx.audit.add((entry,))
