"""Priority and quadrant follow from urgency, impact and the customer (DOMAIN 4)."""

from __future__ import annotations

import pytest

from core.domain.priority import WIDE_IMPACT, derive_priority, higher_urgency, quadrant, raise_priority


@pytest.mark.parametrize(("urgency", "impact", "level", "tags", "expected"), [
    ("紧急", "", "普通", (), "高"), ("重要", "", "普通", (), "中"), ("常规", "", "普通", (), "低"),
    ("常规", WIDE_IMPACT, "普通", (), "高"), ("重要", "部分功能或单个客户", "普通", (), "中"),
    ("常规", "", "VIP", (), "中"), ("重要", "", "VIP", (), "高"), ("紧急", "", "VIP", (), "高"),
    ("常规", "", "普通", ("潜在高价值",), "中"), ("常规", "", "VIP", ("潜在高价值",), "中"),
    ("常规", "", "潜在", ("流失风险",), "低"), ("常规", "无实质影响", "普通", (), "低"),
])  # fmt: skip
def test_priority(urgency: str, impact: str, level: str, tags: tuple[str, ...], expected: str) -> None:
    """The higher of urgency and impact; VIP and 潜在高价值 go up one, together too; nothing lowers it."""
    priority, because = derive_priority(urgency, impact, level, tags)
    assert priority == expected
    assert urgency in because


def test_the_arithmetic_names_each_step() -> None:
    """What raised it stands in the words."""
    assert derive_priority("常规", WIDE_IMPACT, "VIP", ())[1].count("→") == 3


def test_going_up_ends_at_the_top() -> None:
    """高 stays 高; the more urgent of two urgencies wins."""
    assert [raise_priority(p) for p in ("低", "中", "高")] == ["中", "高", "高"]
    assert higher_urgency("重要", "紧急") == "紧急"
    assert higher_urgency("常规", "常规") == "常规"


@pytest.mark.parametrize(("facts", "expected"), [
    ({"urgency": "紧急", "type_": "咨询"}, 3), ({"urgency": "常规", "type_": "咨询"}, 4),
    ({"urgency": "常规", "type_": "合作需求"}, 2), ({"urgency": "紧急", "type_": "功能需求"}, 1),
    ({"urgency": "紧急", "type_": "投诉", "gravity": "重大"}, 1),
    ({"urgency": "重要", "type_": "咨询", "level": "VIP"}, 2),
    ({"urgency": "紧急", "type_": "咨询", "impact": WIDE_IMPACT}, 1),
])  # fmt: skip
def test_quadrant(facts: dict[str, str], expected: int) -> None:
    """1 important and urgent, 2 important, 3 urgent, 4 neither."""
    assert quadrant(**{"gravity": "一般", "level": "普通", "impact": "", **facts}) == expected
