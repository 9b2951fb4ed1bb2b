"""Decides by its words alone that an answer was written by a machine: its owner is away, or the mail was read."""

from __future__ import annotations

import re
from collections.abc import Iterator

from core.domain.mail import Automatic
from core.text.fold import fold
from ingest.signature import SURNAMES

LONGEST = 600
"""Who says more than that says something."""
_LONGEST_CLAUSE, _MOST_SIGNED, _MARKS = 200, 6, " .…~-—*,，、:："
_ENDS = re.compile(
    r"[。！!；;】]+|(?<=\bhi),\s|(?<=\bhello),\s|\.(?=\s|$)|[，,、](?=[\u4e00-\u9fff0-9])|(?<=[\u4e00-\u9fff])[，,、：:]+"
)

_I = r"(?:我们?|本人|我司|本公司|公司)"
_WHEN = (
    r"[一二三四五六七八九十两0-9年月日号天周星期点时分午早晚上下本这今明后内起至到底初节假个工作小左右间结束之"
    r"~—:/.()\s-]"
)
_ABSENT = "休假|年假|产假|病假|婚假|丧假|事假|陪产假|请假|休息|度假|放假|出差|外出|有事不在|不在办公室|不在公司|离职"
_FEAST = "国庆|春节|元旦|端午|中秋|清明"
_MAILS = r"(?:[您你]|各位|大家)?(?:的|发来的|发送的)?(?:邮件|来信|来件|信件|信息|消息)"
_SEND_TO = r"(?:电话联系|联系|联络|致电|拨打|电话|与|和|洽|发邮件|发送邮件)(?!我(?!们?的?同事|司))"
_NO_DEMAND = r"(?!.*(?:订单|退|换|发货|安装|维修|账号|密码|系统|故障|设备|机器|快递|款|催|改))"
_CONTACT = rf"(?:请|可|可以|烦请)?(?:直接)?{_SEND_TO}{_NO_DEMAND}.{{0,60}}"
_IF = r"(?:(?:在此|此|这|休假|出差|假期)?期间)?(?:如果|如|若|倘若|假如)"
_URGENT = (
    r"[您你]?(?:有|遇到|遇)?"
    r"(?:急事|紧急(?:情况|事项|事务|事宜|事情|问题|需要|需求)?|要事|急需)(?:时|的话|需要?(?:处理|联系))?"
)

_TIMES = (
    r"(?:[ ,./()-]*\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|mon|tues?|wed|thur?s?|fri|sat|sun"
    r"|january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|\d{1,4}(?:st|nd|rd|th)?|next|this|weeks?|months?|year|tomorrow"
    r"|today|morning|afternoon|noon|end|christmas|easter|new|the|of|on|at|in|and|to|until|till|through|from|starting"
    r"|for|by|after|within|before|one|two|three|four|five|a|few|working|business|days?|hours?|early|late|mid|inclusive"
    r"|am|pm|utc|gmt)\b)*\)?"
)
_ACCESS = (
    r"(?:very |only )?(?:limited|no|intermittent|restricted) access to (?:my |our |the )?"
    r"(?:e-?mails?|mailbox|inbox|messages|voicemail|internet)(?: and (?:phone|voicemail|messages|calls|internet))?"
)
_BACK = (
    r"(?:not )?(?:return(?:ing)?|be (?:back|returning)|get back|back)"
    r"(?: (?:to|in|at) (?:the |my )?(?:office|work|desk)\b)?"
)
_REPLY = (
    r"(?:get back to you|(?:reply|respond|answer|read)"
    r"(?: (?:to )?(?:you|it|(?:(?:your|all|any|my) )?(?:e-?mails?|messages?|enquiry|inquiry|request)))?)"
)
_SOON = (
    r"(?:,? (?:as soon as (?:possible|(?:i|we) (?:can|return|get back|am back|are back))|(?:up)?on my return"
    r"|(?:when|once|after) (?:i return|i'm back|i am back|my return)|shortly|soon|in due course"
    r"|at (?:my|our) earliest (?:convenience|opportunity)))?"
)
_ASK_OTHERS = (
    r"(?:please |kindly |you (?:can|may) )?(?:contact|call|e-?mail|reach(?: out to)?|write to|get in touch with)"
    r"(?! (?:me|us|back)\b)(?!.*\b(?:refund|order|deliver\w*|cancel\w*|invoice|broken|about)\b) .{1,100}"
)
_PRESSING = (
    r"(?:if (?:your \w+ is|it(?:'s| is)|this is|you (?:need|require|have))|for|in case of|in)(?: an?| any)?"
    r"(?: (?:urgent|emergency|emergencies|immediate|pressing))*"
    r"(?: (?:urgent|emergency|emergencies|matters?|issues?|requests?|cases?|assistance|attention|enquir(?:y|ies)"
    r"|quer(?:y|ies)|questions?))(?: (?:in|during|while) (?:my absence|the meantime|i am away|this time))?"
)

