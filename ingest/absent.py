"""Decides by its words alone that an answer was written by a machine: its owner is away, or the mail was read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.domain.mail import Automatic
from core.text.fold import fold

LONGEST = 600
"""Who says more than that says something."""
_MOST_SIGNED, _MARKS = 6, " .…~-—*,，、:："
_ENDS = re.compile(r"[。！!；;]+|\.(?=\s|$)|[，,、](?=[\u4e00-\u9fff0-9])|(?<=[\u4e00-\u9fff])[，,、：:]+")
_WHEN = r"[一二三四五六七八九十0-9年月日号天周午早晚\s~—:/.()-]"
_ABSENT = "休假|年假|产假|病假|婚假|丧假|事假|请假|休息|度假|放假|出差|外出|不在办公室|不在公司|离职"
_FEAST = "国庆|春节|元旦|五一|端午|中秋|清明"
_WANTED = r"want|tell|inform|tried|try|wonder\w*|order|card|bank|account|deliver\w*|ship\w*|pay\w*"

_READ = re.compile(
    r"\s*your message\b.{0,500}\bwas (?:read|deleted without being read) on\b.{0,80}"
    r"|\s*(?:您|你)(?:的|发送的|于.{0,40}发送的|发给.{0,60}的)?邮件.{0,400}"
    r"(?:已于|已在|于).{0,40}(?:阅读|读取|打开|查看|删除).{0,10}",
    re.DOTALL,
)
_PERSON = re.compile(
    r"[?？吗呢]|怎么|什么|多少|哪|能否|可否|是否|为何|请问|请尽快|麻烦|帮忙|希望|要求|需要[你您]|投诉|退款|退货|换货|发票|合同|故障"
    r"|\b(?:could|can|would) you\b|\b(?:help|invoice|refund|need)\b"
    r"|\bplease (?!contact|call|e-?mail|reach|note|accept|be|do not|send your)"
)
_FORMS = {
    "greeting": re.compile(
        r"(?:尊敬的|亲爱的|各位)?.{0,10}(?:您好|你好|先生|女士|客户|朋友|同事)|尊敬的.{0,12}"
        r"|(?:hi|hello|dear)\b.{0,40}|good (?:day|morning|afternoon).{0,20}"
    ),
    "note": re.compile(
        r"[(（【\[]?(?:这是|此为|[本此]邮件(?:为|是|系))?(?:一封)?(?:系统)?自动(?:回复|发送)(?:的)?(?:邮件|信息|消息)?[)）】\]]?"
        r"|请(?:勿|不要)(?:直接)?回复[本此]邮件|please do not reply.{0,40}"
        r"|(?:this is an )?auto(?:matic|mated|matically)?[- ]?(?:reply|response|generated.{0,40})"
    ),
    "received": re.compile(
        r"[您你](?:的|发来的|发送的)?(?:邮件|来信|来件|信件)(?:我|我们|本人)?(?:已经|已)?(?:成功)?(?:收到|收悉|送达)"
        r"|(?:我|我们|本人)?(?:已经|已)收到[您你]?(?:的|发来的)?(?:邮件|来信)|(?:邮件|来信|来件)(?:已经|已)?(?:收到|收悉)"
        r"|(?:thank you|thanks) for (?:your|the) (?:e-?mail|message).{0,60}"
        r"|(?:i|we) have received your (?:e-?mail|message).{0,40}"
        r"|your (?:e-?mail|message) (?:has been|was|is) received.{0,40}"
    ),
    "urgent": re.compile(
        r"(?:如|若|如果|倘若|有|遇)?[您你]?(?:有|遇到|遇|需)?.{0,6}(?:急事|紧急|要事|急需).{0,20}"
        r"|(?:if|for|in case|in urgent).{0,60}(?:urgent|emergenc|immediate|assistance).{0,120}"
    ),
    "contact": re.compile(
        r"(?:请|可|烦请)?(?:直接)?(?:联系|致电|拨打|电话|与|洽|发邮件|发送邮件).{0,60}"
        r"|please (?:contact|call|e-?mail|reach).{0,120}"
    ),
    "away": re.compile(
        rf"(?:由于|因为|因)?(?:我们|我|本人|我司|本公司|公司)?(?:现在|目前|正在|今天|明天|[本下这]周|近期|已经|{_FEAST}|外地"
        rf"|{_WHEN}|[现正将会已于在从自因至到休]){{0,24}}(?:{_ABSENT})"
        rf"(?:期间|正常上班|上班|返回|回来|{_WHEN}|[中了起到至直止前后]){{0,24}}"
        r"|(?:please note that )?(?:i|we)(?:'m|'ll be| am| are| will be| have been) (?:currently |now |presently )?"
        r"(?:out of (?:the )?office|on (?:\w+ ){0,2}(?:leave|vacation|holidays?)|away|travell?ing|on a business trip)"
        r"(?: (?:until|till|from|through|this|next|today|with (?:limited|no)|and (?:will|have)|returning|back|for)\b"
        rf"(?!.*\b(?:{_WANTED})\b).{{0,100}})?"
        r"|(?:i|we) (?:have|will have) (?:limited|no) access to (?:my |our )?e-?mails?.{0,60}"
    ),
    "later": re.compile(
        r"(?:我|我们|本人)?.{0,16}(?:会|将|再|稍后|尽快|及时|第一时间).{0,12}(?:回复|答复|处理|查看|联系|回信).{0,12}"
        r"|.{0,12}(?:无法|不能|不便).{0,8}(?:回复|查看|处理|接听).{0,12}|.{0,12}(?:回复|处理).{0,6}(?:延迟|不及时|较慢).{0,8}"
        r"|.{0,10}(?:返回|回来|恢复上班|正常上班|返岗)"
        r"|(?:i|we)(?:'ll| will| shall) (?:get back to you|respond|reply|answer|return|be back|read).{0,100}"
        r"|(?:my|our) (?:reply|response)s? (?:may|might|will) be (?:delayed|slow|late).{0,60}"
    ),
    "sorry": re.compile(
        r"(?:敬请|请|望|还请)?您?(?:谅解|见谅|理解|海涵)|.{0,16}(?:不便|抱歉|对不起).{0,12}"
        r"|(?:sorry|we apologi[sz]e|i apologi[sz]e|apologies).{0,60}"
    ),
    "closing": re.compile(
        r"(?:非常)?(?:谢谢|感谢).{0,14}|祝.{0,12}|此致|敬礼|顺颂.{0,4}|(?:many )?thanks?(?: you)?(?: in advance)?"
        r"|(?:best |kind |warm )?regards|best(?: wishes)?|sincerely|yours.{0,12}|cheers"
    ),
}  # fmt: skip
"""What a machine says, clause by clause; whom else to ask only behind what is said for urgent matters."""
_SIGNATURE = re.compile(
    r"[\u4e00-\u9fff·]{2,4}|[a-z.'-]+(?: [a-z.'-]+){0,3}"
    r"|.{0,24}(?:公司|集团|部|中心|办公室|经理|总监|工程师|主管|顾问|助理|专员|科技|有限|ltd|inc|gmbh|llc|corp)\.?"
    r"|.{0,12}(?:电话|手机|邮箱|地址|传真|微信|网址|tel|phone|mobile|mail|fax|qq|www|http|@).{0,60}|[+0-9()\s-]{7,30}"
)


def spoken_kind(words: str) -> tuple[Automatic | None, str]:
    """The kind and the reason of an answer with these own words; (None, '') as soon as one of its clauses is none of a
    machine's: whoever adds a demand is a person."""
    if not words.strip() or len(words) > LONGEST:
        return None, ""
    folded = fold(words)
    if _READ.fullmatch(folded.rstrip()):
        return Automatic.REPORT, "the words of a receipt for reading"
    if _PERSON.search(folded):
        return None, ""
    kinds = list(_kinds(folded.splitlines()))
    said = {kind for kind in kinds if kind}
    if all(kinds) and ("away" in said or ("later" in said and said & {"received", "note"})):
        return Automatic.AUTO_REPLY, "the words of an automatic reply"
    return None, ""


def _kinds(lines: list[str]) -> Iterator[str]:
    """What each clause is, '' for one that no machine says. At the end stand some lines of a signature."""
    before, signed, said = "", 0, False
    for line in lines:
        found = [before := _kind(clause, before) for one in _ENDS.split(line) if (clause := one.strip(_MARKS))]
        if not all(found) and said and signed < _MOST_SIGNED and _SIGNATURE.fullmatch(line.strip(_MARKS)):
            signed += 1
            continue
        yield from found
        said = said or bool({"away", "received", "later"} & set(found))


def _kind(clause: str, before: str) -> str:
    forms = (name for name in _FORMS if name != "contact" or before in ("urgent", "contact"))
    return next((name for name in forms if _FORMS[name].fullmatch(clause)), "")
