"""How care plans and what they would do are told: as plain values for programs, and in words."""

from __future__ import annotations

from typing import Any

from core.domain.care_plan import CarePlan
from core.domain.task import TaskKind
from huiying.flows.key_dates import key_date_name
from huiying.flows.preview_care import PlannedCare
from responder.guard import silence_words


def plan_words(plan: CarePlan, language: str) -> str:
    """When it has something to do."""
    en = language.startswith("en")
    if plan.kind is TaskKind.KEY_DATE:
        name = key_date_name(plan.key_date, language)
        if not plan.before:
            return f"{name}, on the day" if en else f"{name}当天"
        return f"{name}, {plan.before} working days before" if en else f"{name}前 {plan.before} 个工作日"
    if plan.kind is TaskKind.GONE_QUIET:
        return f"no contact for {plan.days} days" if en else f"{plan.days} 天没有联系"
    every = {"quarter": ("每季度", "every quarter"), "half_year": ("每半年", "every half-year")}[plan.every.value][en]
    return f"{every}, from day {plan.day} on" if en else f"{every}，从第 {plan.day} 天开始"


def class_words(plan: CarePlan, language: str) -> str:
    """For which customers; '' for all."""
    en, who = language.startswith("en"), plan.who
    parts = [", ".join(who.levels), ", ".join(who.tags_any)]
    if who.tags_none:
        parts.append(f"{'without' if en else '不含'} {', '.join(who.tags_none)}")
    return " · ".join(part for part in parts if part)


def planned_json(planned: PlannedCare, language: str) -> dict[str, Any]:
    """``gets`` is the name of a letter of care, or ``task``; null when he gets nothing, and ``because`` says why."""
    plan, cared = planned.outcome.plan, planned.outcome.cared
    return {
        "day": planned.day.isoformat(),
        "plan": plan.name,
        "kind": plan.kind.value,
        "mode": plan.mode.value,
        "occasion": planned.outcome.occasion,
        "who": cared.who,
        "ticket": cared.number,
        "gets": None if cared.because else plan.letter or "task",
        "because": cared.because,
        "words": silence_words(cared.because, language) if cared.because else "",
    }
