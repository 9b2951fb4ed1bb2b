"""The examples inside policy files, and the table of states."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.domain.promise import Clock
from core.domain.ticket import State
from core.settings.calendars import read_builtin_calendars
from responder.policies import compile_policies
from responder.states import ClockMode, read_states
from responder.testing import PolicyResult, run_examples, run_local_examples

STATES = read_states()[0]
MINE = "name: mine\nbased_on: standard\nexamples:\n"


def results(content: str) -> PolicyResult:
    policies, problems = compile_policies({"sla/mine.yaml": content})
    assert problems == ()
    return run_examples({"mine": policies["mine"]}, read_builtin_calendars(), STATES)


def test_the_shipped_policies_keep_their_examples() -> None:
    """Each of the four has some, and all come out."""
    policies = compile_policies({})[0]
    assert all(policy.examples for policy in policies.values())
    assert run_examples(policies, read_builtin_calendars(), STATES).failed == ()


def test_a_publication_runs_the_examples_of_local_files_alone() -> None:
    """The shipped ones come out wherever they are run: an editor need not wait for them at every pause."""
    policies = compile_policies({"sla/mine.yaml": MINE + "  - {received: 2026-03-05 10:00, due: {}}\n"})[0]
    local = run_local_examples(policies, read_builtin_calendars(), STATES)
    everything = run_examples(policies, read_builtin_calendars(), STATES)
    assert local.examples == 1
    assert everything.examples == 1 + sum(len(policy.examples) for policy in compile_policies({})[0].values())


def test_a_failing_example_says_what_came_out_and_keeps_the_policy_from_going_live() -> None:
    """With its line, as a problem of the bundle."""
    failing = MINE + "  - {received: 2026-03-05 10:00, priority: 高, due: {first_response: 2026-03-05 10:16}}\n"
    result = results(failing)
    problem = next(result.problems())
    assert (problem.file, problem.line) == ("sla/mine.yaml", 4)
    assert problem.en == "the example fails: first_response should be 2026-03-05 10:16, and is 2026-03-05 10:15"
    assert result.as_json()["failed"][0]["policy"] == "mine"


def test_examples_may_tell_a_history_and_want_states() -> None:
    """Events in local time, states of the clocks at ``now``."""
    result = results(
        MINE + "  - received: 2026-03-05 10:00\n    priority: 高\n"
        "    then: [{at: 2026-03-05 10:10, event: moved, state: waiting_customer}]\n"
        "    now: 2026-03-05 11:00\n    due: {}\n    states: {first_response: paused, acknowledgement: broken}\n"
    )
    assert (result.examples, result.failed) == (1, ())


def test_a_clock_that_does_not_exist_is_a_failure() -> None:
    """Nobody urged, so there is no such clock."""
    result = results(MINE + "  - {received: 2026-03-05 10:00, due: {urge: 2026-03-05 10:16}}\n")
    assert [(one.clock, one.got) for one in result.failed] == [("urge", "–")]


@pytest.mark.parametrize(("example", "place", "words"), [
    ("{received: yesterday, due: {}}", (4, 16), "received is not understood: 'yesterday'"),
    ("{received: 2026-03-05 10:00}", (4, 5), "an example lacks 'due'"),
    ("{received: 2026-03-05 10:00, due: {first: 2026-03-05 10:00}}", (4, 40), "unknown clock 'first'"),
    ("{received: 2026-03-05 10:00, then: [{at: 2026-03-05 10:00, event: went}], due: {}}", (4, 71),
     "unknown event 'went'"),
])  # fmt: skip
def test_a_wrong_example_is_a_problem_at_its_place(example: str, place: tuple[int, int], words: str) -> None:
    """Line, column and what was expected."""
    problems = compile_policies({"sla/mine.yaml": f"{MINE}  - {example}\n"})[1]
    assert [((one.line, one.column), one.en) for one in problems] == [(place, words)]


def test_the_table_knows_every_state() -> None:
    """What it is called on the sheets, what its clocks do, who moves it on."""
    assert set(STATES.rules) == set(State)
    assert STATES[State.WAITING_CUSTOMER].mode(Clock.RESOLUTION) is ClockMode.PAUSE
    assert STATES[State.WAITING_CUSTOMER].mode(Clock.ACKNOWLEDGEMENT) is ClockMode.RUN
    assert STATES[State.CLOSED].mode(Clock.NEXT_UPDATE) is ClockMode.END
    assert STATES.may_move("agent", State.OPEN, State.RESOLVED)
    assert not STATES.may_move("auditor", State.OPEN, State.RESOLVED)
    assert STATES.may_move("admin", State.ARCHIVED, State.OPEN)


def test_a_desk_may_change_one_state() -> None:
    """The others stay as shipped; mistakes are told at their place."""
    table, problems = read_states("states:\n  waiting_internal: {clocks: pause, because: 等内部}\n")
    assert problems == ()
    assert table[State.WAITING_INTERNAL].mode(Clock.RESOLUTION) is ClockMode.PAUSE
    assert table[State.WAITING_INTERNAL].moves
    assert table[State.OPEN].mode(Clock.RESOLUTION) is ClockMode.RUN
    _, problems = read_states("states:\n  opened: {}\n  open: {clocks: stop, moves: {resolved: [clerk]}}\n")
    assert [(one.line, one.hint_en) for one in problems] == [
        (2, "did you mean 'open'?"), (3, "possible: run, pause, end"), (3, "possible: system, agent, lead, admin"),
    ]  # fmt: skip


def test_the_example_of_the_reference_is_a_policy_whose_examples_pass() -> None:
    """What readers copy works."""
    text = (Path(__file__).parents[3] / "docs/reference/configuration.md").read_text("utf-8")
    content = text.partition("```yaml\nname: mine\n")[2].partition("```")[0]
    result = results("name: mine\n" + content)
    assert (result.examples, result.failed) == (1, ())