_CLOCK = r"[0-9年月日号点时分秒上下午星期周一二三四五六天:/.,()+\s-]*"
_DATED = rf"{_CLOCK}[0-9]{_CLOCK}"
_READ = re.compile(
    r"\s*your message\b(?:\s+(?:to|subject|sent|date)\s?:.{0,400})?\s+was (?:read|deleted without being read) on"
    rf"(?=.*\d){_TIMES}(?:[ ,]*\d\d?:\d\d(?::\d\d)?{_TIMES})?[.\s]*"
    r"|\s*[您你](?:发送|于.{0,40}发送|发给.{0,40})?的邮件(?:\s*(?:《[^》]*》|[“\"][^”\"]*[”\"]|(?:收件人|主题|发送时间):.{0,400}))?"
    rf"\s*(?:已于|已在|于){_DATED}被?(?:阅读|读取|打开|查看|删除)[了过]?[。.\s]*",
    re.DOTALL,
)
_QUESTION = re.compile(r"[?？吗呢]")
_SOON_SAID = re.compile(r"尽快|稍后|稍晚|第一时间|及时|小时|工作日|soon|shortly|within|in due course|earliest|return")
_OFFICE_UNTIL = re.compile(r"out of (?:the )?office\b.*\b(?:until|till|return)\b")
_FORMS = {
    "greeting": re.compile(
        r"(?:尊敬的|亲爱的)?[\u4e00-\u9fff]{0,4}(?:您好|你好|先生|女士)(?:您好|你好)?"
        r"|(?:尊敬的|亲爱的|各位)[\u4e00-\u9fff]{0,4}(?:客户|朋友|同事|用户|伙伴)(?:您好|你好)?"
        r"|(?:hi|hello|hey|dear)(?: (?:there|all|team|sir|madam|or|sender|customer|colleagues?|mr|ms|mrs"
        r"|dr))*(?: [a-z'-]+)?"
        r"|good (?:day|morning|afternoon)"
    ),
    "note": re.compile(
        r"[(（【\[]?(?:这是|此为|[本此]邮件(?:为|是|系))?(?:一封)?(?:系统)?自动(?:回复|发送)(?:的)?(?:邮件|信息|消息)?[)）】\]]?"
        r"|请(?:勿|不要)(?:直接)?回复(?:[本此]邮件)?|please do not reply(?: to this (?:e-?mail|message|address))?"
        r"|(?:this is an )?auto(?:matic|mated|matically)?[- ]?(?:reply|response|generated (?:reply|response"
        r"|e-?mail|message))"
    ),
    "received": re.compile(
        rf"{_MAILS}{_I}?(?:已经|已)?(?:成功)?(?:收到|收悉|送达)"
        rf"|{_I}?(?:已经|已)?收到[您你](?:的|发来的)?(?:邮件|来信)"
        r"|(?:thank you|thanks) (?:very much )?for (?:your|the) (?:e-?mail|message)"
        r"|(?:i|we) have received your (?:e-?mail|message)|your (?:e-?mail|message) (?:has been|was|is) received"
    ),
    "urgent": re.compile(
        rf"{_IF}{_URGENT}(?:{_CONTACT})?|(?:期间)?{_URGENT}{_CONTACT}"
        rf"|{_PRESSING}(?:,? {_ASK_OTHERS})?"
    ),
    "contact": re.compile(rf"{_CONTACT}|{_ASK_OTHERS}|[+0-9() -]{{7,30}}"),
    "away": re.compile(
        rf"(?:由于|因为|因)?{_I}?(?:[现正已经将会于在从自因休]|目前|{_FEAST}|外地|国外|{_WHEN}){{0,24}}"
        rf"(?:{_ABSENT})(?:中|直|{_WHEN}){{0,24}}(?:(?<=[日号天一二三四五六])(?:返回|回来|上班|正常上班))?"
        r"|(?:please note that )?(?:i|we)(?:'m|'ll be| am| are| will be| have been) (?:currently |now |presently )?"
        r"(?:out of (?:the )?office|on (?:(?!my)\w+ ){0,2}(?:leave|vacation|holidays?)|away(?: from (?:the"
        r"|my) (?:office|desk))?"
        rf"|travell?ing|on a business trip)\b{_TIMES}"
        rf"(?:,? (?:and )?(?:i )?(?:with|have|will have) {_ACCESS})?(?:,? (?:and )?(?:i )?(?:will )?{_BACK}{_TIMES})?"
        rf"(?:,? and (?:i )?will {_REPLY}{_TIMES}{_SOON})?"
        rf"|(?:i|we) (?:have|will have) {_ACCESS}{_TIMES}"
    ),
    "later": re.compile(
        # Atomic, the longer before the shorter: each stretch has one way to be read.
        rf"(?>{_I}|上班|{_WHEN}|会|将|再|可能|能|稍|些|儿|尽快|及时|第一时间|立即|马上|统一|逐一|陆续|届时|于|在|返回|回来|正常上班"
        r"|回到办公室|返岗|收到|看到|查看|给|向|对|与|跟|和|您|你|各位|大家|邮件|来信|的|并|予以|进行|取得){0,30}"
        rf"(?:回复|答复|回信|联系|处理|查看)(?:{_MAILS}|[您你])?"
        rf"|(?:期间|暂时?|可能|将|会|故|因此|或){{0,3}}(?:无法|不能|不便|不方便)(?:及时|立即|马上|第一时间|正常|随时)?"
        rf"(?:回复|查看|处理|接听)(?:{_MAILS}|[您你]|电话)?"
        rf"|(?:期间|可能|会){{0,3}}(?:{_MAILS})?(?:的)?(?:回复|处理)(?:可能|会|将|或|有所|有|较|出现){{0,3}}(?:延迟|不及时|慢)"
        rf"|(?:预计|将|会|于|在){{0,3}}{_WHEN}{{1,16}}(?:返回|回来|恢复上班|正常上班|返岗|上班)(?:办公室)?"
        r"|(?:(?:during|in) (?:this|that|my) (?:time|period|absence),? )?"
        rf"(?:i|we)(?:'ll| will| shall)(?: (?:not be able|be unable) to)? (?:{_REPLY}|{_BACK}){_TIMES}{_SOON}"
        r"|(?:my|our) (?:reply|response)s? (?:may|might|will) be (?:delayed|slow|slower than usual|late)"
    ),
    "sorry": re.compile(
        r"(?:(?:由此|给您|对此|因此|如有|若有)?(?:带来|造成)?(?:的)?不便(?:之处)?)?(?:敬请|请|望|还请|深表|表示)?您?"
        r"(?:谅解|见谅|理解|海涵|歉意|抱歉)|(?:非常|很|十分)?(?:抱歉|对不起)"
        r"|(?:sorry|we apologi[sz]e|i apologi[sz]e|apologies)(?: for (?:the|any) (?:inconvenience|delay)(?: caused)?)?"
    ),
    "closing": re.compile(
        r"(?:非常)?(?:谢谢|感谢)(?:您|你|大家|的|来信|邮件|来函|理解|关注|支持|配合|谅解|合作){0,5}"
        r"|祝(?:好|您|你|商祺|工作|生活|顺利|愉快|一切|身体|健康|假期|节日|快乐){1,5}|此致|敬礼|顺颂(?:商祺|时祺|近安)?"
        r"|(?:many )?thanks?(?: you)?(?: in advance)?"
        r"|(?:best |kind |warm )?regards|best(?: wishes)?|sincerely|yours(?: sincerely| faithfully| truly)?|cheers"
    ),
}  # fmt: skip
"""What a machine says, clause by clause, each with closed words; whom else to ask only behind what is said for urgent
matters."""
_SIGNATURE = re.compile(
    rf"[{SURNAMES}][\u4e00-\u9fff]{{1,2}}|[A-Z][\w.'-]+(?: [A-Z][\w.'-]*){{1,3}}"
    r"|[^\s请把给改开寄送要是的了没不，,]{1,20}(?:公司|集团|部|中心|办公室|经理|总监|工程师|主管|顾问|助理|专员)"
    r"|(?:[A-Z][\w.&'-]*,? ){1,5}(?:Ltd|Inc|GmbH|LLC|Corp|AG)\.?"
    r"|(?:电话|手机|邮箱|地址|传真|微信|网址|Tel|Phone|Mobile|E?-?[Mm]ail|Fax|QQ)\s?[:：.].{1,60}"
    r"|[+0-9()\s-]{7,30}|(?:https?://|www\.)\S+|\S+@\S+",
)


