"""The figures of DOMAIN 11: what each is called, of which tickets it is counted, and in what unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from core.domain.promise import Clock
from core.domain.report import TicketSet


class Unit(StrEnum):
    """How a figure is counted: so many, a share of so many, a mean, or seconds."""

    COUNT = "count"
    SHARE = "share"
    SCORE = "score"
    SECONDS = "seconds"


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureKind:
    """``part`` is what of the set counts, ``having`` which tickets of it are looked at; ``better`` is 1 when more is
    better, -1 when less is, 0 when neither."""

    key: str
    zh: str
    en: str
    which: TicketSet
    unit: Unit = Unit.SHARE
    part: str = ""
    having: Mapping[str, tuple[str | int, ...]] = field(default_factory=dict)
    better: int = 0

    def label(self, language: str) -> str:
        return self.en if language.startswith("en") else self.zh


_FIRST_RESPONSES: Mapping[str, tuple[str | int, ...]] = {"clock": (Clock.FIRST_RESPONSE.value,)}
_COMPLAINTS: Mapping[str, tuple[str | int, ...]] = {"clock": (Clock.RESOLUTION.value,), "complaint": (1,)}
FIGURES = (
    FigureKind(key="received", zh="新工单", en="Received", which=TicketSet.RECEIVED, unit=Unit.COUNT),
    FigureKind(key="closed", zh="关单", en="Closed", which=TicketSet.CLOSED, unit=Unit.COUNT, better=1),
    FigureKind(
        key="response_on_time", zh="响应及时率", en="First responses on time", which=TicketSet.DUE, part="kept",
        having=_FIRST_RESPONSES, better=1,
    ),
    FigureKind(key="resolution_rate", zh="解决率", en="Closed of received", which=TicketSet.CLOSED, better=1),
    FigureKind(
        key="first_time_resolution", zh="首次解决率", en="Solved the first time", which=TicketSet.CLOSED,
        part="first_time", better=1,
    ),
    FigureKind(
        key="second_treatment_rate", zh="二次处理率", en="Second treatments", which=TicketSet.CLOSED, part="second",
        better=-1,
    ),
    FigureKind(
        key="satisfaction", zh="满意度（处理结果）", en="Satisfaction with results", which=TicketSet.SCORED,
        unit=Unit.SCORE, part="score", better=1,
    ),
    FigureKind(
        key="satisfied_share", zh="满意率（处理结果）", en="Satisfied with results", which=TicketSet.SCORED,
        part="satisfied", better=1,
    ),
    FigureKind(
        key="answered_share", zh="参评率", en="Surveys answered", which=TicketSet.ASKED, part="answered", better=1
    ),
    FigureKind(
        key="appraisal", zh="定期满意度", en="Periodic satisfaction", which=TicketSet.APPRAISED, unit=Unit.SCORE,
        part="score", better=1,
    ),
    FigureKind(
        key="complaint_rate", zh="投诉率", en="Complaints", which=TicketSet.RECEIVED, part="complaint", better=-1
    ),
    FigureKind(
        key="complaints_on_time", zh="投诉处理及时率", en="Complaints resolved on time", which=TicketSet.DUE,
        part="kept", having=_COMPLAINTS, better=1,
    ),
    FigureKind(
        key="tasks_on_time", zh="沟通任务完成率", en="Communication tasks on time", which=TicketSet.TASKS, part="kept",
        better=1,
    ),
    FigureKind(
        key="first_response_mean", zh="平均首次响应时长", en="Mean time to the first response",
        which=TicketSet.RESPONDED, unit=Unit.SECONDS, part="seconds", better=-1,
    ),
    FigureKind(
        key="first_response_median", zh="首次响应时长中位数", en="Median time to the first response",
        which=TicketSet.RESPONDED, unit=Unit.SECONDS, part="seconds", better=-1,
    ),
    FigureKind(
        key="agreement", zh="预判认同率", en="Suggestions confirmed", which=TicketSet.JUDGED, part="agreed", better=1
    ),
    FigureKind(
        key="overdue", zh="已超时", en="Overdue", which=TicketSet.DUE, unit=Unit.COUNT, having={"kept": (0,)}, better=-1
    ),
    FigureKind(key="backlog", zh="现在未结", en="Open now", which=TicketSet.OPEN, unit=Unit.COUNT, better=-1),
)  # fmt: skip
"""In the order in which they are told."""
BY_KEY = {kind.key: kind for kind in FIGURES}
ON_TIME = "response_on_time"
MEDIAN = "first_response_median"
EXTENDED = (ON_TIME, "complaints_on_time")
"""Beside these stands how many times were extended."""
FACETS = ("type", "topic", "channel", "level", "urgency", "cause")
"""What the volume is told by."""
