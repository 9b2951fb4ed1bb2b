"""Decides where a signature without its mark, or a disclaimer, begins at the end of a mail's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.text.fold import fold

_LONGEST_LINE, _MOST_SIGNED, _MOST_DISCLAIMED = 60, 8, 30
# All but names are looked for in the folded line: one script, one width, lower case.
_BEGINS_DISCLAIMER = re.compile(
    r"[\s*_=-]*(?:[(【\[]?\s*(?:免责声明|保密声明|声明|重要提示|重要声明|法律声明|disclaimer"
    r"|confidentiality(?: notice)?|important notice|legal notice|haftungsausschluss|avis de confidentialité"
    r"|aviso de confidencialidad)\s*[】\])]?\s*:?"
    r"|[本此该这](?:封)?(?:电子)?(?:邮件|信件)(?:及其|及|和|以及|中|包括|所|可能|含|包含|载有|内容)"
    r"|(?:[a-z ]{1,24}:\s*)?this (?:e-?mail|message|communication)\b"
    r"|the (?:information|contents?) (?:contained )?(?:in|of) this (?:e-?mail|message)\b"
    r"|diese (?:e-?mail|nachricht)|ce (?:message|courriel|mail)|este (?:mensaje|correo)|questo messaggio|esta mensagem)"
)
_DISCLAIMS = re.compile(
    r"保密|机密|仅供|未经授权|特定收件人|指定收件人|法律责任|confidential|privileged|intended (?:only |solely )?for"
    r"|intended recipient|vertraulich|confidentiel|confidencial|riservat"
)
_CLOSING = re.compile(
    r"\s*(?:此致|敬礼|祝好|祝您.{0,8}|祝(?:商祺|工作顺利|顺利|生活愉快)|顺颂.{0,4}|谢谢.{0,3}|多谢|感谢"
    r"|(?:many )?thanks?(?: you)?(?: (?:and|&) (?:best |kind )?regards)?|(?:best|kind|warm|with kind)? ?regards"
    r"|best(?: wishes)?|sincerely(?: yours)?|yours (?:sincerely|faithfully|truly)|cheers|mit freundlichen grüssen"
    r"|viele grüsse|(?:bien )?cordialement|un saludo|saludos(?: cordiales)?|cordiali saluti|atenciosamente"
    r"|met vriendelijke groet)\s*[!。.,~]*\s*"
)
_CONTACT = re.compile(
    r"(?:电话|手机|座机|热线|传真|邮箱|邮件|网址|官网|地址|邮编|微信|企业微信|qq|tel|phone"
    r"|mobile|mob|cell|fax|e-?mail|mail"
    r"|web|www|address|add|[tmfep]|telefon|tél|móvil)\s*[.:/].{4,}"
    r"|\+?\d[\d\s()*-]{6,}|\S+@\S+\.\w+|(?:https?://|www\.)\S+"
)
_OFFICE = re.compile(
    r".{0,40}(?:公司|集团|经理|总监|主管|工程师|专员|助理|顾问|部|中心|科|处|组|ltd|inc|gmbh|llc|corp|co|plc|s\.a"
    r"|manager"
    r"|director|engineer|officer|assistant|head of .{1,30}|sales|purchasing|procurement)\.?"
)
_NAME = re.compile(r"[\u4e00-\u9fff·]{2,4}(?: ?[|/｜] ?.{1,30})?|[^\W\d_a-z][\w.'’-]*(?: [^\W\d_a-z][\w.'’-]*){1,3}")
_ASKED_FOR = re.compile(
    r"寄|送[到至]|发到|地址|电话|手机|回电|致电|联系方式|如下|以下|邮箱|加微信"
    r"|call me|phone|address|send (?:it|them|the)"
    r"|deliver|below|e-?mail (?:it|me)"
)


def without_disclaimer(lines: Sequence[str]) -> list[str]:
    """The lines without a disclaimer at the end; at least one line stays."""
    kept = _stripped(lines)
    first = max(1, len(kept) - _MOST_DISCLAIMED)
    folded = [fold(line[:400]) for line in kept[first:]]
    for at, line in enumerate(folded):
        if _BEGINS_DISCLAIMER.match(line) and _DISCLAIMS.search("\n".join(folded[at:])):
            return _stripped(kept[: first + at])
    return kept


def without_unmarked(lines: Sequence[str]) -> list[str]:
    """The lines without a signature at the end; at least one line stays. An address or a number that the words before
    ask for is no signature."""
    kept = _stripped(lines)
    at = _signature_at(kept)
    return _stripped(kept[:at]) if at and not _ASKED_FOR.search(fold("\n".join(kept[:at])[-4_000:])) else kept


def _signature_at(lines: Sequence[str]) -> int:
    """Where the signature begins: behind a closing word, or behind a blank line with a name; 0 where there is none."""
    for at in range(len(lines) - 1, max(0, len(lines) - 2 * _MOST_SIGNED), -1):
        block = [line.strip(" \t\u3000|*") for line in lines[at:] if line.strip()]
        closes = _CLOSING.fullmatch(fold(lines[at - 1][:_LONGEST_LINE])) is not None
        alone = not lines[at - 1].strip() and _NAME.fullmatch(block[0]) is not None
        if (closes or alone) and _is_signature(block, sure=closes):
            return at
    return 0


def _is_signature(block: Sequence[str], *, sure: bool) -> bool:
    """Each line is a name, an office or a way to reach somebody, one of them the last; unless it is ``sure``, one is an
    office."""
    if not 2 <= len(block) <= _MOST_SIGNED or any(len(line) > _LONGEST_LINE for line in block):
        return False
    kinds = [_kind(line) for line in block]
    return all(kinds) and "way" in kinds and (sure or "office" in kinds)


def _kind(line: str) -> str:
    folded = fold(line)
    if _CONTACT.match(folded):
        return "way"
    if _OFFICE.fullmatch(folded):
        return "office"
    return "name" if _NAME.fullmatch(line) else ""


def _stripped(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and not kept[-1].strip():
        kept.pop()
    return kept
