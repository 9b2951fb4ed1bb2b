"""Reads what a rule orders beside fields: co-handlers, time limits, notices, questions, a second person, links."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from core.domain.decision import Decision
from core.domain.duration import EXPECTED_FORMS, Duration, parse_duration
from core.domain.promise import Clock
from core.settings.nodes import ListNode, MapNode, Node, Scalar
from core.settings.reader import Reader
from rules.condition import Making
from rules.spellings import ASKED, AUDIENCES, read_words_among

YES = "yes"
CO_HANDLER, NOTIFY, ASK, URGE, QUIET = "co_handler", "notify", "ask", "urge", "quiet"
ASK_TIMES = "ask_times"
"""How often one thing is asked for at most, on replies."""
TWICE, MOST_TIMES = 2, 5
POLICY, SECOND_PERSON, LINK = "policy", "second_person", "link"
CLOCK_TIME = "clock."
"""How the field of one clock's time begins: ``clock.first_response``."""
TIMED = (Clock.FIRST_RESPONSE, Clock.NEXT_UPDATE, Clock.RESOLUTION)
"""Clocks whose time a rule may set."""
CUSTOMER = "customer"
"""As a link: the customer's newest ticket that is not over."""
ASKABLE: Mapping[str, tuple[str, str, str]] = {
    "order_number": ("订单号", "訂單編號", "your order number"),
    "product": ("产品名称和型号", "產品名稱與型號", "the product and its model"),
    "serial_number": ("产品序列号", "產品序號", "its serial number"),
    "version": ("软件版本", "軟體版本", "the software's version"),
    "account": ("账号名（请勿发送密码）", "帳號名稱（請勿傳送密碼）", "your account's name (never a password)"),
    "when": ("问题出现的时间", "問題發生的時間", "when it happened"),
    "steps": ("操作步骤", "操作步驟", "the steps that lead to it"),
    "screenshot": ("截图或照片", "截圖或照片", "a screenshot or photograph"),
    "phone": ("方便联系的电话", "方便聯絡的電話", "a telephone number at which we reach you"),
    "address": ("收货地址", "收件地址", "the delivery address"),
    "invoice": ("发票抬头和税号", "發票抬頭與統一編號", "the name and tax number for the invoice"),
}
"""What a letter may ask the customer for, in zh-CN, zh-TW and en."""
ASK_WORDS: Mapping[str, str] = {**{key: key for key in ASKABLE}, **ASKED}
HELP = "协助处理"
"""What a co-handler is asked for where the rule does not say."""

_SPLIT = " | "
_LONGEST = 100
_AUDIENCE = re.compile(r"[@#][\w.-]{1,64}")
_NUMBER = re.compile(r"[\w-]{4,40}")
_TIME = (f"时长，如 {EXPECTED_FORMS}", f"a duration: {EXPECTED_FORMS}")

Sets = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CoHandler:
    """A department that is asked for its part; ``within`` is empty when there is no time."""

    team: str
    output: str = HELP
    within: str = ""

    def text(self) -> str:
        """As it stands in a hit, and is read again."""
        return _SPLIT.join(part for part in (self.team, self.output, self.within) if part)


def co_handler_of(text: str) -> CoHandler:
    team, output, within = (*text.split(_SPLIT, 2), "", "")[:3]
    return CoHandler(team=team, output=output or HELP, within=within)


def ordered(decision: Decision, what: str) -> tuple[tuple[str, str], ...]:
    """(value, rule id) of each order of that kind that acts, in the book's order, each value once."""
    found: dict[str, str] = {}
    for hit in decision.hits:
        if hit.trial or hit.error or what in hit.overridden:
            continue
        for name, value in hit.sets:
            if name == what:
                found.setdefault(value, hit.id)
    return tuple(found.items())


def time_of(value: str) -> Duration:
    return parse_duration(value)


def asked_words(keys: tuple[str, ...], language: str) -> str:
    """What a letter asks for, as the words of its language."""
    place = 2 if language.startswith("en") else 1 if language == "zh-TW" else 0
    words = [ASKABLE[key][place] for key in keys if key in ASKABLE]
    if place < 2:
        return "、".join(words)
    return ", ".join(words[:-1]) + " and " + words[-1] if len(words) > 1 else "".join(words)


def read_order(reader: Reader, name: str, node: Node, making: Making) -> Sets | None:
    """The pairs of one order; None when the word is not one of an order."""
    read = _READERS.get(name)
    return read(reader, node, making) if read is not None else None


def _read_co_handlers(reader: Reader, node: Node, _: Making) -> Sets:
    items = node.items if isinstance(node, ListNode) else (node,)
    found = [_read_co_handler(reader, item) for item in items]
    return tuple((CO_HANDLER, one.text()) for one in found if one is not None)


def _read_co_handler(reader: Reader, node: Node) -> CoHandler | None:
    if isinstance(node, Scalar):
        team = _name(reader, node, "co_handlers")
        return CoHandler(team=team) if team else None
    entries = reader.mapping(node, ("co_handlers",) * 2, required=("team",), optional=("output", "within")) or {}
    team = _name(reader, entries["team"], "team") if "team" in entries else None
    output = _name(reader, entries["output"], "output") if "output" in entries else HELP
    within = _duration(reader, entries["within"], "within") if "within" in entries else ""
    if not team or not output or within is None:
        return None
    return CoHandler(team=team, output=output, within=within)


