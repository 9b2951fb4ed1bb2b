"""A rule may send a letter of its own instead of the acknowledgement (DOMAIN 9), and is told when there is no such."""

from __future__ import annotations

import pytest

from core.domain.bundle import BundleFiles, Problem
from core.domain.keys import KeyRing
from huiying.flows.compile import compile_desk
from rules.testing import test_book as run_examples
from store.open import SqlStore
from tests.factories.pipeline import Office, a_mail, shipped_files, worker_context
from tests.factories.rule_scenes import NONE, WELCOME
from tests.factories.rules import a_book, a_rule
from tests.fakes.fixed_clock import FixedClock

LETTERS = {f"replies/welcome.{language}.j2": WELCOME for language in ("zh-CN", "zh-TW", "en")}
EXAMPLES = ("{text: 登录, expect: {tags: x}}", "{text: 你好, expect: nothing}")


def a_bundle(*rules: str, **more: str) -> BundleFiles:
    files = {f"rules/{number}0.yaml": text for number, text in enumerate(rules, 1)}
    return BundleFiles(files={**shipped_files().files, **LETTERS, **files, **more})


def problems_of(then: str) -> tuple[Problem, ...]:
    return compile_desk(a_bundle(a_rule(when="{text: 登录}", then=then, examples=EXAMPLES)))[1]


@pytest.mark.parametrize(
    ("then", "column", "en", "hint"),
    [
        ("{tags: x, letter: {name: welcom}}", 36, "unknown letter 'welcom'", "did you mean 'welcome'?"),
        ("{tags: x, letter: {name: reminder}}", 36, "unknown letter 'reminder'", "possible: acknowledgement, welcome"),
        ("{tags: x, letter: welcome}", 29, "a letter's name stands behind name", "write letter: {name: welcome}"),
        ("{tags: x, letter: none}", 29, "say why no letter is sent", "write letter: {none: the reason}"),
        ("{tags: x, letter: {reason: y}}", 29, "letter needs one of none and name", "for example letter: {none:"),
        ("{tags: x, letter: {none: y, name: welcome}}", 29, "letter needs one of none and name", "for example"),
        ("{tags: x, letter: {none: y, reason: z}}", 47, "what stands behind none is the reason", "drop reason"),
    ],
)
def test_the_checker_says_what_is_wrong_with_a_letter(then: str, column: int, en: str, hint: str) -> None:
    """At its place: a letter that is not there, one of a later time, none without a reason."""
    problem = problems_of(then)[0]
    assert (problem.line, problem.column, problem.en) == (5, column, en)
    assert problem.hint_en.startswith(hint) and problem.zh and problem.hint_zh


@pytest.mark.parametrize("named_first", [True, False])
def test_the_first_rule_about_the_letter_wins(
    named_first: bool, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """A named letter before silence goes out, silence before it is kept; the other hit says that it lost."""
    named = a_rule(id="named", when="{text: 登录}", then="{tags: x, letter: {name: welcome}}", examples=EXAMPLES)
    silent = a_rule(id="silent", when="{text: 登录}", then="{tags: x, letter: {none: 打电话}}", examples=EXAMPLES)
    desk, problems = compile_desk(a_bundle(*((named, silent) if named_first else (silent, named))))
    assert desk is not None and not problems, problems
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
    [row] = office.bring(a_mail())
    detail = office.ticket(row.number)
    hits = [hit.overridden for hit in detail.decisions[0].decision.hits if hit.id in ("named", "silent")]
    assert hits == [(), ("letter",)]
    with sqlite_store.read() as tx:
        letters = [tx.outbox.intent(one.id) for one in detail.letters]
    assert [one.template for one in letters if one] == (["welcome"] if named_first else [])


@pytest.mark.parametrize(("off", "sent"), [("acknowledgement", 1), ("welcome", 0)])
def test_a_letter_is_switched_off_by_its_own_name(
    off: str, sent: int, sqlite_store: SqlStore, keys: KeyRing, clock: FixedClock
) -> None:
    """The acknowledgement's switch does not hold back the other, and its own does."""
    rule = a_rule(when="{text: 登录}", then="{tags: x, letter: {name: welcome}}", examples=EXAMPLES)
    desk, problems = compile_desk(a_bundle(rule, **{"replies/wording.yaml": f"off: [{off}]"}))
    assert desk is not None and not problems, problems
    office = Office(worker_context(sqlite_store, keys, clock, desk=desk))
    [row] = office.bring(a_mail())
    assert len(office.ticket(row.number).letters) == sent


def test_an_example_expects_the_letter() -> None:
    """By its name, or none."""
    examples = ("{text: 退款, expect: {letter: welcome}}", "{text: 退款, expect: {letter: none}}")
    book = a_book(a_rule(then="{letter: {name: welcome, reason: x}}", examples=examples))
    [failed] = (one for one in run_examples(book).failed if one.rule == "test")
    assert (failed.expected, failed.got) == ("no_letter=none", "no_letter=live")


def test_without_a_bundle_any_name_may_be_written() -> None:
    """``rules check`` of a lone file knows no letters."""
    assert a_book(a_rule(then="{letter: {name: welcome}}", examples=NONE)).rules
