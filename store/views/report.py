"""What figures are counted from, added up by the database: its cost grows with what happened in the span of time."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    FromClause,
    Row,
    Select,
    Text,
    and_,
    case,
    cast,
    func,
    literal,
    or_,
    select,
    text,
    type_coerce,
    union_all,
)

from core.domain.correction import CorrectionKind
from core.domain.extension import ExtensionState
from core.domain.ids import EPOCH_MS, MILLISECOND, first_id_at
from core.domain.promise import Clock, PromiseState
from core.domain.report import Selection, Span, TalliedTicket, Tally, TicketSet
from core.domain.task import TO_APPROVE, TaskState
from core.domain.taxonomy import TARGETS
from core.domain.ticket import HISTORY_SERIES, State
from core.domain.views import Page
from store.plucked import mean_of_pairs, plucked
from store.tables import (
    analysis,
    appraisal,
    audit,
    correction,
    customer,
    extension,
    letter,
    promise,
    task,
    ticket,
    vote,
)
from store.tables.ticket import OPEN, RUNNING, SETTLED
from store.unit import Unit
from store.views.paging import bounded, page, read_key

FILED_WITHIN = timedelta(days=31)
"""What was filed longer after its arrival is an old mailbox's, and no news of any time."""
_AHEAD = timedelta(hours=1)
"""So far may the clock of a mail server be ahead of ours."""
_SECOND = 1_000_000
_GOOD_SCORE = 4
AGES = (1, 3, 7, 30)
"""Days up to which open tickets are counted together."""
_ENDED_OTHERWISE = (State.MERGED, State.WITHDRAWN, State.INVALID)
_OVER = (State.RESOLVED, State.CLOSED)

