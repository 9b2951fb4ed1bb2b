"""The figures of a period: added up by the database, put together here for the desk, each team and each agent."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from core.domain.errors import BadInput
from core.domain.period import Period
from core.domain.report import Selection, Span, TalliedTicket, Tally, TicketSet
from core.domain.taxonomy import Taxonomy
from core.domain.views import Page
from huiying.flows.context import Context
from huiying.flows.figure_kinds import BY_KEY, EXTENDED, FACETS, FIGURES, MEDIAN, ON_TIME, FigureKind, Unit

COMPLAINT = "投诉"
_WHO = ("team", "agent")
ASKED: Mapping[TicketSet, tuple[tuple[str, ...], tuple[str, ...]]] = {
    TicketSet.RECEIVED: ((), ("complaint",)),
    TicketSet.RESPONDED: ((), ("seconds",)),
    TicketSet.CLOSED: ((), ("first_time", "second")),
    TicketSet.DUE: (("clock", "breach", "complaint"), ("kept", "extended")),
    TicketSet.SCORED: ((), ("score", "satisfied")),
    TicketSet.APPRAISED: ((), ("score",)),
    TicketSet.ASKED: ((), ("answered",)),
    TicketSet.TASKS: ((), ("kept",)),
    TicketSet.JUDGED: ((), ("agreed",)),
    TicketSet.OPEN: (("state", "age"), ()),
}
"""By what each set is told apart besides team and agent, and which parts of it are added up."""

Tallies = Mapping[TicketSet, Sequence[Tally]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """``value`` is a count, a score or seconds; of a share it is the part, ``of`` the whole. It is None when there is
    nothing that it could be counted of. ``extended`` is how many of the times were extended, None where there are no
    times."""

    kind: FigureKind
    value: float | None
    of: int | None = None
    extended: int | None = None

    @property
    def share(self) -> float | None:
        return self.value / self.of if self.kind.unit is Unit.SHARE and self.value is not None and self.of else None

    @property
    def shown(self) -> float | None:
        """What is compared with another period: the share, or the value."""
        return self.share if self.kind.unit is Unit.SHARE else self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Overdue:
    """Times of one clock that were not kept, for one reason ('' while nobody has given one)."""

    clock: str
    breach: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What happened in a part of the period: arrivals, closings, and first responses that were owed."""

    part: Period
    received: int
    closed: int
    due: int
    on_time: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """``teams`` and ``agents`` begin with the busiest; ``volumes`` holds (value, tickets) by facet, ``ages`` (days,
    open tickets), 0 for older ones."""

    period: Period
    now: datetime
    figures: tuple[Figure, ...]
    teams: tuple[tuple[str, tuple[Figure, ...]], ...]
    agents: tuple[tuple[str, tuple[Figure, ...]], ...]
    volumes: Mapping[str, tuple[tuple[str, int], ...]]
    overdue: tuple[Overdue, ...]
    ages: tuple[tuple[int, int], ...]
    states: tuple[tuple[str, int], ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing happened in it."""
        return not any(figure.value or figure.of for figure in self.figures if figure.kind.which is not TicketSet.OPEN)


def report(ctx: Context, period: Period) -> Report:
    """Everything about a period, as it is known now."""
    span, taxonomy = span_of(ctx, period), ctx.desk().taxonomy
    with ctx.store.read() as tx:
        tallies = {which: tx.views.tally(which, span, (*_WHO, *by), parts) for which, (by, parts) in ASKED.items()}
        volumes = tx.views.tally(TicketSet.RECEIVED, span, FACETS)
        middle, of_teams, of_agents = (tx.views.middle_seconds(span, who) for who in ("", *_WHO))
    return Report(
        period=period,
        now=span.now,
        figures=_figures(tallies, middle.get("")),
        teams=_each(tallies, "team", of_teams),
        agents=_each(tallies, "agent", of_agents),
        volumes={facet: _volume(volumes, facet, taxonomy) for facet in FACETS},
        overdue=_overdue(tallies[TicketSet.DUE]),
        ages=_ages(tallies[TicketSet.OPEN]),
        states=_most_first(tallies[TicketSet.OPEN], lambda one: str(one.of["state"])),
    )


def headline(ctx: Context, period: Period) -> tuple[Figure, ...]:
    """The figures of the whole desk alone: what another period is compared with."""
    span = span_of(ctx, period)
    with ctx.store.read() as tx:
        tallies = {which: tx.views.tally(which, span, by, parts) for which, (by, parts) in ASKED.items()}
        middle = tx.views.middle_seconds(span)
    return _figures(tallies, middle.get(""))


def span_of(ctx: Context, period: Period) -> Span:
    desk = ctx.desk()
    return Span(
        begin=period.begin(desk.calendar.tz),
        end=period.end(desk.calendar.tz),
        now=ctx.now(),
        complaints=desk.taxonomy.keys("type", COMPLAINT),
    )


def steps(ctx: Context, period: Period) -> tuple[Step, ...]:
    """How the period went, part by part."""
    zone, parts = ctx.desk().calendar.tz, period.parts
    span = replace(span_of(ctx, period), marks=tuple(part.end(zone) for part in parts[:-1]))
    with ctx.store.read() as tx:
        received = tx.views.tally(TicketSet.RECEIVED, span, ("step",))
        closed = tx.views.tally(TicketSet.CLOSED, span, ("step",))
        due = tx.views.tally(TicketSet.DUE, span, ("step", "clock"), ("kept",))
    first = [row for row in due if row.of["clock"] in BY_KEY[ON_TIME].having["clock"]]

    def counted(tallies: Iterable[Tally], place: int) -> int:
        return sum(row.count for row in tallies if row.of["step"] == place)

    return tuple(
        Step(
            part=part,
            received=counted(received, place),
            closed=counted(closed, place),
            due=counted(first, place),
            on_time=round(_sum((row for row in first if row.of["step"] == place), "kept")),
        )
        for place, part in enumerate(parts)
    )


def behind(
    ctx: Context, period: Period, key: str, *, having: Mapping[str, str | int] | None = None, page: str, limit: int
) -> Page[TalliedTicket]:
    """The tickets behind a figure; ``having`` narrows it to a team, an agent, a clock … Raises ``BadInput``."""
    kind = BY_KEY.get(key)
    if kind is None:
        raise BadInput(f"{key[:40]}: {', '.join(BY_KEY)}")
    known = {*_WHO, "state", *FACETS, *ASKED[kind.which][0]}
    if other := set(having or ()) - known:
        raise BadInput(f"{', '.join(sorted(other))}: {', '.join(sorted(known))}")
    taxonomy = ctx.desk().taxonomy
    wanted = {
        name: taxonomy.keys(name, value) if isinstance(value, str) else (value,)
        for name, value in (having or {}).items()
    }
    selection = Selection(which=kind.which, having={**kind.having, **wanted}, counted=kind.part)
    with ctx.store.read() as tx:
        return tx.views.tallied(selection, span_of(ctx, period), page, limit)


def _each(tallies: Tallies, who: str, middle: Mapping[str, float]) -> tuple[tuple[str, tuple[Figure, ...]], ...]:
    theirs: defaultdict[str, dict[TicketSet, list[Tally]]] = defaultdict(lambda: {which: [] for which in tallies})
    for which, rows in tallies.items():
        for row in rows:
            theirs[str(row.of[who])][which].append(row)

    def place(name: str) -> tuple[bool, int, str]:
        return name == "", -sum(row.count for row in theirs[name][TicketSet.RECEIVED]), name

    return tuple((name, _figures(theirs[name], middle.get(name))) for name in sorted(theirs, key=place))


def _figures(tallies: Tallies, middle: float | None) -> tuple[Figure, ...]:
    """``middle`` is the median of the seconds until the first response."""
    received = sum(row.count for row in tallies[TicketSet.RECEIVED])
    return tuple(_figure(kind, tallies[kind.which], received, middle) for kind in FIGURES)


def _figure(kind: FigureKind, tallies: Iterable[Tally], received: int, middle: float | None) -> Figure:
    rows = [
        row for row in tallies if all(row.of.get(name, values[0]) in values for name, values in kind.having.items())
    ]
    count = sum(row.count for row in rows)
    if kind.key == "resolution_rate":
        return Figure(kind=kind, value=count if received else None, of=received)
    if kind.key == "overdue":
        return Figure(kind=kind, value=count - _sum(rows, "kept"))
    if kind.key == MEDIAN:
        return Figure(kind=kind, value=middle, of=count)
    if kind.unit is Unit.COUNT:
        return Figure(kind=kind, value=count)
    longer = round(_sum(rows, "extended")) if kind.key in EXTENDED else None
    part = _sum(rows, kind.part) / (count if kind.unit is not Unit.SHARE and count else 1)
    return Figure(kind=kind, value=part if count else None, of=count, extended=longer)


def _sum(rows: Iterable[Tally], part: str) -> float:
    return sum(row.sums[part] for row in rows)


def _volume(tallies: Iterable[Tally], facet: str, taxonomy: Taxonomy) -> tuple[tuple[str, int], ...]:
    """By the keys that the values have today."""

    def today(row: Tally) -> str:
        found = taxonomy.stored(facet, str(row.of[facet]))
        return found.key if found else str(row.of[facet])

    return _most_first(tallies, today)


def _most_first(tallies: Iterable[Tally], name: Callable[[Tally], str]) -> tuple[tuple[str, int], ...]:
    counts: Counter[str] = Counter()
    for row in tallies:
        counts[name(row)] += row.count
    return tuple(sorted(counts.items(), key=lambda one: (-one[1], one[0])))


def _overdue(tallies: Iterable[Tally]) -> tuple[Overdue, ...]:
    late: Counter[tuple[str, str]] = Counter()
    for row in tallies:
        late[str(row.of["clock"]), str(row.of["breach"])] += row.count - round(row.sums["kept"])
    found = [Overdue(clock=clock, breach=breach, count=count) for (clock, breach), count in late.items() if count]
    return tuple(sorted(found, key=lambda one: (one.clock, -one.count, one.breach)))


def _ages(tallies: Iterable[Tally]) -> tuple[tuple[int, int], ...]:
    counts: Counter[int] = Counter()
    for row in tallies:
        counts[int(row.of["age"])] += row.count
    return tuple(sorted(counts.items(), key=lambda one: one[0] or 10_000))
