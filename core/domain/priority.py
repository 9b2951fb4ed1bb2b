"""Derives priority and quadrant from urgency, impact and the customer (DOMAIN 4)."""

from __future__ import annotations

from collections.abc import Collection

_BY_URGENCY = {"紧急": "高", "重要": "中", "常规": "低"}
_UP = {"低": "中", "中": "高", "高": "高"}
_RANK = {"低": 0, "中": 1, "高": 2}
WIDE_IMPACT = "核心功能或大量客户"
IMPORTANT_TYPES = ("功能需求", "合作需求")
QUADRANTS = (1, 2, 3, 4)
"""Important and urgent, important, urgent, neither."""


def derive_priority(urgency: str, impact: str, level: str, tags: Collection[str]) -> tuple[str, str]:
    """(priority, the arithmetic in words); nothing lowers it (DOMAIN 4 default)."""
    steps = [f"紧急程度 {urgency} → {_BY_URGENCY.get(urgency, '低')}"]
    priority = _BY_URGENCY.get(urgency, "低")
    if impact == WIDE_IMPACT and _RANK[priority] < _RANK["高"]:
        priority = "高"
        steps.append(f"影响范围 {impact} → 高")
    if level == "VIP" or "潜在高价值" in tags:
        raised = _UP[priority]
        steps.append(f"{'VIP' if level == 'VIP' else '潜在高价值'}：上调一级 → {raised}")
        priority = raised
    return priority, "；".join(steps)


def raise_priority(priority: str) -> str:
    """One step up, 高 at most."""
    return _UP[priority]


def higher_urgency(one: str, other: str) -> str:
    """The more urgent of two urgencies."""
    order = ("常规", "重要", "紧急")
    rank = {name: place for place, name in enumerate(order)}
    return one if rank.get(one, 0) >= rank.get(other, 0) else other


def quadrant(*, gravity: str, level: str, impact: str, type_: str, urgency: str) -> int:
    """1 important and urgent, 2 important, 3 urgent, 4 neither (DOMAIN 4)."""
    important = gravity == "重大" or level == "VIP" or impact == WIDE_IMPACT or type_ in IMPORTANT_TYPES
    return {(True, True): 1, (True, False): 2, (False, True): 3}.get((important, urgency == "紧急"), 4)
