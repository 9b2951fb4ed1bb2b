"""Reads when a rule runs: ``run_on`` and ``after``."""

from __future__ import annotations

from collections.abc import Mapping

from core.domain.decision import Occasion
from core.domain.duration import EXPECTED_FORMS, parse_duration
from core.domain.ticket import State
from core.settings.nodes import ListNode, Node, Scalar
from core.settings.reader import Reader
from rules.condition import Condition, parts_of
from rules.rule import After

OCCASIONS: Mapping[str, Occasion] = {
    **{str(occasion): occasion for occasion in Occasion},
    "到达": Occasion.ARRIVAL,
    "客户回复": Occasion.REPLY,
    "客服修正": Occasion.CHANGE,
    "计时": Occasion.CLOCK,
    "状态之后": Occasion.AFTER,
}
"""How an occasion is written."""
STATE_WORDS: Mapping[str, State] = {
    **{str(state): state for state in State},
    "待受理": State.NEW,
    "处理中": State.OPEN,
    "待客户回复": State.WAITING_CUSTOMER,
    "待内部协作": State.WAITING_INTERNAL,
    "挂起": State.ON_HOLD,
    "二次处理": State.SECOND_TREATMENT,
    "已解决待确认": State.RESOLVED,
    "已关闭": State.CLOSED,
    "已归档": State.ARCHIVED,
    "已合并": State.MERGED,
    "已撤销": State.WITHDRAWN,
    "无效": State.INVALID,
}
"""How a state is written, by the console's labels too."""
LATER = tuple(occasion for occasion in Occasion if occasion is not Occasion.ARRIVAL)
_NEEDS: Mapping[str, tuple[Occasion, ...]] = {"ticket": LATER, "urged": LATER, "clock": (Occasion.CLOCK,)}
"""Conditions about what there is on some occasions only."""
_TIME = (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")


def read_occasions(reader: Reader, entries: Mapping[str, Node]) -> tuple[tuple[Occasion, ...], After | None]:
    """On arrival unless it says otherwise; ``after`` alone says it too."""
    after = _read_after(reader, entries["after"]) if "after" in entries else None
    if "run_on" not in entries:
        return ((Occasion.AFTER,) if "after" in entries else (Occasion.ARRIVAL,)), after
    node = entries["run_on"]
    items = node.items if isinstance(node, ListNode) else (node,)
    found = [reader.one_of(item, ("run_on", "run_on"), OCCASIONS) for item in items]
    on = tuple(dict.fromkeys(occasion for occasion in found if occasion is not None))
    if not items:
        reader.problem(
            node, "run_on 是空的", "run_on is empty", "可以写：" + "、".join(Occasion),
            "possible: " + ", ".join(Occasion),
        )  # fmt: skip
    if (Occasion.AFTER in on) != ("after" in entries) and None not in found and items:
        _note_half(reader, entries)
    return on, after


def _note_half(reader: Reader, entries: Mapping[str, Node]) -> None:
    example = "after: {state: waiting_customer, time: 3 工作日}"
    if "after" in entries:
        reader.problem(
            entries["after"],
            "写了 after，run_on 里却没有 after",
            "there is 'after', and 'run_on' does not name it",
            "去掉 run_on，或写 run_on: [after]",
            "drop 'run_on', or write run_on: [after]",
        )
        return
    reader.problem(
        entries["run_on"],
        "run_on: after 要写明在哪个状态之后多久",
        "run_on: after needs a state and a time",
        f"加上 {example}",
        f"add {example}",
    )


def _read_after(reader: Reader, node: Node) -> After | None:
    entries = reader.mapping(node, ("after", "after"), required=("state", "time")) or {}
    if not {"state", "time"} <= entries.keys():
        return None
    state = reader.one_of(entries["state"], ("状态", "state"), STATE_WORDS)
    time = reader.parsed(entries["time"], ("time", "time"), parse_duration, _TIME)
    return After(state=state, time=time) if state is not None and time is not None else None


def check_conditions(reader: Reader, condition: Condition, on: tuple[Occasion, ...]) -> None:
    """Notes conditions that ask about what there is not on any occasion on which the rule runs."""
    for part in parts_of(condition):
        needs = _NEEDS.get(part.word)
        if needs is not None and on and not set(needs) & set(on):
            words = ", ".join(needs)
            reader.problem(
                Scalar(text="", line=part.line, column=1),
                f"{part.word} 在这条规则运行的时候还没有",
                f"there is no {part.word} yet when this rule runs",
                f"写 run_on: 下列之一：{words}",
                f"write run_on: one of {words}",
            )
