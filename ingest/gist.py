"""Proposes one line for a message: the sentence of its own that says most about what is wanted (DOMAIN 2)."""

from __future__ import annotations

import re

from core.domain.said import LONGEST_GIST
from core.text.opening import lines_after_greeting
from core.text.sentences import sentences
from ingest.passed_on import only_passes_on, without_heads
from ingest.subject import bare_subject

_LOOKED_AT = 3_000
_MOST = 15
_LONGEST_PASSED = 80
"""Who says more than that says something."""
_WANTS = re.compile(
    r"请|請|需要|没有|沒有|还没|希望|想(?:要|问|了解|咨询|请)|要求|申请|咨询|投诉|反馈|無法|无法|不能|不了"
    r"|打不开|報錯|报错|错误|錯誤|失败|故障"
    r"|异常|異常|坏|损坏|退款|退货|退貨|换货|換貨|维修|維修|补发|發票|发票|报价|報價|合作|没收到|未收到"
    r"|没有收到|什么时候|什麼時候|何时|怎么|怎麼|如何|为什么|多少钱|价格"
    r"|\b(?:can(?:no|')?t|unable|error|fail(?:s|ed|ure)?|broken|missing|refund|return|replace|invoice|quote"
    r"|please|how (?:do|can|to)"
    r"|when|why|need|want|would like|request|complain|wrong|late|delay(?:ed)?|not (?:work|receiv|arriv)\w*)\b",
    re.IGNORECASE,
)
_INTRODUCES = re.compile(
    r"^(?:我|我们|我們|本人|这里|這裡)?(?:是|叫)|^我司是|^(?:this is|my name is|i am|i'm|we are)\b", re.IGNORECASE
)
_COURTESY = re.compile(
    r"^(?:谢谢|謝謝|感谢|感謝|祝|此致|敬礼|辛苦|麻烦了|打扰|盼复|期待|您好|你好|thank|regards|best"
    r"|hope (?:this|you)|sorry to)",
    re.IGNORECASE,
)
_LEAD = re.compile(r"^(?:另外|然后|所以|因此|但是|并且|而且|同时|现在|and|but|so|also)[，, ]\s*", re.IGNORECASE)
_MARK = re.compile(
    r"^(?:[-–—*](?!\d)|[•·●■◆▪○]|[(（]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[)）]"
    r"|\d{1,2}[.．、](?!\d)|[一二三四五六七八九十]{1,2}、)\s*"
)
"""What stands before an item of a list."""
_CUT = re.compile(r"[，,；;：:、 ]")


def gist(subject: str, reply: str) -> str:
    """At most ``LONGEST_GIST`` characters of the masked texts as they stand; '' when they say nothing."""
    text = "\n".join(lines_after_greeting(without_heads(reply[:_LOOKED_AT])))
    scored = ((_score(one) - place * 0.3, -place, one) for place, (_, one) in enumerate(sentences(text, _MOST)))
    ranked = (one for score, _, one in sorted(scored, reverse=True) if score > 0)
    best = next((one for one in ranked if len(one) >= _LONGEST_PASSED or not only_passes_on(one)), "")
    return shortened(_LEAD.sub("", _MARK.sub("", " ".join((best or bare_subject(subject)).split()))))


def _score(sentence: str) -> float:
    if _COURTESY.match(sentence) or len(sentence) < 4:
        return 0.0
    score = 3.0 + 2.0 * bool(_WANTS.search(sentence)) + 0.5 * sentence.endswith(("?", "？", "吗", "嗎"))
    return score - 2.5 * bool(_INTRODUCES.match(sentence)) - 1.0 * (len(sentence) < 8)


def shortened(line: str) -> str:
    """Cut behind the last clause that fits, else in the middle of one, with an ellipsis."""
    line = line.strip().rstrip("。.；;，,")
    if len(line) <= LONGEST_GIST:
        return line
    room = line[: LONGEST_GIST - 1]
    cuts = [found.start() for found in _CUT.finditer(room)]
    end = cuts[-1] if cuts and cuts[-1] >= LONGEST_GIST // 2 else len(room)
    return f"{room[:end].rstrip('，,；;：:、 ')}…"
