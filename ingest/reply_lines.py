"""What single lines of a reply are: a separator, a quoted header, an attribution, a quote or a mobile signature."""

from __future__ import annotations

import re

LONGEST_LINE = 400
"""A line is judged by its beginning: no client writes attributions or headers longer than this."""

_SEPARATOR = re.compile(
    r"[>\s|]*[-—_=*\u2500]{2,}[\s\xa0]*(?:&nbsp;)?[\s\xa0]*"
    r"(?:原始邮件|原邮件|原始郵件|原郵件|原始信件|邮件原件|原信|历史邮件|回复的原邮件|回覆的原郵件"
    r"|Original(?: Message| Mail| E-?mail)?"
    r"|Ursprüngliche Nachricht|Message d'origine|Mensaje original|Messaggio originale|Mensagem original"
    r"|Oorspronkelijk bericht|Reply message|Replied Message|Original-Nachricht)"
    r"[\s\xa0]*(?:&nbsp;)?[\s\xa0]*[-—_=*\u2500]{2,}\s*",
    re.IGNORECASE,
)
# Gmail and Thunderbird; 163; Foxmail; Apple Mail, which draws no dashes.
_FORWARD_MARK = re.compile(
    r"\s*(?:[-—_=*]{2,}\s*(?:Forwarded (?:message|mail|e-?mail)|转发(?:的)?(?:邮件|郵件|消息|信件)(?:信息|原件)?"
    r"|(?:轉寄|轉發)(?:的)?(?:郵件|信件|訊息)(?:資訊)?)\s*[-—_=*]{2,}"
    r"|(?:Begin forwarded message|开始转发的(?:邮件|信件)|開始轉寄的(?:郵件|信件))\s*[:：])\s*",
    re.IGNORECASE,
)
_RULE = re.compile(r"[>\s]*(?:_{8,}|-{8,}|={8,}|\u2500{4,}|—{4,})\s*")
_KINDS = {
    "from": "发件人 發件人 寄件者 寄件人 From De Von Da Van Od От",
    "date": "发送时间 发送日期 發送時間 寄件日期 日期 时间 時間 Sent Date Gesendet"
    " Datum Envoyé Fecha Enviado Data Inviato Verzonden",
    "to": "收件人 收件者 To An À Para A Aan",
    "cc": "抄送 副本 Cc Kopie",
    "subject": "主题 主題 主旨 Subject Betreff Objet Asunto Oggetto Assunto Onderwerp",
}
_WORD_KIND = {word: kind for kind, words in _KINDS.items() for word in words.split()}
_HEADER = re.compile(
    r"[>\s*|\u3000]*\*{0,2}([^\W\d_](?:[^\W\d_]|[ \u3000](?=[\u4e00-\u9fff])){0,11})\s*\*{0,2}\s*[:：|]"
)
_WROTE = re.compile(
    r"(?:写道|寫道|写到|wrote|a écrit|schrieb(?: .{1,80})?|escribió|ha scritto|escreveu|schreef(?: .{1,80})?"
    r"|napisał\(?a?\)?)"
    r"\s*[:：]?\s*\**\s*$"
)
_DATE = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]|\d{1,2}:\d\d|\d{1,2}[./]\d{1,2}[./](?:\d\d){1,2}|\d{1,2}月\s*\d{1,2}日?"
    r"|\b(?:Jan|Feb|M[aä]r|Apr|May|Mai|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])\w*\.?,? \d"
    r"|\d\.? (?:Jan|Feb|M[aä]r|Apr|Ma[iy]|Jun|Jul|Aug|Sep|O[ck]t|Nov|De[cz])"
)
_MOBILE = re.compile(
    r"\s*(?:(?:发自|發自|來自|来自|传自|寄自)(?:我的|我|于)?\s*(?:iPhone|iPad|Mac|Android|安卓|华为|華為|HUAWEI|小米|MI|荣耀|HONOR|OPPO|vivo"
    r"|三星|Samsung|手机|手機|网易|網易|QQ|Foxmail|Outlook|新浪|阿里|钉钉|釘釘|企业微信|企業微信|移动|Yahoo|Gmail|139|189)[^，。！？,!?]{0,30}"
    r"|从(?:我的)?\s*(?:iPhone|iPad|Windows|Mac|手机)[^，。！？]{0,20}发送|從(?:我的)?\s*(?:iPhone|iPad|Windows|Mac|手機)[^，。！？]{0,20}傳送"
    r"|从我的.{1,20}发送|傳送自 .{1,30}|发送自 .{1,30}|通过(?:企业微信|钉钉)发送"
    r"|(?:获取|取得|下载|下載)\s*Outlook for .{1,20}(?:<[^>]{0,200}>)?|Get Outlook for .{1,20}(?:<[^>]{0,200}>)?"
    r"|Sent from (?:my |Mail for |Outlook|Yahoo|Samsung|Huawei|Proton|the ).{0,60}|Sent via .{1,40}|Sent with .{1,40}"
    r"|Von meinem .{1,30} gesendet|Envoyé (?:de mon|depuis) .{1,30}|Enviado desde mi .{1,30}"
    r"|Inviato da(?:l mio)? .{1,30}"
    r"|Enviado do meu .{1,30}|Verstuurd vanaf mijn .{1,30}|Mobile device.{0,20})\s*\.?\s*",
    re.IGNORECASE,
)


def is_separator(line: str) -> bool:
    """``------------------ 原始邮件 ------------------`` and its like; bare dashes are a writer's own."""
    return _SEPARATOR.fullmatch(line[:LONGEST_LINE]) is not None


def is_forward_mark(line: str) -> bool:
    """``---------- Forwarded message ---------`` and its like, which a client writes above what it passes on."""
    return _FORWARD_MARK.fullmatch(line[:LONGEST_LINE]) is not None


def is_rule(line: str) -> bool:
    return _RULE.fullmatch(line[:LONGEST_LINE]) is not None


def header_kind(line: str) -> str:
    """Which header of a quoted mail the line shows ('from', 'date', 'to', 'cc', 'subject') or ''."""
    found = _HEADER.match(line[:LONGEST_LINE])
    if not found:
        return ""
    word = found[1].replace(" ", "").replace("\u3000", "")
    return _WORD_KIND.get(word, "")


def is_wrote_line(line: str) -> bool:
    """Ends as an attribution does (``… 写道：``, ``… wrote:``)."""
    return len(line) <= LONGEST_LINE and _WROTE.search(line) is not None


def has_date(line: str) -> bool:
    return _DATE.search(line[:LONGEST_LINE]) is not None


def is_quoted(line: str) -> bool:
    return line.lstrip(" \t").startswith((">", "\uff1e"))


def is_mobile_signature(line: str) -> bool:
    return len(line) <= 120 and _MOBILE.fullmatch(line) is not None
