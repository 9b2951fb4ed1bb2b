"""What happened on a ticket, one step after the other, as the execution log tells it (DOMAIN 7, sheet 4)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from core.domain.sheet import SheetCase
from core.domain.ticket import Direction, Message, State
from core.domain.views import AuditRow
from core.text.mask import mask
from huiying.flows.analyse import ANALYSED
from huiying.flows.sheet_words import SheetWords

_DONE = {
    "ticket.claimed": ("领取", "Claimed"),
    "ticket.handed-over": ("转派", "Handed over"),
    "ticket.returned": ("退回", "Sent back"),
    "ticket.hands-undone": ("撤销转派", "Hand-over taken back"),
    "ticket.confirm": ("确认预判", "Suggestion confirmed"),
    "ticket.correct": ("修正分类", "Corrected"),
    "ticket.undo": ("撤销修正", "Correction taken back"),
    ANALYSED: ("需求分析", "Analysed"),
    "ticket.moved": ("状态变更", "Moved"),
    "ticket.move-undone": ("撤销状态变更", "Move taken back"),
    "ticket.resumed": ("恢复计时", "Clocks resumed"),
    "ticket.closed": ("自动关单", "Closed after silence"),
    "ticket.urged": ("客户催单", "Customer urged"),
    "ticket.voted": ("客户评价", "Customer voted"),
    "ticket.merged": ("并入其他工单", "Merged into another ticket"),
    "ticket.split": ("拆分出一张工单", "A ticket was split from it"),
    "ticket.merged-in": ("并入一张工单", "Another ticket merged into it"),
    "ticket.unmerged": ("取消合并", "Unmerged"),
    "ticket.linked": ("关联主单", "Linked to a main ticket"),
    "result.verified": ("结果验证", "Result checked"),
    "part.asked": ("请求协办", "Part asked for"),
    "part.done": ("协办完成", "Part done"),
    "part.cancelled": ("取消协办", "Part cancelled"),
    "extension.asked": ("申请延期", "Extension asked for"),
    "extension.told": ("延期并告知客户", "Extended, customer told"),
    "extension.refused": ("未批准延期", "Extension refused"),
    "promise.given": ("作出承诺", "Promised"),
    "promise.ended": ("了结承诺", "Promise settled"),
    "promise.taken-back": ("承诺不再需要", "Promise no longer owed"),
    "promise.again": ("承诺仍未兑现", "Promise still owed"),
    "task.made": ("新建任务", "Task made"),
    "task.done": ("完成任务", "Task done"),
    "task.dropped": ("任务不再需要", "Task dropped"),
    "task.moved": ("任务改时限", "Task put off"),
    "promise.overdue": ("已超时", "Overdue"),
    "promise.breach": ("登记超时原因", "Reason for being late"),
}
"""Lines of the trail that are steps; answers, calls and notes are told by their messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """``stage`` is the state in which the ticket was afterwards; ``said`` are the customer's words."""

    stage: str
    at: datetime
    who: str
    said: str = ""
    done: str = ""


def steps(case: SheetCase, words: SheetWords) -> Iterator[Step]:
    """In the order in which they happened."""
    state = State.NEW.value
    happened: list[Message | AuditRow] = [*case.messages, *case.trail]
    for each in sorted(happened, key=lambda one: (one.at, one.id)):
        if isinstance(each, Message):
            yield _message(each, words, words.say[f"state.{state}"])
            continue
        if each.action.startswith("ticket."):
            state = dict(each.details).get("state") or state
        stage = words.say.get(f"state.{state}", "")
        if each.action in _DONE:
            yield Step(stage=stage, at=each.at, who=words.person(each.actor), done=_done(each, words))


def _message(one: Message, words: SheetWords, stage: str) -> Step:
    who, text = mask(one.sender.name) if one.sender else "", words.text(one.reply or one.text)
    if one.direction is Direction.IN:
        return Step(stage=stage, at=one.at, who=who, said=text)
    if one.direction is Direction.OUT:
        return Step(stage=stage, at=one.at, who=who, done=words.told(words.pick(("回复", "Answer")), text))
    about = words.say[f"said.{one.verdict}"] if one.verdict.startswith("call:") else words.pick(("备注", "Note"))
    return Step(stage=stage, at=one.at, who=who, done=words.told(about, text))


def _done(line: AuditRow, words: SheetWords) -> str:
    """The step, and of its details what people wrote or chose."""
    details = dict(line.details)
    more = [words.person(details["to"])] if line.action in _HANDED and details.get("to") else []
    if line.action == "promise.breach":
        reason = words.desk.reasons.breach.get(details.get("reason", ""))
        details["reason"] = reason.words(words.language) if reason else ""
    if line.action.startswith("task."):
        more.append(words.say[f"task.kind.{details['kind']}"])
    more += [details[name] for name in ("team", "department", "number", "reason") if details.get(name)]
    return words.told(words.pick(_DONE[line.action]), words.listed(more))


_HANDED = ("ticket.handed-over", "ticket.returned", "ticket.claimed")
