"""A bundle is named by its content."""

from __future__ import annotations

from core.domain.bundle import BundleFiles, Problem


def test_the_same_files_have_the_same_name_in_any_order() -> None:
    """Only paths and contents count."""
    one = BundleFiles(files={"rules/a.yaml": "x", "taxonomy.yaml": "y"})
    other = BundleFiles(files={"taxonomy.yaml": "y", "rules/a.yaml": "x"})
    assert one.id == other.id
    assert len(one.id) == 16


def test_any_change_changes_the_name() -> None:
    """A character, a path, a file more; and content that moves between path and text does not collide."""
    names = {
        BundleFiles(files=files).id
        for files in (
            {},
            {"a": "b"},
            {"a": "c"},
            {"ab": ""},
            {"": "ab"},
            {"a": "b", "c": ""},
            {"a": "", "b": "c"},
            {"a": "中"},
        )
    }
    assert len(names) == 8


def test_a_problem_speaks_both_languages() -> None:
    """Message and hint in the reader's language."""
    problem = Problem(file="f", line=1, column=2, zh="错", en="wrong", hint_zh="改", hint_en="mend")
    assert (problem.message(), problem.hint()) == ("错", "改")
    assert (problem.message("en"), problem.hint("en-GB")) == ("wrong", "mend")
