"""Decides where a signature without its mark, or a disclaimer, begins at the end of a mail's own words."""

from __future__ import annotations

import re
from collections.abc import Sequence

from core.text.fold import fold
from ingest.reply_lines import is_rule

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
_NUMBER = r"[+(\d*][\d\s()*+./转-]{5,}"
_CONTACT = re.compile(
    r"(?:(?:(?:办公|公司|联系)?电话|手机|座机|热线|传真|tel|phone|mobile|mob|cell?|fax|[tmfp]|telefono?|tél|téléphone|móvil)"
    rf"[\s.:/]*{_NUMBER}"
    r"|(?:(?:电子)?邮箱|(?:电子)?邮件|e-?mail|mail|e)[\s.:/]*\S+@\S+"
    r"|(?:网址|官网|web|website|w)[\s.:/]*[\x21-\x7e]+\.[\x21-\x7e]{2,}|(?:微信|企业微信|qq)号?[\s:]*[a-z0-9_-]{5,}"
    r"|(?:(?:公司)?地址|address|add|adresse|a)\s*[.:](?!.*(?:请|错|改|换|寄|wrong|change)).{4,}|邮编\s*:?\s*\d{6}"
    rf"|{_NUMBER}|\S+@\S+\.\w+|(?:https?://|www\.)\S+)\s*"
)
_OFFICE = re.compile(
    r"(?!.*(?:请|转|麻烦|在|是|要|把|没|不|问题|给)).{0,40}"
    r"(?:公司|集团|经理|总监|主管|工程师|专员|助理|顾问|部|中心|科|处|组|大学|学院|学校|医院|研究院|研究所|事务所|银行"
    r"|\b(?:ltd|inc|gmbh|llc|corp|co|plc|ag|kg|bv|sarl|sas|srl|s\.(?:a|l|r\.l|p\.a)|manager|director|engineer|officer"
    r"|assistant|head of .{1,30}|sales|purchasing|procurement|einkauf|vertrieb|geschäftsführer(?:in)?"
    r"|(?:responsable|directeur|directrice|directora?|jefe|responsabile|leiter(?:in)?) .{1,30}))\.?"
)
_PLACE = re.compile(
    r"[\u4e00-\u9fff]{2,}[\u4e00-\u9fff\d\s-]*(?:路|街|大道|巷|弄|大厦|园区|广场)\s*\d*[\u4e00-\u9fff\da-z\s-]{0,20}"
    r"|[a-zà-ÿ -]{2,30}(?:strasse|str\.|weg|platz|street|road|avenue|lane) ?\d{1,4}[a-z]?"
    r"|\d{1,4},? (?:rue|avenue|boulevard|via|calle) [a-zà-ÿ' -]{2,30}"
    r"|\d{1,4} [a-z ]{2,30} (?:street|road|avenue|lane)|\d{4,5} [a-zà-ÿ -]{2,30}"
)
SURNAMES = (
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘蔡蒋余于杜叶程苏魏吕丁"
    "任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严覃武戴"
    "莫孔向汤"
)
"""The commonest ones in Simplified: four characters without one of them may say anything."""
_NAME = re.compile(rf"[{SURNAMES}][\u4e00-\u9fff·]{{1,3}}(?: ?(?:敬上|谨上|敬启|拜上|上))?")
_CAPITAL = r"[^\W\d_a-z\u4e00-\u9fff][\w.'’-]*"
_LATIN_NAME = re.compile(rf"(?:i\. ?[AV]\. |(?:Dr|Mr|Ms|Mrs)\.? )?{_CAPITAL}(?: {_CAPITAL}){{1,3}}")
_ASKED_FOR = re.compile(
    r"寄|送[到至]|发到|地址|电话|手机|回电|致电|联系方式|如下|以下|邮箱|加微信"
    r"|call me|phone|address|send (?:it|them|the)"
    r"|deliver|below|e-?mail (?:it|me)"
    r"|adresse|anschrift|liefer|senden sie|schicken|rufen|rückruf|livr|envoyer|rappel|dirección|entreg|env[ií]|llam"
    r"|indirizzo|consegn|spedi|chiam|(?<!其)[他她]|此人|这个人|联系客户|\b(?:him|her|them)\b|my new|:\s*\n[^\n]*\Z"
)
_NAMES_SOMEBODY = re.compile(
    r"权限|拉黑|来访|客户|access|assistant|核对|确认|是否|有误|修改|更新|变更|联系人|负责人|账号|账户|开通|添加|新增|增加|登记|抬头|开票|发票|资料|同事|接手|转给|访客|查一下|删除"
    r"|contact|\buser\b|account|colleague|kontakt|benutzer|konto|compte|utilisateur|cuenta|usuario|utente"
)
_BESIDE = re.compile(r"\s*[|｜·]\s*|\s+/\s+")
_FINISHED = re.compile(r".*[。！!.?？~]\s*")
_THANKS = re.compile(r"\s*(?:谢谢|多谢|感谢|(?:many )?thanks?)")


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
    """The lines without a signature at the end; at least one line stays. An address, a number or a person that the
    words before ask for or tell of is no signature."""
    kept = _stripped(lines)
    at = _signature_at(kept)
    if not at:
        return kept
    before = fold("\n".join(kept[:at])[-4_000:])
    closing = fold(next((line for line in reversed(kept[:at]) if line.strip()), "")[:_LONGEST_LINE])
    greets = _CLOSING.fullmatch(closing) and not _THANKS.match(closing)
    if _ASKED_FOR.search(before) or (not greets and _NAMES_SOMEBODY.search(before)):
        return kept
    return _stripped(kept[:at])


