"""What no example reaches is told, so that a typing error in a branch is seen."""

from __future__ import annotations

from rules.testing import test_book as run_examples
from tests.factories.rules import a_book, a_rule

WHEN = "{any: [{text: 退款}, {all: [{text: 退货}, {any: [{text: 三天}, {text: 一周}]}]}, {not: {text: 你}}]}"


def unreached(*examples, when=WHEN, status="active"):
    book = a_book(a_rule(when=when, examples=examples, extra=f"status: {status}"))
    return [(one.branch, one.line) for one in run_examples(book).unreached]


def test_branches_of_any_that_hold_in_no_example_are_told():
    """Also inside others; the near miss reaches nothing."""
    assert unreached("{text: 你要退款, expect: {type: 投诉}}", "{text: 你好, expect: nothing}") == [
        ("all", 4),
        ("not", 4),
        ("text", 4),
        ("text", 4),
    ]
    assert unreached("{text: 你要退货三天了, expect: {type: 投诉}}", "{text: 我要退款, expect: {type: 投诉}}") == [
        ("text", 4)
    ]


def test_a_rule_that_no_example_reaches_is_told_once():
    """All its examples are near misses."""
    assert unreached("{text: 你好, expect: nothing}", "{text: 你, expect: nothing}") == [("", 2)]


def test_a_rule_whose_examples_reach_everything_is_not_told():
    """Nor is a retired one."""
    assert unreached("{text: 退款, expect: {type: 投诉}}", "{text: 你好, expect: nothing}", when="{text: 退款}") == []
    assert unreached("{text: 你, expect: nothing}", "{text: 你, expect: nothing}", status="retired") == []