def spoken_kind(words: str) -> tuple[Automatic | None, str]:
    """The kind and the reason of an answer with these own words; (None, '') as soon as one of its clauses is none of a
    machine's: whoever adds a demand is a person."""
    if not words.strip() or len(words) > LONGEST:
        return None, ""
    folded = _folded(words)
    if _READ.fullmatch(folded.rstrip()):
        return Automatic.REPORT, "the words of a receipt for reading"
    if _QUESTION.search(folded):
        return None, ""
    kinds = list(_kinds(words.splitlines()))
    said = {kind for kind in kinds if kind}
    if all(kinds) and _is_enough(said, folded):
        return Automatic.AUTO_REPLY, "the words of an automatic reply"
    return None, ""


def _is_enough(said: set[str], folded: str) -> bool:
    """To be away alone is what a person answers, too, when he is asked for a day."""
    if "away" in said:
        return bool(said & {"later", "urgent", "note", "received"}) or bool(_OFFICE_UNTIL.search(folded))
    return "later" in said and ("note" in said or ("received" in said and bool(_SOON_SAID.search(folded))))


def _kinds(lines: list[str]) -> Iterator[str]:
    """What each clause is, '' for one that no machine says. At the end stand some lines of a signature."""
    before, signed, said = "", 0, False
    for line in lines:
        clauses = (clause for one in _ENDS.split(_folded(line)) if (clause := one.strip(_MARKS)))
        found = [before := _kind(clause, before) for clause in clauses]
        if not all(found) and said and signed < _MOST_SIGNED and _signs(line):
            signed += 1
            continue
        yield from found
        said = said or bool({"away", "received", "later"} & set(found))


def _folded(words: str) -> str:
    return fold(words).replace("’", "'")


def _signs(line: str) -> bool:
    bare = line.strip(_MARKS)
    return bool(_SIGNATURE.fullmatch(bare) or _SIGNATURE.fullmatch(fold(bare)))


def _kind(clause: str, before: str) -> str:
    if len(clause) > _LONGEST_CLAUSE:
        return ""
    forms = (name for name in _FORMS if name != "contact" or before in ("urgent", "contact"))
    return next((name for name in forms if _FORMS[name].fullmatch(clause)), "")
