"""Tells a mail that only passes another on (请跟进, FYI) from one that says something, and finds what is passed on."""

from __future__ import annotations

import re

from core.text.fold import fold
from core.text.opening import lines_after_greeting
from ingest.remark import is_courtesy
from ingest.reply import is_header_block
from ingest.reply_lines import header_kind, is_forward_mark, is_quoted, is_rule, is_separator, is_wrote_line

_DEEPEST = 5
_LOOKED_AT = 200
_LONGEST_LINE = 60
_MOST_LINES = 20
_CLAUSE = re.compile(r"[^。！？!?；;\n.，,、:：~～…—]+")
_ADDRESSED = re.compile(
    r"[\u4e00-\u9fff]{1,2}(?:工|总|经理|主任|老师|部长|姐|哥)|(?:各位|大家|同事)(?:们|好)?|all|team"
)
_PLEASE = r"(?:请|烦请|麻烦|劳烦|有劳|辛苦|拜托|帮忙|帮)?"
_WHOM = r"(?:您|你|你们|各位|大家|贵司|贵方|相关(?:同事|部门|人员)|[\u4e00-\u9fff]{1,2}(?:工|总|经理))?"
_HOW = r"(?:尽快|尽早|及时|优先|协助|安排|帮忙|代为|继续|先|帮|再){0,3}"
_DO = (
    r"(?:跟进|跟踪|处理|看看?|查看|查收|查阅|阅|知悉|了解|协助|支持|关注|安排|解决|回复|答复|落实|对接|核实|参考"
    r"|办理|转办)"
)
_WHAT = r"(?:一?下)?(?:此|该|这封?|这个|下面的|客户的?)?(?:邮件|来信|事|事情|问题|需求)?(?:吧|哈|呢|哦)?"
_SEE = (
    r"(?:请)?(?:详|参)?见(?:下|下方|下文|下面|如下|附件)(?:的?(?:邮件|内容|来信))?|如下|如题"
    r"|转发?(?:给)?(?:您|你|你们)?(?:一封)?(?:客户)?(?:的)?(?:邮件|来信)?"
)
_POLITELY = r"(?:(?:could|can|would|will) you )?(?:kindly |please |pls |plz )*(?:kindly |help (?:to )?)?"
_ENGLISH_DO = (
    r"(?:handle|see|follow[ -]up|take care(?: of)?|look into|take a look(?: at)?|have a look(?: at)?|assist|advise"
    r"|check|help|process|action|deal with|reply|respond|review|note|read|find|support)"
)
_ENGLISH_WHAT = (
    r"(?: (?:this|that|it|on|with|to|the|and|advise|below|following|above|attached|mail|e-?mail|message|request|case"
    r"|customer|client|asap|further|please)){0,6}"
)
_PASSES_ON = re.compile(
    rf"{_PLEASE}{_WHOM}{_HOW}{_DO}{_WHAT}|{_SEE}|{_POLITELY}{_ENGLISH_DO}{_ENGLISH_WHAT}"
    r"|fy[ia]|for your (?:information|attention|action|reference|handling)|(?:see|as)? ?below"
    r"|(?:forwarding|passing)(?: this)?(?: on)?(?: to you)?|over to you"
)


def only_passes_on(own: str) -> bool:
    """Whether words ask for nothing but that somebody reads on; a signature may follow."""
    lines = list(lines_after_greeting(own))
    asked = False
    for line in lines[:_MOST_LINES]:
        clauses = [clause.strip() for clause in _CLAUSE.findall(fold(line[:200]))]
        clauses = [clause for clause in clauses if clause]
        said = [clause for clause in clauses if not is_courtesy(clause) and not _ADDRESSED.fullmatch(clause)]
        if said and not all(map(_PASSES_ON.fullmatch, said)) and (not asked or len(line) > _LONGEST_LINE):
            return False
        asked = asked or bool(said)
    return len(lines) <= _MOST_LINES


def without_heads(text: str) -> str:
    """A forwarded mail's words without the headers of what is passed on, and without words that only pass it on."""
    before: list[str] = []
    for _ in range(_DEEPEST):
        lines = text.split("\n")
        at = next((place for place in range(len(lines)) if is_header_block(lines, place)), None)
        if at is None:
            break
        own = [line for line in lines[:at] if not (is_rule(line) or is_separator(line) or is_forward_mark(line))]
        before += [] if only_passes_on("\n".join(own)) else own
        text = _behind_head(lines, at)
    return "\n".join([*before, text])


def _behind_head(lines: list[str], at: int) -> str:
    end = at
    while end < len(lines) and lines[end].strip(" \t>\r"):
        end += 1
    last = max(place for place in range(at, min(end, at + 12)) if header_kind(lines[place]))
    rest = lines[last + 1 :]
    if is_quoted(lines[at]):
        rest = [re.sub(r"^\s*[>\uff1e] ?", "", line) for line in rest]
    return "\n".join(rest)


def begins_forward(text: str) -> bool:
    """Whether the first mail below the writer's words is one that his client forwarded, whatever the subject says."""
    for line in text.split("\n")[:_LOOKED_AT]:
        if is_forward_mark(line):
            return True
        if is_quoted(line) or is_separator(line) or is_wrote_line(line) or header_kind(line) == "from":
            return False
    return False
