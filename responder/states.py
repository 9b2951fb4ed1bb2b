"""The table of states: who may move a ticket where, and which clocks run meanwhile (DOMAIN 5)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from importlib.resources import files as package_files

from core.domain.bundle import Problem
from core.domain.duration import EXPECTED_FORMS, Duration, parse_duration
from core.domain.people import Role
from core.domain.promise import Clock
from core.domain.ticket import State
from core.settings.nodes import Node, Scalar
from core.settings.reader import Reader

FILE = "sla/states.yaml"
SYSTEM = "system"
SHOWN = ("待处理", "处理中", "已完成")
"""The three words of the sheets."""
_WHO = {SYSTEM: SYSTEM, **{role.value: role.value for role in Role if role is not Role.AUDITOR}}
_KEYS = ("shown", "because", "because_en", "cap", "clocks", "except", "moves")


class ClockMode(StrEnum):
    """What a state does to a clock."""

    RUN = "run"
    PAUSE = "pause"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRule:
    """One state. ``moves`` names who may move a ticket on, by the state it goes to; an admin may always.
    ``cap`` is how long its pause lasts at most."""

    state: State
    shown: str = SHOWN[1]
    because: str = ""
    because_en: str = ""
    cap: Duration | None = None
    clocks: ClockMode = ClockMode.RUN
    except_: Mapping[Clock, ClockMode]
    moves: Mapping[State, tuple[str, ...]]

    def mode(self, clock: Clock) -> ClockMode:
        return self.except_.get(clock, self.clocks)

    def words(self, language: str) -> str:
        """Why the clocks are paused here."""
        return (self.because_en if language.startswith("en") else self.because) or self.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class StateTable:
    """The rule of every state."""

    rules: Mapping[State, StateRule]

    def __getitem__(self, state: State) -> StateRule:
        return self.rules[state]

    def may_move(self, who: str, begin: State, end: State) -> bool:
        """Whether ``who`` (a role, or ``system``) may move a ticket from one state to another."""
        return who == Role.ADMIN or who in self.rules[begin].moves.get(end, ())


def read_states(content: str = "") -> tuple[StateTable, tuple[Problem, ...]]:
    """The shipped table, with the states that ``sla/states.yaml`` writes anew; and every problem of that file."""
    shipped = (package_files("responder") / "builtin" / "states.yaml").read_text("utf-8")
    rules: dict[State, StateRule] = {}
    problems: list[Problem] = []
    for file, text in ((f"builtin:{FILE}", shipped), (FILE, content)):
        reader = Reader(file)
        root = reader.document(text)
        if root is not None:
            found = reader.mapping(root, ("状态表", "the table of states"), required=("states",)) or {}
            for name, node in reader.entries(found["states"], ("states", "states")) if "states" in found else ():
                _state(reader, name, node, rules)
        problems.extend(reader.problems)
    return StateTable(rules=rules), tuple(problems)


def _state(reader: Reader, name: Scalar, node: Node, rules: dict[State, StateRule]) -> None:
    state = reader.one_of(name, ("状态", "state"), {each.value: each for each in State})
    found = reader.mapping(node, (name.text, name.text), optional=_KEYS)
    if state is None or found is None:
        return
    rule = rules.get(state) or StateRule(state=state, except_={}, moves={})
    if "shown" in found:
        rule = replace(rule, shown=reader.one_of(found["shown"], ("shown",) * 2, {s: s for s in SHOWN}) or rule.shown)
    if "because" in found:
        rule = replace(rule, because=reader.text(found["because"], ("because",) * 2, empty=True) or "")
    if "because_en" in found:
        rule = replace(rule, because_en=reader.text(found["because_en"], ("because_en",) * 2, empty=True) or "")
    if "cap" in found:
        expected = (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")
        rule = replace(rule, cap=reader.parsed(found["cap"], ("cap", "cap"), parse_duration, expected))
    if "clocks" in found:
        rule = replace(rule, clocks=_mode(reader, found["clocks"], "clocks") or rule.clocks)
    if "except" in found:
        rule = replace(rule, except_=_exceptions(reader, found["except"]))
    if "moves" in found:
        rule = replace(rule, moves=_moves(reader, found["moves"]))
    rules[state] = rule


def _mode(reader: Reader, node: Node, what: str) -> ClockMode | None:
    return reader.one_of(node, (what, what), {mode.value: mode for mode in ClockMode})


def _exceptions(reader: Reader, node: Node) -> dict[Clock, ClockMode]:
    clocks = {clock.value: clock for clock in Clock}
    found: dict[Clock, ClockMode] = {}
    for name, value in reader.entries(node, ("except", "except")):
        clock, mode = reader.one_of(name, ("时限", "clock"), clocks), _mode(reader, value, name.text)
        if clock is not None and mode is not None:
            found[clock] = mode
    return found


def _moves(reader: Reader, node: Node) -> dict[State, tuple[str, ...]]:
    states = {state.value: state for state in State}
    found: dict[State, tuple[str, ...]] = {}
    for name, value in reader.entries(node, ("moves", "moves")):
        state = reader.one_of(name, ("状态", "state"), states)
        who = [reader.one_of(item, ("角色", "role"), _WHO) for item in reader.items(value, ("角色", "roles"))]
        if state is not None:
            found[state] = tuple(one for one in who if one)
    return found
