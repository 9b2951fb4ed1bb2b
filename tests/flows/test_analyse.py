"""需求分析: reasonableness, advice, resources, quadrant, root cause and improvement of one demand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from core.domain.analysis import CHECKS, Advice, Reasonable, Way, usual_way
from core.domain.errors import BadInput, NotFound
from huiying.flows.analyse import analyse, analysis_json, fields_of
from huiying.flows.show import show
from responder.reasons import Reason
from tests.factories.pipeline import Office, a_mail
from tests.fakes.fixed_clock import FixedClock


@pytest.fixture
def number(office: Office) -> str:
    [row] = office.bring(a_mail())
    return row.number


def test_what_was_said_is_kept_with_who_said_it(office: Office, number: str, clock: FixedClock) -> None:
    """By key or by label in either language; the trail names the fields, never the words."""
    given = {
        "advice": "需资源协调",
        "people": "实施 2 人天",
        "cause": "A Defect of the product",
        "improvement": "加回归测试",
    }
    done = analyse(office.ctx, number, "li", given)
    assert (done.advice, done.people, done.cause) == (Advice.NEEDS_RESOURCES, "实施 2 人天", "defect")
    detail = office.ticket(number)
    assert detail.analysis == done and (done.analyst, done.at, done.version) == ("li", clock.at, 1)
    [line] = [line for line in detail.audit if line.action == "ticket.analysed"]
    assert dict(line.details) == {"fields": "advice,people,cause,improvement"}
    assert show(office.ctx, number)["analysis"] == analysis_json(done)


@pytest.mark.parametrize(
    ("answers", "expected"),
    [
        ("yes yes yes", Reasonable.YES),
        ("yes no yes", Reasonable.PARTLY),
        ("否 否 否", Reasonable.NO),
        ("yes yes", None),
    ],
)
def test_three_checks_say_whether_it_is_reasonable(
    office: Office, number: str, answers: str, expected: Reasonable | None
) -> None:
    """Once all are answered, and anew with each change; what a person says himself stands above them."""
    analyse(office.ctx, number, "li", dict.fromkeys(CHECKS, "yes"))
    checks = dict(zip(CHECKS, (*answers.split(), ""), strict=False))
    done = analyse(office.ctx, number, "li", checks)
    assert (done.judged, done.reasonable) == (expected, None)
    assert (analysis_json(done) or {})["reasonable"] == expected
    assert analyse(office.ctx, number, "li", {"reasonable": "部分"}).judged is Reasonable.PARTLY


def test_the_communication_plan_is_kept_beside_it(office: Office, number: str) -> None:
    """Long words may have lines; the way by its Chinese name, too."""
    given = {"aim": "客户认可方案", "way": "会议", "wording": "先致歉\n再说明方案", "fallback": "请主管出面"}
    done = analyse(office.ctx, number, "li", given)
    assert (done.way, done.wording) == (Way.MEETING, "先致歉\n再说明方案") and done.says_something
    assert analyse(office.ctx, number, "li", {"wording": "先致歉\r\n再说明方案"}) == done
    assert analyse(office.ctx, number, "li", {"wording": "长" * 2000}).version == 2
    with pytest.raises(BadInput, match="2000"):
        analyse(office.ctx, number, "li", {"fallback": "长" * 2001})


@pytest.mark.parametrize(
    ("facts", "way"),
    [
        ({"level": "VIP", "priority": "低", "is_complex": False}, Way.MANAGER),
        ({"level": "普通", "priority": "高", "is_complex": True}, Way.PHONE),
        ({"level": "普通", "priority": "中", "is_complex": True}, Way.MEETING),
        ({"level": "潜在", "priority": "低", "is_complex": False}, Way.MAIL),
    ],
)
def test_the_usual_way_is_offered(facts: dict[str, Any], way: Way) -> None:
    """By who asks and how pressing it is."""
    assert usual_way(**facts) is way


def test_a_persons_quadrant_stands_above_the_computed_one(office: Office, number: str) -> None:
    """And an empty one gives it back."""
    computed = show(office.ctx, number)["quadrant"]
    said = 1 if computed != 1 else 2
    analyse(office.ctx, number, "li", {"quadrant": str(said)})
    assert show(office.ctx, number)["quadrant"] == said
    analyse(office.ctx, number, "li", {"quadrant": ""})
    assert show(office.ctx, number)["quadrant"] == computed and show(office.ctx, number)["analysis"] is None


def test_the_fields_of_before_restore_it(office: Office, number: str) -> None:
    """Field by field, empty ones too; the same once more changes nothing."""
    first = analyse(office.ctx, number, "li", {"feasible": "no", "quadrant": "3", "budget": "5 万元"})
    analyse(office.ctx, number, "wang", {"feasible": "", "quadrant": "4", "cause_words": "合同没有写"})
    again = analyse(office.ctx, number, "li", fields_of(first))
    assert replace(again, version=1, at=first.at) == first
    assert analyse(office.ctx, number, "zhao", fields_of(first)) == again


def test_private_data_is_masked(office: Office, number: str) -> None:
    """As in every text that is stored."""
    done = analyse(office.ctx, number, "li", {"improvement": "以后先打 13812345678"})
    assert "13812345678" not in done.improvement and "5678" in done.improvement


def test_a_cause_that_the_desk_took_off_its_list_may_stay(office: Office, number: str) -> None:
    """It was true when it was said; nobody can choose it anew."""
    desk = office.ctx.desk()
    done = analyse(office.ctx, number, "li", {"cause": "supplier"})
    less = {key: reason for key, reason in desk.reasons.cause.items() if key != "supplier"}
    less["HW"] = Reason(key="HW", zh="硬件", en="hardware")
    office.ctx = replace(office.ctx, desk=lambda: replace(desk, reasons=replace(desk.reasons, cause=less)))
    assert analyse(office.ctx, number, "li", fields_of(done)) == done
    [other] = office.bring(a_mail(mid="m2@example.cn"))
    with pytest.raises(BadInput, match="supplier"):
        analyse(office.ctx, other.number, "li", {"cause": "supplier"})
    assert [analyse(office.ctx, other.number, "li", {"cause": word}).cause for word in ("HW", "硬件")] == ["HW", "HW"]


def test_every_wrong_field_is_named_at_once(office: Office, number: str) -> None:
    """With what was expected; nothing is kept."""
    with pytest.raises(BadInput) as caught:
        analyse(office.ctx, number, "li", {"mood": "x", "advice": "later", "quadrant": "5", "people": "x" * 501})
    words = str(caught.value)
    assert all(one in words for one in ("mood", "later", "at-once", "需资源协调", "quadrant", "500"))
    assert office.ticket(number).analysis is None
    with pytest.raises(NotFound):
        analyse(office.ctx, "1", "li", {})
