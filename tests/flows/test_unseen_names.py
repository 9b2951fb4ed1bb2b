"""A name, a reason or a text that shows nothing is none, wherever it is asked for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from core.domain.article import ArticleKind
from core.domain.errors import BadInput, EmptyAnswer, ReasonNeeded
from core.domain.people import User
from huiying.flows.answer import note
from huiying.flows.compile import compile_desk
from huiying.flows.correct import correct
from huiying.flows.customer import set_customer
from huiying.flows.hands import give_back, hand_over
from huiying.flows.next_step import next_step
from huiying.flows.own_promise import give_promise
from huiying.flows.parts import Asked, ask_part
from huiying.flows.write_article import write_article
from tests.factories.pipeline import Office, a_mail, shipped_files

LI = User(id=1, name="li")
UNSEEN = "\u200b\u3164 \u2060"


def test_what_shows_nothing_names_nothing(office: Office) -> None:
    """An article's title, a team, a department, a company, a promise, a note, a reason."""
    [row] = office.bring(a_mail())
    words = {"title": UNSEEN, "problem": "问", "solution": "答", "language": "zh-CN"}
    with pytest.raises(BadInput, match="title"):
        write_article(office.ctx, LI, ArticleKind.CASE, words)
    for act in (
        lambda: hand_over(office.ctx, row.number, LI, team=UNSEEN),
        lambda: ask_part(office.ctx, row.number, "li", Asked(department=UNSEEN, output="查日志")),
        lambda: correct(office.ctx, row.number, {"team": UNSEEN}, "li"),
        lambda: give_promise(office.ctx, row.number, "li", UNSEEN),
        lambda: next_step("hand_over", UNSEEN),
    ):
        with pytest.raises(BadInput):
            act()
    with pytest.raises(ReasonNeeded):
        give_back(office.ctx, row.number, LI, UNSEEN)
    with pytest.raises(EmptyAnswer):
        note(office.ctx, row.number, LI, UNSEEN)
    assert set_customer(office.ctx, row.number, {"company": UNSEEN, "tags": f"老客户,{UNSEEN}"}, "li").tags == (
        "老客户",
    )


def test_a_label_in_a_file_shows_something() -> None:
    """It is told with its place, as an empty one."""
    files = shipped_files()
    taxonomy = files.files["taxonomy.yaml"].replace("english: inquiry", f'english: "{UNSEEN}"')
    desk, problems = compile_desk(replace(files, files={**files.files, "taxonomy.yaml": taxonomy}))
    assert desk is None and [problem.file for problem in problems] == ["taxonomy.yaml"]
    assert "empty" in problems[0].en