_t = ticket.c
_COUNTED = and_(_t.state.not_in(_ENDED_OTHERWISE), _t.number.not_like(f"{HISTORY_SERIES}%"))
"""Without 垃圾, 合并, 撤销, and without what was imported as history."""
_into = customer.alias("into")
_DIMENSIONS: Mapping[str, ColumnElement[Any]] = {
    "team": plucked(_t.fields, "team"),
    "agent": _t.assignee,
    "type": _t.type,
    "urgency": _t.urgency,
    "topic": plucked(_t.fields, "topic"),
    "channel": _t.channel,
    "level": func.coalesce(_into.c.level, customer.c.level, ""),
    # As a sum it is no index either: SQLite would go through all tickets in its order.
    "state": _t.state + "",
    "cause": func.coalesce(analysis.c.cause, ""),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Chosen:
    """The rows of a set with the columns that only it has; ``whole``: whatever became of its tickets. ``id`` is of what
    is counted."""

    tables: FromClause
    where: tuple[Any, ...]
    columns: Mapping[str, ColumnElement[Any]] = field(default_factory=dict)
    whole: bool = False
    id: ColumnElement[int] = _t.id

    def column(self, name: str) -> ColumnElement[Any]:
        return self.columns[name] if name in self.columns else _DIMENSIONS[name]


def tally(unit: Unit, which: TicketSet, span: Span, by: Sequence[str], parts: Sequence[str]) -> tuple[Tally, ...]:
    """How many have the same values of ``by``, and the sums of ``parts``."""
    rows = _rows(_SETS[which](span), (*by, *parts)).subquery()
    groups = [rows.c[name] for name in by]
    sums = [func.sum(rows.c[name]).label(f"sum_{name}") for name in parts]
    query = select(*groups, func.count(rows.c.ticket_id).label("rows"), *sums)
    found = unit.rows(query.group_by(*groups))
    return tuple(
        Tally(
            of={name: getattr(row, name) for name in by},
            count=row.rows,
            sums={name: float(getattr(row, f"sum_{name}")) for name in parts},
        )
        for row in found
        if row.rows
    )


def middle_seconds(unit: Unit, span: Span, by: str) -> dict[str, float]:
    """The median of the seconds until the first response for each value of ``by``, or under '' of all: of two in the
    middle their mean. The database finds them: a row for each ticket would be read here one by one."""
    names = (by,) if by else ()
    rows = _rows(_responded(span), (*names, "seconds")).subquery()
    groups = [rows.c[name] for name in names]
    place = func.row_number().over(partition_by=groups, order_by=rows.c.seconds)
    many = func.count().over(partition_by=groups)
    ranked = select(*groups, rows.c.seconds, place.label("place"), many.label("many")).subquery()
    found = select(*(ranked.c[name].label("name") for name in names), func.avg(ranked.c.seconds).label("middle"))
    middle = ranked.c.place.in_(((ranked.c.many + 1) // 2, (ranked.c.many + 2) // 2))
    of_each = unit.rows(found.where(middle).group_by(*(ranked.c[name] for name in names)))
    return {row.name if by else "": float(row.middle) for row in of_each if row.middle is not None}


def tallied(unit: Unit, selection: Selection, span: Span, key: str, limit: int) -> Page[TalliedTicket]:
    """The tickets behind a figure, the newest first; one that stands in the set more than once is told once."""
    limit = bounded(limit)
    chosen = _SETS[selection.which](span)
    rows = _rows(chosen, tuple(selection.having), counted=selection.counted).subquery()
    having = [rows.c[name].in_(values) for name, values in selection.having.items()]
    once = select(rows.c.ticket_id, func.max(rows.c.counted).label("counted")).where(*having)
    after = read_key(key, 1)
    if after:
        once = once.where(rows.c.ticket_id < after[0])
    once = once.group_by(rows.c.ticket_id).order_by(rows.c.ticket_id.desc()).limit(limit + 1)
    shown = once.subquery()
    if selection.which is TicketSet.TASKS:
        tasks = select(task, ticket.c.number, shown.c.counted).join(shown, shown.c.ticket_id == task.c.id)
        of = tasks.outerjoin(ticket, _t.id == task.c.ticket_id).order_by(task.c.id.desc())
        return page(unit.rows(of), limit, _task, lambda row: str(row.id))
    query = select(ticket, shown.c.counted).join(shown, shown.c.ticket_id == _t.id).order_by(_t.id.desc())
    return page(unit.rows(query), limit, _ticket, lambda row: str(row.id))


def _rows(chosen: _Chosen, names: Sequence[str], *, counted: str | None = None) -> Select[Any]:
    """One row for each ticket of the set with these columns; ``counted`` is the part that a figure is about."""
    # As a sum it is no index: whatever is in the span is sorted, instead of looking for it among all tickets in order.
    columns = [(chosen.id + 0).label("ticket_id"), *(chosen.column(name).label(name) for name in names)]
    if counted is not None:
        columns.append((chosen.column(counted) if counted else literal(1)).label("counted"))
    tables = chosen.tables
    if "level" in names:
        tables = tables.outerjoin(customer, _t.customer_id == customer.c.id)
        tables = tables.outerjoin(_into, customer.c.merged_into == _into.c.id)
    if "cause" in names:
        tables = tables.outerjoin(analysis, analysis.c.ticket_id == _t.id)
    where = chosen.where if chosen.whole else (_COUNTED, *chosen.where)
    return select(*columns).select_from(tables).where(*where)


def _ticket(row: Row[Any]) -> TalliedTicket:
    return TalliedTicket(
        id=row.id,
        number=row.number,
        subject=row.subject,
        state=row.state,
        type=row.type,
        team=row.fields.get("team", ""),
        agent=row.assignee,
        received=row.received,
        counted=float(row.counted),
    )


def _task(row: Row[Any]) -> TalliedTicket:
    return TalliedTicket(
        id=row.id,
        number=row.number or "",
        subject=row.words,
        state=row.state,
        type=row.kind,
        team=row.team,
        agent=row.owner or row.ended_by,
        received=row.due,
        counted=float(row.counted),
        task=row.id,
    )


def _has(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """1 where there is such a row, else 0: looked up for each ticket by index. An EXISTS would let PostgreSQL read the
    whole table once instead, however much of it is another time's."""
    return func.coalesce(select(literal(1)).where(*conditions).limit(1).scalar_subquery(), 0)


def _flag(condition: ColumnElement[bool]) -> ColumnElement[int]:
    return case((condition, 1), else_=0)


def _step(span: Span, instant: ColumnElement[Any]) -> ColumnElement[int]:
    """In which part of the span it lies, from 0 on."""
    steps = [(instant < mark, place) for place, mark in enumerate(span.marks)]
    return case(*steps, else_=len(steps)) if steps else literal(0)


def _is_complaint(span: Span) -> ColumnElement[int]:
    return _flag(_t.type.in_(span.complaints))


def _received(span: Span) -> _Chosen:
    """By the primary key, since ids tell when a ticket was filed."""
    filed = _t.id >= first_id_at(span.begin - _AHEAD), _t.id < first_id_at(span.end + FILED_WITHIN), _filed_in_time()
    came = _t.received >= span.begin, _t.received < span.end
    return _Chosen(
        tables=ticket,
        where=(*filed, *came),
        columns={"complaint": _is_complaint(span), "step": _step(span, _t.received)},
    )


def _filed_in_time() -> ColumnElement[bool]:
    """Ids tell when a ticket was filed, and nothing else of them is compared with the arrival: no index is wanted."""
    filed_ms = type_coerce(_t.id, BigInteger) // MILLISECOND + EPOCH_MS
    return filed_ms - type_coerce(_t.received, BigInteger) // 1000 < FILED_WITHIN // timedelta(milliseconds=1)


def _responded(span: Span) -> _Chosen:
    """Those of the received that a person has answered, with the seconds until then."""
    received = _received(span)
    took = type_coerce(_t.first_response, BigInteger) - type_coerce(_t.received, BigInteger)
    seconds = case((took > 0, took // _SECOND), else_=0)
    return _Chosen(tables=ticket, where=(*received.where, _t.first_response.is_not(None)), columns={"seconds": seconds})


def _closed(span: Span) -> _Chosen:
    second = _has(promise.c.ticket_id == _t.id, promise.c.clock == Clock.SECOND_TREATMENT.value)
    where = (_t.closed >= span.begin, _t.closed < span.end)
    first_time = _flag(and_(second == 0, _reopened() == 0))
    columns = {"second": second, "first_time": first_time, "step": _step(span, _t.closed)}
    return _Chosen(tables=ticket, where=where, columns=columns)


def _reopened() -> ColumnElement[int]:
    """What the trail says: it was resolved or closed, and then worked on again; a slip that was taken back is none."""
    details, undo = type_coerce(audit.c.details, Text), audit.alias("undo")
    same = type_coerce(undo.c.details, Text).contains(literal('["undoes","') + cast(audit.c.id, Text) + literal('"]'))
    taken_back = undo.c.subject == audit.c.subject, undo.c.action == "ticket.move-undone", same
    back = [
        details.contains(f'["before","{over.value}"],["state","{state.value}"]')
        for over in _OVER
        for state in (State.OPEN, State.SECOND_TREATMENT)
    ]
    return _has(_of_ticket(), or_(*back), _has(*taken_back) == 0)


def _due(span: Span) -> _Chosen:
    """Promises that are owed within the span and kept or missed, or running and late; each by its index."""
    columns: list[Any] = [promise.c[name] for name in ("id", "ticket_id", "clock", "state", "breach")]
    settled, running = text(f"({SETTLED})"), text(RUNNING)
    told, due, late = promise.c.told, promise.c.due, min(span.end, span.now)
    owed: ColumnElement[Any] = func.coalesce(told, due)
    columns.append(owed.label("owed"))
    one = union_all(
        select(*columns).where(settled, told >= span.begin, told < span.end),
        select(*columns).where(settled, told.is_(None), due >= span.begin, due < span.end),
        select(*columns).where(running, due < late, owed >= span.begin, owed < late),
    ).subquery("one")
    longer = _has(
        extension.c.ticket_id == one.c.ticket_id,
        extension.c.promise_id == one.c.id,
        extension.c.state == ExtensionState.TOLD.value,
    )
    return _Chosen(
        tables=one.join(ticket, _t.id == one.c.ticket_id),
        where=(),
        columns={
            "clock": one.c.clock,
            "breach": one.c.breach,
            "kept": _flag(one.c.state == PromiseState.KEPT.value),
            "extended": longer,
            "complaint": _is_complaint(span),
            "step": _step(span, one.c.owed),
        },
    )


def _voted(span: Span) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """A vote that is given again is a new row."""
    return vote.c.id >= first_id_at(span.begin), vote.c.id < first_id_at(span.end)


def _scored(span: Span) -> _Chosen:
    """Votes with marks; the score of one is the mean of its marks."""
    score = mean_of_pairs(vote.c.marks)
    marked = type_coerce(vote.c.marks, Text) != "[]"
    scores = select(vote.c.ticket_id, score.label("score")).where(*_voted(span), marked).subquery("scores")
    return _Chosen(
        tables=scores.join(ticket, _t.id == scores.c.ticket_id),
        where=(),
        columns={"score": scores.c.score, "satisfied": _flag(scores.c.score >= _GOOD_SCORE)},
    )


def _appraised(span: Span) -> _Chosen:
    """Appraisals given in the span, on whichever of the customer's tickets; one that is given again is a new row."""
    given = appraisal.c.id >= first_id_at(span.begin), appraisal.c.id < first_id_at(span.end)
    return _Chosen(
        tables=appraisal.join(ticket, _t.id == appraisal.c.ticket_id),
        where=given,
        columns={"score": mean_of_pairs(appraisal.c.marks)},
        whole=True,
    )


def _tasks(span: Span) -> _Chosen:
    """Tasks that are due within the span and done, or late. One that was dropped in time was not owed, nor was what
    waits for a lead, or was refused."""
    c = task.c
    late = and_(c.state == TaskState.OPEN.value, c.due < min(span.end, span.now))
    given_up = and_(c.state == TaskState.DROPPED.value, c.ended > c.due, c.kind.not_in(TO_APPROVE))
    return _Chosen(
        tables=task.outerjoin(ticket, _t.id == c.ticket_id),
        where=(c.due >= span.begin, c.due < span.end, or_(c.state == TaskState.DONE.value, late, given_up)),
        columns={
            "team": c.team,
            "agent": case((c.owner == "", c.ended_by), else_=c.owner),
            "kept": _flag(and_(c.state == TaskState.DONE.value, c.ended <= c.due)),
        },
        whole=True,
        id=c.id,
    )


def _asked(span: Span) -> _Chosen:
    """Results on which the customer has voted, or was asked to and did not before it was closed."""
    silent = _has(vote.c.ticket_id == _t.id) == 0
    asked = union_all(
        select(vote.c.ticket_id, literal(1).label("answered")).where(*_voted(span)).distinct(),
        select(_t.id, literal(0)).where(
            _t.closed >= span.begin, _t.closed < span.end, _t.resolved.is_not(None), silent, _was_asked()
        ),
    ).subquery("asked")
    return _Chosen(
        tables=asked.join(ticket, _t.id == asked.c.ticket_id), where=(), columns={"answered": asked.c.answered}
    )


def _was_asked() -> ColumnElement[bool]:
    """The result's letter or the reminder went out, or silence has closed it."""
    details = type_coerce(audit.c.details, Text)
    result = and_(audit.c.action == "ticket.answered", details.contains(f'["state","{State.RESOLVED.value}"]'))
    silence = and_(audit.c.action == "ticket.closed", details.contains('["reason","silence"]'))
    reminder = letter.c.ticket_id == _t.id, letter.c.occasion.startswith("reminder:"), letter.c.sent.is_not(None)
    return or_(_has(_of_ticket(), or_(result, silence)) == 1, _has(*reminder) == 1)


def _of_ticket() -> ColumnElement[bool]:
    """The trail's lines of it."""
    return audit.c.subject == literal("ticket:", Text) + cast(_t.id, Text)


def _judged(span: Span) -> _Chosen:
    """Tickets whose suggestion an agent has confirmed or corrected, as long as that stands; right if all of it was."""
    c, later = correction.c, correction.alias("later")
    taken_back = _has(later.c.ticket_id == c.ticket_id, later.c.id > c.id, later.c.undoes == c.id)
    before = type_coerce(c.before, Text)
    named = or_(*(before.contains(f'["{name}",') for name in TARGETS))
    right = or_(c.kind == CorrectionKind.CONFIRM.value, before == type_coerce(c.after, Text))
    said = (
        select(c.ticket_id, func.min(_flag(right)).label("agreed"))
        .where(c.id >= first_id_at(span.begin), c.id < first_id_at(span.end), taken_back == 0)
        .where(or_(c.kind == CorrectionKind.CONFIRM.value, and_(c.kind == CorrectionKind.CORRECT.value, named)))
        .group_by(c.ticket_id)
        .subquery("said")
    )
    return _Chosen(tables=said.join(ticket, _t.id == said.c.ticket_id), where=(), columns={"agreed": said.c.agreed})


def _open(span: Span) -> _Chosen:
    """All that is open now, by its age in days: up to 1, 3, 7, 30, or 0 for more."""
    ages = [(_t.received >= span.now - timedelta(days=days), days) for days in AGES]
    return _Chosen(tables=ticket, where=(text(OPEN),), columns={"age": case(*ages, else_=0)})


_SETS: Mapping[TicketSet, Callable[[Span], _Chosen]] = {
    TicketSet.RECEIVED: _received,
    TicketSet.RESPONDED: _responded,
    TicketSet.CLOSED: _closed,
    TicketSet.DUE: _due,
    TicketSet.SCORED: _scored,
    TicketSet.APPRAISED: _appraised,
    TicketSet.ASKED: _asked,
    TicketSet.TASKS: _tasks,
    TicketSet.JUDGED: _judged,
    TicketSet.OPEN: _open,
}
