"""Runs the examples inside the policy files: ``sla test``, and the gate before a policy goes live."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from core.domain.bundle import Problem
from core.domain.calendar import BusinessCalendar, CalendarExhausted
from core.domain.clock import ClockState, Timeline
from core.domain.promise import Clock
from responder.clocks import run_clocks
from responder.policy import Policy, PolicyExample
from responder.states import StateTable


@dataclass(frozen=True, slots=True, kw_only=True)
class FailedExample:
    """One clock of an example that came out differently."""

    policy: str
    file: str
    line: int
    clock: str
    expected: str
    got: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PolicyResult:
    """``policies`` and ``examples`` are counts."""

    policies: int
    examples: int
    failed: tuple[FailedExample, ...]

    def as_json(self) -> dict[str, Any]:
        failed = [{name: getattr(one, name) for name in FailedExample.__slots__} for one in self.failed]
        return {"policies": self.policies, "examples": self.examples, "failed": failed}

    def problems(self) -> Iterator[Problem]:
        """The failures as what is wrong with the files."""
        for one in self.failed:
            yield Problem(
                file=one.file, line=one.line, column=1,
                zh=f"例子不符：{one.clock} 应为 {one.expected}，算得 {one.got}",
                en=f"the example fails: {one.clock} should be {one.expected}, and is {one.got}",
            )  # fmt: skip


def run_examples(
    policies: Mapping[str, Policy], calendars: Mapping[str, BusinessCalendar], states: StateTable
) -> PolicyResult:
    """Every example of every policy. An example's calendar is the one of that name, local ones included."""
    return _run(policies, calendars, states, local_only=False)


def run_local_examples(
    policies: Mapping[str, Policy], calendars: Mapping[str, BusinessCalendar], states: StateTable
) -> PolicyResult:
    """The examples of local files: what a publication depends on. The shipped ones are tested where they are made."""
    return _run(policies, calendars, states, local_only=True)


def _run(
    policies: Mapping[str, Policy], calendars: Mapping[str, BusinessCalendar], states: StateTable, *, local_only: bool
) -> PolicyResult:
    failed: list[FailedExample] = []
    examples = [
        (policy, example)
        for policy in policies.values()
        for example in policy.examples
        if not (local_only and example.file.startswith("builtin:"))
    ]
    for policy, example in examples:
        failed.extend(_failures(policy, example, calendars[example.calendar], states))
    return PolicyResult(policies=len(policies), examples=len(examples), failed=tuple(failed))


def _failures(
    policy: Policy, example: PolicyExample, calendar: BusinessCalendar, states: StateTable
) -> Iterator[FailedExample]:
    now = example.now or example.events[-1].at
    try:
        runs = run_clocks(example.events, policy, calendar, states, now=now)
    except (CalendarExhausted, ValueError) as error:
        yield _failed(policy, example, "", "", str(error))
        return
    for clock, due in example.due.items():
        got = _latest(runs, clock)
        if got is None or got.due != due:
            found = _local(got.due, calendar) if got else "–"
            yield _failed(policy, example, clock, _local(due, calendar), found)
    for clock, state in example.states.items():
        got = _latest(runs, clock)
        if got is None or got.state is not state:
            yield _failed(policy, example, clock, state.value, got.state.value if got else "–")


def _failed(policy: Policy, example: PolicyExample, clock: str, expected: str, got: str) -> FailedExample:
    return FailedExample(
        policy=policy.name, file=example.file, line=example.line, clock=str(clock), expected=expected, got=got
    )


def _latest(runs: tuple[Timeline, ...], clock: Clock) -> Timeline | None:
    """The clock's last run that was not superseded."""
    of_clock = [run for run in runs if run.clock is clock and run.state is not ClockState.SUPERSEDED]
    return of_clock[-1] if of_clock else None


def _local(instant: datetime, calendar: BusinessCalendar) -> str:
    return instant.astimezone(calendar.tz).strftime("%Y-%m-%d %H:%M:%S").removesuffix(":00")
