"""``tasks.yaml``: when tasks are due and what is said to the customer."""

from __future__ import annotations

import pytest

from core.domain.duration import Duration
from core.domain.task import TaskKind
from responder.task_book import read_tasks
from responder.wording import LANGUAGES


def test_what_is_shipped_is_prepared_in_every_language() -> None:
    """In the customer's own, with his salutation; a hand-over is said to nobody."""
    book, problems = read_tasks()
    assert not problems and book.within(TaskKind.FOLLOW_UP) == Duration(days=3, working=True)
    for kind in TaskKind:
        said = {book.wording(kind, language, "王芳", "女士") for language in LANGUAGES}
        assert said == {""} if kind is TaskKind.HAND_OVER else len(said) == len(LANGUAGES)
    assert book.wording(TaskKind.CALL_BACK, "zh-CN", "王芳", "女士").startswith("王芳女士，您好！\n\n")


def test_an_admin_writes_only_what_differs() -> None:
    """The rest stays as it is shipped; an empty wording takes it away."""
    shipped, _ = read_tasks()
    book, problems = read_tasks("call_back:\n  within: 90 天\nfollow_up:\n  wording: {}\n")
    assert not problems and book.within(TaskKind.CALL_BACK) == Duration(minutes=90 * 1440)
    assert book.wording(TaskKind.CALL_BACK, "en") == shipped.wording(TaskKind.CALL_BACK, "en")
    assert (book.within(TaskKind.FOLLOW_UP), book.wording(TaskKind.FOLLOW_UP, "en")) == (
        shipped.within(TaskKind.FOLLOW_UP),
        "",
    )


@pytest.mark.parametrize(
    ("content", "place", "hint"),
    [
        ("call_bak:\n  within: 3 天\n", (1, 1), "call_back"),
        ("call_back:\n  within: bald\n", (2, 11), ""),
        ("call_back:\n  wording:\n    zh_CN: 您好\n", (3, 5), "zh-CN"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(content: str, place: tuple[int, int], hint: str) -> None:
    """And what may have been meant; what was shipped is used."""
    book, [problem] = read_tasks(content)
    assert (problem.file, problem.line, problem.column) == ("tasks.yaml", *place) and hint in problem.hint_en
    assert book == read_tasks()[0] or "zh_CN" in content