def _name(reader: Reader, node: Node, what: str) -> str | None:
    def parse(word: str) -> str:
        if _SPLIT.strip() in word or len(word) > _LONGEST:
            raise ValueError
        return word

    expected = (f"不超过 {_LONGEST} 个字，没有 |", f"{_LONGEST} characters at most, without |")
    return reader.parsed(node, (what, what), parse, expected)


def _duration(reader: Reader, node: Node, what: str) -> str | None:
    return reader.parsed(node, (what, what), lambda word: parse_duration(word).words(), _TIME)


def _read_clocks(reader: Reader, node: Node, _: Making) -> Sets:
    entries = reader.mapping(node, ("clocks", "clocks"), optional=tuple(clock.value for clock in TIMED)) or {}
    if not entries and isinstance(node, MapNode) and not node.entries:
        reader.problem(
            node, "clocks 是空的", "clocks is empty", "例如 clocks: {first_response: 10 分钟}",
            "for example clocks: {first_response: 10 minutes}",
        )  # fmt: skip
    found = ((name, _duration(reader, value, name)) for name, value in entries.items())
    return tuple((f"{CLOCK_TIME}{name}", time) for name, time in found if time is not None)


def _read_policy(reader: Reader, node: Node, making: Making) -> Sets:
    if not making.policies:
        name = reader.text(node, (POLICY, POLICY))
    else:
        name = reader.one_of(node, ("时限方案", "policy"), {name: name for name in making.policies})
    return ((POLICY, name),) if name is not None else ()


def _read_notify(reader: Reader, node: Node, making: Making) -> Sets:
    found: list[tuple[str, str]] = []
    for item in node.items if isinstance(node, ListNode) else (node,):
        word = reader.text(item, (NOTIFY, NOTIFY))
        if word is None:
            continue
        if word in AUDIENCES or _AUDIENCE.fullmatch(word):
            found.append((NOTIFY, AUDIENCES.get(word, word)))
            _check_channel(reader, item, word, making)
        elif isinstance(item, Scalar):
            reader.unknown(item, ("通知对象", "audience"), (*AUDIENCES, "@NAME", "#CHANNEL"))
    return tuple(found)


def _check_channel(reader: Reader, node: Node, word: str, making: Making) -> None:
    """A channel that stands in no file reaches nobody."""
    if not word.startswith("#") or making.groups is None or word[1:] in making.groups:
        return
    known = "、".join(f"#{name}" for name in making.groups)
    reader.problem(
        node,
        f"没有渠道 {word}，谁也通知不到",
        f"there is no channel {word}: nobody would be told",
        f"notify.yaml 里有：{known}" if known else "先在 notify.yaml 的 channels 里写上它",
        f"notify.yaml has: {known.replace('、', ', ')}" if known else "write it under channels in notify.yaml first",
    )


def _read_ask(reader: Reader, node: Node, _: Making) -> Sets:
    return tuple((ASK, key) for key in read_words_among(reader, node, ASK, ASK_WORDS))


def _read_ask_times(reader: Reader, node: Node, _: Making) -> Sets:
    times = reader.integer(node, (ASK_TIMES, ASK_TIMES), low=1, high=MOST_TIMES)
    return ((ASK_TIMES, str(times)),) if times is not None else ()


def times_asked(decision: Decision) -> int:
    """How often it may ask for one thing: what the first rule says, twice else."""
    said = ordered(decision, ASK_TIMES)
    return int(said[0][0]) if said else TWICE


def _read_link(reader: Reader, node: Node, _: Making) -> Sets:
    def parse(word: str) -> str:
        if word != CUSTOMER and (not _NUMBER.fullmatch(word) or not any(one.isdigit() for one in word)):
            raise ValueError
        return word

    expected = (
        "工单号，或 customer（该客户最近的未结工单）",
        "a ticket's number, or customer (the customer's newest open ticket)",
    )
    number = reader.parsed(node, (LINK, LINK), parse, expected)
    return ((LINK, number),) if number is not None else ()


def _flag(what: str) -> Callable[[Reader, Node, Making], Sets]:
    def read(reader: Reader, node: Node, _: Making) -> Sets:
        return ((what, YES),) if reader.flag(node, (what, what)) else ()

    return read


def _word(what: str) -> Callable[[Reader, Node, Making], Sets]:
    """What a reply is; ``no`` says that it is not, whatever its words look like."""

    def read(reader: Reader, node: Node, _: Making) -> Sets:
        said = reader.flag(node, (what, what))
        return ((what, YES if said else "no"),) if said is not None else ()

    return read


_READERS: Mapping[str, Callable[[Reader, Node, Making], Sets]] = {
    "co_handlers": _read_co_handlers,
    "policy": _read_policy,
    "clocks": _read_clocks,
    "ask": _read_ask,
    ASK_TIMES: _read_ask_times,
    SECOND_PERSON: _flag(SECOND_PERSON),
    NOTIFY: _read_notify,
    LINK: _read_link,
    URGE: _word(URGE),
    QUIET: _word(QUIET),
}
