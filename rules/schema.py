"""Says the rule language as a JSON Schema (draft 2020-12), by which an editor completes keys and marks mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from core.domain.decision import DECIDED_FIELDS
from core.domain.mail_headers import NAMED
from core.domain.taxonomy import TARGETS, Taxonomy
from rules.conditions.clock import EVENTS
from rules.conditions.hours import LONG_WEEKDAYS, WEEKDAYS
from rules.occasions import OCCASIONS, STATE_WORDS
from rules.orders import ASK_TIMES, ASK_WORDS, MOST_TIMES, TIMED
from rules.rule import STATUS_WORDS
from rules.spellings import CHANNELS, CLOCKS, HOURS, LANGUAGES

Schema = dict[str, Any]

_TEXT: Schema = {"type": ["string", "number", "boolean"]}
"""Everything is read as text; YAML editors take 12315 for a number."""
_TEXTS: Schema = {"anyOf": [_TEXT, {"type": "array", "items": _TEXT, "minItems": 1}]}
_NUMBER: Schema = {"type": ["integer", "string"]}
_FLAG: Schema = {"enum": [True, False, "yes", "no", "是", "否", "有", "无", "没有"]}
_AMOUNT: Schema = {"anyOf": [_NUMBER, {"$ref": "#/$defs/bounds"}]}
_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def rule_schema(taxonomy: Taxonomy, letters: Sequence[str] = ()) -> Schema:
    """The schema of a rule file with the values of that taxonomy; ``letters`` are those that may answer an arrival,
    without them any name will do."""
    return {
        "$schema": _DRAFT,
        "title": "Huiying 回应: rules 规则",
        **_mapping({"rules": {"type": "array", "items": {"$ref": "#/$defs/entry"}}}, "rules"),
        "$defs": {
            "entry": {"anyOf": [{"$ref": "#/$defs/rule"}, {"$ref": "#/$defs/switch"}]},
            "switch": _mapping({"id": _ID, "status": _STATUS}, "id", "status"),
            "rule": _rule(),
            "condition": _mapping(_conditions(taxonomy)),
            "text": {"anyOf": [_TEXTS, _mapping(_OPERATORS)]},
            "bounds": _mapping({"at_least": _NUMBER, "at_most": _NUMBER}),
            "then": _mapping(_actions(taxonomy, letters)),
            "example": _mapping(_example(taxonomy), "expect"),
        },
    }


def _mapping(properties: Schema, *required: str) -> Schema:
    found: Schema = {"type": "object", "properties": properties, "additionalProperties": False, "minProperties": 1}
    return {**found, "required": list(required)} if required else found


def _told(schema: Schema, words: str) -> Schema:
    return {**schema, "description": words}


_ID = _told({"type": ["string", "number"], "pattern": r"^[\w.-]{1,64}$"}, "一经使用不要改动 · its name for ever")
_STATUS = _told({"enum": list(STATUS_WORDS)}, "试运行 trial | 生效 active | 已停用 retired")
_HEADER: Schema = {"type": "string", "pattern": "^[A-Za-z-]"}
_OCCASION: Schema = {"enum": list(OCCASIONS)}
_STATE: Schema = {"enum": list(STATE_WORDS)}
_AFTER: Schema = _mapping({"state": _STATE, "time": _TEXT}, "state", "time")
_OPERATORS: Schema = {
    "contains_any": _told(_TEXTS, "有其中一个词 · one of the words"),
    "contains_all": _told(_TEXTS, "每个词都有 · all of the words"),
    "contains_none": _told(_TEXTS, "一个都没有 · none of the words"),
    "words": _told(_TEXTS, "词表 words/NAME.txt 里的一个词 · a word of the list"),
    "starts_with": _told(_TEXTS, "以此开头 · begins with"),
    "near": _told(
        _mapping({"one": _TEXTS, "other": _TEXTS, "within": _NUMBER}, "one", "other", "within"),
        "两个词相隔不超过 within 个字 · two words within so many characters",
    ),
    "matches": _told(_TEXTS, "RE2 正则表达式 · a regular expression of RE2"),
    "count": _told(
        _mapping({"of": _TEXTS, "at_least": _NUMBER, "at_most": _NUMBER}, "of"),
        "这些词出现的次数 · how often the words stand there",
    ),
}


def _rule() -> Schema:
    properties: Schema = {
        "id": _ID,
        "title": _told(_TEXT, "规则名称 · what people read"),
        "why": _told(_TEXT, "为什么有这条规则 · the reason"),
        "owner": _told(_TEXT, "谁决定它 · who decides about it"),
        "status": _STATUS,
        "review_by": _told(_TEXT, "复核日期，如 2026-10-01 · a date"),
        "run_on": _told(_one_or_more(_OCCASION), "何时运行，不写为来信到达时 · when it runs; on arrival if left out"),
        "after": _told(_AFTER, "在某个状态之后多久 · how long after a state"),
        "when": _told({"$ref": "#/$defs/condition"}, "如果 · the condition"),
        "then": _told({"$ref": "#/$defs/then"}, "则 · what is set"),
        "examples": _told({"type": "array", "items": {"$ref": "#/$defs/example"}}, "规则自带的测试 · its tests"),
    }
    return _mapping(properties, "id", "title", "when", "then", "examples")


def _conditions(taxonomy: Taxonomy) -> Schema:
    part: Schema = {"$ref": "#/$defs/condition"}
    text: Schema = {"$ref": "#/$defs/text"}
    levels = _values(taxonomy, "level")
    customer: Schema = {
        "level": {"anyOf": [levels, {"type": "array", "items": levels}]},
        "tags_any": _TEXTS,
        "tags_none": _TEXTS,
        "company": _TEXTS,
        "industry": _TEXTS,
        "known": _FLAG,
        "open_tickets": _AMOUNT,
        "tickets": _mapping({"days": _NUMBER, "at_least": _NUMBER, "at_most": _NUMBER}, "days"),
        "last_score": _AMOUNT,
    }
    ticket: Schema = {
        "state": _one_or_more(_STATE),
        "older_than": _TEXT,
        "younger_than": _TEXT,
        **{name: _one_or_more(_field(taxonomy, name)) for name in DECIDED_FIELDS},
    }
    clock: Schema = {"name": _one_or_more({"enum": list(CLOCKS)}), "is": _one_or_more({"enum": list(EVENTS)})}
    said: Schema = {name: _one_or_more(_values(taxonomy, name)) for name in TARGETS}
    chinese = (f"{week}{day}" for week in ("周", "星期") for day in "一二三四五六日")
    days: Schema = {"enum": [*WEEKDAYS, *LONG_WEEKDAYS, *chinese, "星期天"]}
    hours: Schema = {"is": {"enum": list(HOURS)}, "weekday": _one_or_more(days), "between": _TEXT}
    return {
        "all": _told({"type": "array", "items": part, "minItems": 1}, "都要符合 · each must hold"),
        "any": _told({"type": "array", "items": part, "minItems": 1}, "符合一个即可 · one is enough"),
        "not": _told(part, "不符合 · must not hold"),
        "text": _told(text, "主题和客户自己写的话 · subject and the customer's own words"),
        "subject": _told(text, "主题 · the subject"),
        "own": _told(text, "客户自己写的话 · the customer's own words"),
        "body": _told(text, "正文全部，含引用 · the whole body, quotations too"),
        "sender": _mapping({"address": _TEXTS, "domain": _TEXTS, "name": _TEXTS}),
        "recipients": _mapping({"address": _TEXTS, "domain": _TEXTS}),
        "to": _mapping({"address": _TEXTS, "domain": _TEXTS}),
        "cc": _mapping({"address": _TEXTS, "domain": _TEXTS}),
        "attachments": _mapping({"count": _AMOUNT, "name": _TEXTS, "type": _TEXTS, "size_at_least": _TEXT}),
        "headers": _mapping({"name": {"anyOf": [{"enum": list(NAMED)}, _HEADER]}, "contains_any": _TEXTS}, "name"),
        "order_number": _told(_FLAG, "写了订单号 · an order is named"),
        "customer": _mapping(customer),
        "language": _one_or_more({"enum": list(LANGUAGES)}),
        "channel": _one_or_more({"enum": list(CHANNELS)}),
        "mailbox": _TEXTS,
        "hours": {"anyOf": [{"enum": list(HOURS)}, _mapping(hours)]},
        "is_reply": _FLAG,
        "urged": _told(_FLAG, "客户催过单 · the customer has asked where the answer is"),
        "emotion": _told(_one_or_more(_values(taxonomy, "emotion")), "情绪 · the customer's mood"),
        "impact": _told(_one_or_more(_values(taxonomy, "impact")), "影响范围 · how far it reaches"),
        "ticket": _told(_mapping(ticket), "工单当时的情况 · the ticket by then"),
        "clock": _told({"anyOf": [{"enum": list(CLOCKS)}, _mapping(clock)]}, "哪个计时 · which clock"),
        "model": _mapping({**said, "confidence_above": _TEXT, "confidence_below": _TEXT}),
    }


def _actions(taxonomy: Taxonomy, letters: Sequence[str]) -> Schema:
    fields: Schema = {name: _field(taxonomy, name) for name in DECIDED_FIELDS}
    letter: Schema = {"enum": list(letters)} if letters else _TEXT
    co_handler = {"anyOf": [_TEXT, _mapping({"team": _TEXT, "output": _TEXT, "within": _TEXT}, "team")]}
    return {
        **fields,
        "urgency_at_least": _told(_values(taxonomy, "urgency"), "只升不降 · raises only"),
        "owner": _told(_TEXT, "处理人的登录名 · an agent's sign-in name"),
        "co_handlers": _told(_one_or_more(co_handler), "协办 · other departments"),
        "tags": _TEXTS,
        "policy": _told(_TEXT, "时限方案 · a policy of time limits"),
        "clocks": _told(_mapping({clock.value: _TEXT for clock in TIMED}), "单个计时的时长 · one clock's time"),
        "letter": _told(
            {
                "anyOf": [
                    {**_mapping({"none": _TEXT}, "none"), "title": "不发回执 · no letter"},
                    {**_mapping({"name": letter, "reason": _TEXT}, "name"), "title": "改发另一封信 · another letter"},
                ]
            },
            "不发回执及原因，或另一封信 · no letter and why, or another one by its name",
        ),
        "ask": _told(
            _one_or_more({"enum": list(ASK_WORDS)}),
            "请客户补充：回执里，以后另发信 · what the customer is asked for: in the acknowledgement, later by letter",
        ),
        ASK_TIMES: _told(
            {"type": "integer", "minimum": 1, "maximum": MOST_TIMES},
            "客户回信仍没给时，同一件事最多问几次 · how often one thing is asked for while replies do not give it",
        ),
        "second_person": _told(_FLAG, "回信须第二个人放行 · letters want a second person"),
        "notify": _told(
            _TEXTS,
            "通知谁：处理人、团队、主管、管理员、@用户、#渠道 · who is told: owner, team, lead, admin, @user, #channel",
        ),
        "link": _told(_TEXT, "关联到工单号，或 customer · a ticket's number, or customer"),
        "urge": _told(_FLAG, "按催单处理；no 则不是催单 · the customer urges; no: he does not"),
        "quiet": _told(_FLAG, "只是致谢，不重开；no 则不是 · only thanks, nothing is reopened; no: more"),
        "spam": _FLAG,
        "stop": _told(_FLAG, "后面的规则不再起作用 · no later rule acts"),
    }


def _example(taxonomy: Taxonomy) -> Schema:
    expected: Schema = {
        **{name: _field(taxonomy, name) for name in DECIDED_FIELDS},
        "tags": _TEXTS,
        "letter": _told(_TEXT, "none 或信件名 · none, or a letter's name"),
        "spam": _FLAG,
        "owner": _TEXT,
        **dict.fromkeys(("policy", "link"), _TEXT),
        **dict.fromkeys(("co_handlers", "notify", "ask"), _TEXTS),
        **dict.fromkeys(("second_person", "urge", "quiet"), _FLAG),
        "clocks": _mapping({clock.value: _TEXT for clock in TIMED}),
    }
    texts = ("subject", "text", "body", "from", "from_name", "at", "company", "industry", "mailbox")
    said: Schema = {name: _values(taxonomy, name) for name in TARGETS}
    return {
        **dict.fromkeys(texts, _TEXT),
        "to": _TEXTS,
        "cc": _TEXTS,
        "attachments": _one_or_more({"anyOf": [_TEXT, _mapping({"name": _TEXT, "type": _TEXT, "size": _NUMBER})]}),
        "customer_tags": _TEXTS,
        "level": _values(taxonomy, "level"),
        "known": _FLAG,
        "is_reply": _FLAG,
        "open_tickets": _NUMBER,
        "tickets": _NUMBER,
        "last_score": _NUMBER,
        **_later(taxonomy),
        "hours": {"enum": list(HOURS)},
        "language": {"enum": list(LANGUAGES)},
        "channel": {"enum": list(CHANNELS)},
        "headers": {"type": "object", "additionalProperties": _TEXT},
        "model": _mapping({**said, "confidence": _TEXT}),
        "expect": {"anyOf": [{"enum": ["nothing"]}, _mapping(expected)]},
    }


def _later(taxonomy: Taxonomy) -> Schema:
    """What an example says of the ticket on a later occasion."""
    clock = _mapping({"name": {"enum": list(CLOCKS)}, "is": {"enum": list(EVENTS)}}, "name", "is")
    return {
        "run_on": _OCCASION,
        "state": _STATE,
        "age": _TEXT,
        "urged": _FLAG,
        "fields": _mapping({name: _field(taxonomy, name) for name in DECIDED_FIELDS}),
        "by_agent": _TEXTS,
        "clock": clock,
    }


def _field(taxonomy: Taxonomy, name: str) -> Schema:
    return _values(taxonomy, name) if name != "team" else _TEXT


def _values(taxonomy: Taxonomy, field: str) -> Schema:
    names = (name for value in taxonomy.values(field) for name in (value.key, value.english, value.zh, value.en))
    return {"enum": list(dict.fromkeys(name for name in names if name))}


def _one_or_more(schema: Schema) -> Schema:
    return {"anyOf": [schema, {"type": "array", "items": schema, "minItems": 1}]}
