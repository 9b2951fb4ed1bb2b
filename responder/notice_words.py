"""What a notice says, in the reader's language; it names numbers, clocks and times, never a customer or his words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from core.domain.calendar import BusinessCalendar
from core.domain.notice import Notice, NoticeEvent
from responder.guard import silence_words
from responder.wording import time_words

_TITLES: Mapping[NoticeEvent, tuple[str, str]] = {
    NoticeEvent.WARNED: ("{clock}即将超时", "{clock} is due soon"),
    NoticeEvent.OVERDUE: ("{clock}已超时", "{clock} is overdue"),
    NoticeEvent.ESCALATED: ("{clock}超时过久，请主管处理", "{clock} is long overdue and needs the lead"),
    NoticeEvent.ASKED: (
        "系统不能发进度同步，请人工告知客户",
        "No progress letter may go: please tell the customer yourself",
    ),
    NoticeEvent.GRAVE: ("收到重大需求", "A grave demand has come in"),
    NoticeEvent.VIP: ("VIP 客户有紧急需求", "A VIP asks for something urgent"),
    NoticeEvent.URGED: ("客户催单", "The customer urges"),
    NoticeEvent.SURGE: ("同类来信骤增，可能出了故障", "Far more demands of one type than usual: an outage?"),
    NoticeEvent.RESUMED: ("挂起到期，时限恢复计时", "A hold has ended: the clocks run on"),
    NoticeEvent.SECOND: ("客户不满意，转入二次处理", "The customer is not satisfied: second treatment"),
    NoticeEvent.EXTENSION: ("申请延期，请批准", "An extension waits for your approval"),
    NoticeEvent.TASK: ("沟通任务已超时", "A communication task is overdue"),
    NoticeEvent.GIFT: ("任务等待批准", "A task waits for your approval"),
    NoticeEvent.RULE: ("规则提醒", "A rule asks for your attention"),
    NoticeEvent.REVIEW: ("规则每周一看：有规则需要看一看", "The weekly look at the rules: some want a look"),
    NoticeEvent.HELD: ("信件等待另一人放行", "A letter waits for a second person"),
    NoticeEvent.FAILED: ("信件发送失败", "A letter could not be sent"),
    NoticeEvent.BOUNCED: ("信件被退回", "A letter has bounced"),
    NoticeEvent.QUARANTINED: ("来信无法解析，已隔离", "A mail could not be parsed and is in quarantine"),
    NoticeEvent.SHUNTED: ("来信处理异常", "A mail was shunted by an error of ours"),
}
CLOCKS: Mapping[str, tuple[str, str]] = {
    "acknowledgement": ("受理回执", "the acknowledgement"),
    "first_response": ("首次响应", "the first response"),
    "next_update": ("进度同步", "the next update"),
    "resolution": ("解决", "the resolution"),
    "urge": ("催单", "the answer to urging"),
    "second_treatment": ("二次处理", "the second treatment"),
    "agent_promise": ("承诺", "an agent's promise"),
    "part": ("协办", "a co-handler's part"),
}
"""What each clock is for."""
_NAMES: Mapping[str, tuple[str, str]] = {
    "number": ("工单号", "Ticket"),
    "due": ("时限", "Due"),
    "owner": ("处理人", "Owner"),
    "because": ("原因", "Reason"),
    "rule": ("规则", "Rule"),
    "rules": ("规则", "Rules"),
    "remarks": ("条数", "Remarks"),
    "says": ("说明", "Note"),
    "code": ("答复代码", "Code"),
    "letter": ("信件", "Letter"),
    "mail": ("来信", "Mail"),
    "happened": ("时间", "When"),
}
_INSTANTS = ("due",)


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeText:
    """A notice in words: ``facts`` are (label, value)."""

    title: str
    facts: tuple[tuple[str, str], ...]
    link: str = ""
    language: str = "zh-CN"

    @property
    def text(self) -> str:
        colon = ": " if self.language == "en" else "："
        lines = [self.title, "", *(f"{label}{colon}{value}" for label, value in self.facts)]
        return "\n".join([*lines, *(["", self.link] if self.link else [])])


def notice_title(event: str, details: Mapping[str, str], language: str) -> str:
    """The one line that a list shows."""
    place = 1 if language == "en" else 0
    clock = CLOCKS.get(details.get("clock", ""), (details.get("clock", ""),) * 2)[place]
    title = _TITLES[NoticeEvent(event)][place].format(clock=clock)
    return title[:1].upper() + title[1:]


def notice_facts(details: Mapping[str, str], calendar: BusinessCalendar, language: str) -> tuple[tuple[str, str], ...]:
    """The rest, label by label; what has no label is for machines."""
    place = 1 if language == "en" else 0
    return tuple(
        (_NAMES[name][place], _value(name, value, calendar, language))
        for name, value in details.items()
        if name in _NAMES and value
    )


def notice_text(notice: Notice, number: str, calendar: BusinessCalendar, language: str, console: str) -> NoticeText:
    """The whole notice for a reader outside the console; ``console`` is the address of its pages, or empty."""
    details = dict(notice.details)
    shown = ({"number": number} if number else {}) | details | {"happened": notice.at.isoformat()}
    facts = notice_facts(shown, calendar, language)
    title = notice_title(notice.event, details, language)
    return NoticeText(
        title=f"{title} · #{number}" if number else title,
        facts=facts,
        link=f"{console.rstrip('/')}{notice_path(notice.subject, number)}" if console else "",
        language=language,
    )


def notice_path(subject: str, number: str) -> str:
    """The console's page about it."""
    kind, _, id_ = subject.partition(":")
    if kind == "letter":
        return f"/outbox/{id_}"
    if kind == "surge":
        return f"/queue?type={quote(id_)}"
    if kind == "task":
        return f"/tasks/{id_}"
    if kind == "rules":
        return "/rules"
    if kind == "mail":
        return f"/mails/{id_}"
    return f"/tickets/{number}" if number else "/notices"


def _value(name: str, value: str, calendar: BusinessCalendar, language: str) -> str:
    if name == "because":
        return silence_words(value, language)
    if name not in (*_INSTANTS, "happened"):
        return value
    try:
        return time_words(datetime.fromisoformat(value), calendar, "en" if language == "en" else "zh-CN")
    except ValueError:
        return value
