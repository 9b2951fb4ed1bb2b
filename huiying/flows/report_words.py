"""How a report is told: as plain values for programs, and each figure in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from core.domain.channel import Channel
from core.domain.period import Period
from core.domain.report import TalliedTicket
from huiying.flows.desk import Desk
from huiying.flows.figure_kinds import Unit
from huiying.flows.report import Figure, Report
from responder.notice_words import CLOCKS

NOTHING = "–"


def report_json(report: Report, desk: Desk, language: str) -> dict[str, Any]:
    """What ``report --json`` prints."""
    return {
        "period": period_json(report.period, desk),
        "figures": _figures(report.figures, language),
        "by_team": [{"team": name or None, "figures": _figures(of, language)} for name, of in report.teams],
        "by_agent": [{"agent": name or None, "figures": _figures(of, language)} for name, of in report.agents],
        "volumes": {facet: _volume(rows, facet, desk, language) for facet, rows in report.volumes.items()},
        "backlog": {
            "at": report.now.astimezone(desk.calendar.tz).isoformat(timespec="seconds"),
            "count": sum(count for _, count in report.ages),
            "by_age": [{"days": days or None, "count": count} for days, count in report.ages],
            "by_state": [{"state": state, "count": count} for state, count in report.states],
        },
        "overdue": [
            {
                "clock": one.clock,
                "label": clock_words(one.clock, language),
                "reason": one.breach or None,
                "reason_label": breach_words(one.breach, desk, language) or None,
                "count": one.count,
            }
            for one in report.overdue
        ],
    }


def period_json(period: Period, desk: Desk) -> dict[str, Any]:
    """``to`` is its last day."""
    return {
        "kind": period.kind.value,
        "from": period.first.isoformat(),
        "to": period.last.isoformat(),
        "zone": desk.calendar.zone,
    }


def ticket_json(row: TalliedTicket) -> dict[str, Any]:
    """A ticket behind a figure: ``counted`` is 1 or 0, or its score or seconds; or a task, with
    its id, kind and due time."""
    if row.task:
        return _task_json(row)
    return {
        "number": row.number,
        "subject": row.subject,
        "state": row.state,
        "type": row.type,
        "team": row.team or None,
        "agent": row.agent or None,
        "received": row.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "counted": _rounded(row.counted),
    }


def _task_json(row: TalliedTicket) -> dict[str, Any]:
    return {
        "task": str(row.task),
        "number": row.number or None,
        "words": row.subject,
        "state": row.state,
        "kind": row.type,
        "team": row.team or None,
        "agent": row.agent or None,
        "due": row.received.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "counted": _rounded(row.counted),
    }


def figure_words(figure: Figure, language: str) -> str:
    """The figure with its unit: 94.3 % (83/88), 4.6, 1:20:05."""
    kind, value = figure.kind, figure.value
    if value is None:
        return NOTHING
    if kind.unit is Unit.SECONDS:
        return duration_words(value)
    if kind.unit is Unit.SCORE:
        return f"{value:.2f} ({figure.of})"
    if kind.unit is Unit.COUNT:
        return f"{value:.0f}"
    return f"{figure.share:.1%} ({value:.0f}/{figure.of}{extended_words(figure, language)})"


def extended_words(figure: Figure, language: str) -> str:
    """How many of the times were extended, where some were."""
    if not figure.extended:
        return ""
    return f", {figure.extended} extended" if language.startswith("en") else f"，延期 {figure.extended}"


def duration_words(seconds: float) -> str:
    """Hours, minutes and seconds."""
    minutes, second = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{second:02}"


def clock_words(clock: str, language: str) -> str:
    zh, en = CLOCKS[clock]
    return en if language.startswith("en") else zh


CHANNELS: Mapping[str, tuple[str, str]] = {
    Channel.EMAIL: ("邮件", "Mail"),
    Channel.PORTAL: ("客户页面", "Customers' page"),
    Channel.CHAT: ("在线会话", "Chat"),
    Channel.PHONE: ("电话", "Telephone"),
    Channel.VISIT: ("上门", "Visit"),
    Channel.SOCIAL: ("社交媒体", "Social media"),
    Channel.PLATFORM: ("第三方平台", "Other platform"),
    Channel.REVIEW: ("在线评价", "Review"),
    Channel.QUESTIONNAIRE: ("问卷", "Questionnaire"),
    Channel.INTERVIEW: ("访谈", "Interview"),
}
"""As pages call them."""


def value_words(facet: str, value: str, desk: Desk, language: str) -> str:
    """A value of a facet as it is shown, '' where there is none."""
    if facet == "channel":
        return CHANNELS.get(value, (value, value))[language.startswith("en")]
    if facet == "cause":
        known = desk.reasons.cause.get(value)
        return known.words(language) if known else value
    return desk.taxonomy.label(facet, value, language) if value else ""


def breach_words(breach: str, desk: Desk, language: str) -> str:
    """A reason for being late; one that the list no longer has as it is."""
    known = desk.reasons.breach.get(breach)
    return known.words(language) if known else breach


def _figures(figures: tuple[Figure, ...], language: str) -> list[dict[str, Any]]:
    return [_figure(figure, language) for figure in figures]


def _figure(figure: Figure, language: str) -> dict[str, Any]:
    told: dict[str, Any] = {
        "key": figure.kind.key,
        "label": figure.kind.label(language),
        "unit": figure.kind.unit.value,
        "value": None if figure.value is None else _rounded(figure.value),
        "of": figure.of,
        "share": None if figure.share is None else round(figure.share, 4),
    }
    return told if figure.extended is None else told | {"extended": figure.extended}


def _rounded(value: float) -> float | int:
    return int(value) if value == int(value) else round(value, 2)


def _volume(rows: tuple[tuple[str, int], ...], facet: str, desk: Desk, language: str) -> list[dict[str, Any]]:
    total = sum(count for _, count in rows)
    return [
        {
            "value": value or None,
            "label": value_words(facet, value, desk, language) or None,
            "count": count,
            "share": round(count / total, 4),
        }
        for value, count in rows
    ]