def _signature_at(lines: Sequence[str]) -> int:
    """Where the signature begins: behind a closing word, or behind a finished sentence, a blank line or a rule, and
    with a name; 0 where there is none."""
    for at in range(len(lines) - 1, max(0, len(lines) - 2 * _MOST_SIGNED), -1):
        block = [line.strip(" \t\u3000|*") for line in lines[at:] if line.strip()]
        closes = _CLOSING.fullmatch(fold(lines[at - 1][:_LONGEST_LINE])) is not None
        if (closes or _stands_alone(lines, at, block)) and _is_signature(block, sure=closes):
            return at
    return 0


def _stands_alone(lines: Sequence[str], at: int, block: Sequence[str]) -> bool:
    """Whether it begins with a name, apart from words that end: those that go on (``开通账号``, ``an account for``) may
    mean who stands below."""
    if not (_is_gap(lines[at - 1]) and _is_name(_BESIDE.split(block[0])[0])):
        return False
    last = next((line for line in reversed(lines[:at]) if not _is_gap(line)), "")
    return _FINISHED.fullmatch(last[-_LONGEST_LINE:]) is not None


def _is_gap(line: str) -> bool:
    return not line.strip() or is_rule(line)


def _is_signature(block: Sequence[str], *, sure: bool) -> bool:
    """Each line is a name, an office, a place or a way to reach somebody, one of them the last; with a name where it
    is ``sure``, else with an office."""
    if not 2 <= len(block) <= _MOST_SIGNED or any(len(line) > _LONGEST_LINE for line in block):
        return False
    kinds = [_kind(piece) for line in block if not is_rule(line) for piece in _BESIDE.split(line) if piece]
    named = "office" in kinds or (sure and "name" in kinds)
    return all(kinds) and "way" in kinds and named


def _kind(piece: str) -> str:
    folded = fold(piece)
    if _is_name(piece):
        return "name"
    forms = (("way", _CONTACT), ("office", _OFFICE), ("place", _PLACE))
    return next((name for name, form in forms if form.fullmatch(folded)), "")


def _is_name(piece: str) -> bool:
    return _NAME.fullmatch(fold(piece)) is not None or _LATIN_NAME.fullmatch(piece) is not None


def _stripped(lines: Sequence[str]) -> list[str]:
    kept = list(lines)
    while kept and _is_gap(kept[-1]):
        kept.pop()
    return kept
