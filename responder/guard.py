"""Decides whether an automatic letter may answer a mail at all, and if not, why (RFC 3834, DOMAIN 9)."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from core.domain.authentication import Authentication
from core.domain.letter import LettersMode
from core.domain.mail import Address, Automatic, ParsedMail

_NO_REPLY = re.compile(
    r"(?:(?:no|do[._-]?not)[._-]?reply|mailer[._-]?daemon|postmaster|bounces?|abuse|autoreply|auto[._-]?reply|"
    r"notifications?|null|nobody|root)(?:[+._-].*)?|.*[._-](?:no|do[._-]?not)[._-]?reply|(?:owner-.+)|(?:.+-(?:request|owner|bounces))"
)
# A human's mail may carry it, too, so it costs the letter and never the ticket (MS-OXCMAIL).
_SUPPRESSED = re.compile(r"\b(?:all|autoreply)\b", re.IGNORECASE)

REPLY = "reply-to-open-ticket"
"""The one reason beside which a short line may go."""
SPAM_TICKET = "spam-ticket"
"""A person's word, not a mark of the mail."""

_AUTOMATIC_WORDS = {
    Automatic.OWN: ("我们自己发出的信", "our own letter"),
    Automatic.BOUNCE: ("退信", "a bounce"),
    Automatic.REPORT: ("投递报告或回执", "a delivery report or receipt"),
    Automatic.AUTO_REPLY: ("对方的自动回复", "an automatic reply"),
    Automatic.LIST: ("群发或订阅邮件", "a mailing list or bulk mail"),
}
_WORDS = {
    "no-sender": ("没有可用的发件人地址", "there is no usable sender address"),
    "our-own-address": ("发件人是我们自己的信箱", "the sender is one of our own mailboxes"),
    "noreply-address": ("发件人地址不接收回信", "the sender's address takes no replies"),
    "null-return-path": ("退信路径为空，来信不期待回复", "the return path is null: no answer is expected"),
    "suppressed": ("来信要求不要自动回复", "the mail asks for no automatic answer"),
    "forged-sender": ("发件人未通过验证，可能是冒用", "the sender failed authentication and may be forged"),
    "spam": ("判为垃圾邮件", "judged to be spam"),
    SPAM_TICKET: ("工单已被判为垃圾", "its ticket was called spam"),
    "old-mail": ("信箱接入之前的旧信", "mail from before the mailbox was connected"),
    "letters-off": ("发信开关为关闭（off）", "letters are switched off"),
    "letters-hold": ("发信开关为暂缓（hold）", "letters are on hold"),
    "wording": ("措辞要由第二个人放行", "a second person has to release these words"),
    "rule": ("规则要求不发回执", "a rule says that no letter is sent"),
    "letter-off": ("这封信已被停用", "this letter is switched off"),
    REPLY: ("是处理中工单的回信，不再发受理回执", "a reply to an open ticket gets no acknowledgement"),
    "same-demand-again": ("几分钟内重复提交的同一诉求", "the same demand again within minutes"),
    "copy": ("同一封信的副本", "a copy of the same mail"),
    "address-bounced": ("该地址曾退信，尚未解除", "the address has bounced and was not cleared yet"),
    "answered": ("等发期间已有人答复，这封信不再需要", "somebody answered while it waited: it is not needed any more"),
    "waiting-customer": ("正在等客户答复", "the customer's answer is awaited"),
    "night": ("夜间不发，早上 08:00 发出", "none goes out at night; it leaves at 08:00"),
    "opted-out": ("客户不再接收关怀", "the customer wants no customer care"),
    "care-lately": ("近期已给该客户发过关怀邮件", "the customer had a letter of care lately"),
    "already-appraised": ("客户这一期已经评价过", "the customer has rated this period already"),
    "open-complaint": ("客户有未办结的投诉或重大需求", "a complaint or a grave demand of his is still open"),
    "made-before": ("这一次已经做过", "it was made for this occasion before"),
    "no-consent": ("客户没有同意接收资料", "the customer has not agreed to be sent content"),
    "no-such-customer": ("没有这个客户或工单", "there is no such customer or ticket"),
    "no-ticket": ("客户还没有来信，没有工单可依", "the customer has never written: there is no ticket"),
    "no-stop-page": (
        "信箱没有客户页面，关怀邮件无法退订",
        "the mailbox has no customers' pages: the letter could not be stopped",
    ),
    "asked-enough": ("客户仍没给，但已经问够次数", "the customer still has not given it, and was asked often enough"),
    "cap-hour": (
        "一小时内发往该地址的自动信件已达上限",
        "the hourly cap of automatic letters to this address is reached",
    ),
    "cap-day": ("一天内发往该地址的自动信件已达上限", "the daily cap of automatic letters to this address is reached"),
}
SILENCE_CODES = (*(f"automatic-{kind.value}" for kind in Automatic), *_WORDS)
"""Every reason for silence; what stands behind a code after a colon is a detail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Caps:
    """How many automatic letters one address gets at most: the loop guard (two robots answering each other)."""

    hour: int = 5
    day: int = 20


def silence_reason(
    *,
    mail: ParsedMail,
    recipient: Address | None,
    letters: LettersMode = LettersMode.LIVE,
    own_addresses: Collection[str] = (),
    old: bool = False,
    spam: bool = False,
    rule: str = "",
    reply_to_open_ticket: bool = False,
    copy: bool = False,
    same_demand_again: bool = False,
    sent_last_hour: int = 0,
    sent_last_day: int = 0,
    caps: Caps | None = None,
    authentication: Authentication | None = None,
) -> str:
    """The empty string when an acknowledgement may go to ``recipient``; else the first reason against it as
    ``code`` or ``code: detail`` (codes: ``SILENCE_CODES``; words: ``silence_words``).

    ``rule`` is the reason that a rule gave, ``authentication`` what a mail server that we trust found out about the
    sender (RFC 8601). Letters in hold are no silence: they wait in the outbox.
    """
    return (
        _by_kind(mail)
        or _by_address(recipient, {address.strip().lower() for address in own_addresses})
        or _by_origin(mail, authentication)
        or _by_verdict(mail, spam=spam, rule=rule, old=old, letters=letters)
        or _by_thread(copy=copy, reply=reply_to_open_ticket, again=same_demand_again)
        or _by_caps(caps or Caps(), sent_last_hour, sent_last_day)
    )


def over_caps(sent_last_hour: int, sent_last_day: int, caps: Caps | None = None) -> str:
    """The caps alone, for the second look inside the transaction."""
    return _by_caps(caps or Caps(), sent_last_hour, sent_last_day)


def silence_words(reason: str, language: str = "zh-CN") -> str:
    """A stored reason in words; an unknown code is shown as it is."""
    code, _, detail = reason.partition(":")
    place = 1 if language.startswith("en") else 0
    if code.startswith("automatic-") and code.removeprefix("automatic-") in [kind.value for kind in Automatic]:
        found = _AUTOMATIC_WORDS[Automatic(code.removeprefix("automatic-"))][place]
        words = f"automatic mail: {found}" if place else f"自动邮件：{found}"
    elif code in _WORDS:
        words = _WORDS[code][place]
    else:
        return reason
    if not detail.strip():
        return words
    return f"{words} ({detail.strip()})" if place else f"{words}（{detail.strip()}）"


def _by_kind(mail: ParsedMail) -> str:
    if mail.automatic is None:
        return ""
    return _reason(f"automatic-{mail.automatic.value}", mail.automatic_because)


def _by_address(recipient: Address | None, own: Collection[str]) -> str:
    if recipient is None or not _usable(recipient.key):
        return "no-sender"
    local, _, domain = recipient.key.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    if recipient.key in own or plain in own:
        return "our-own-address"
    return "noreply-address" if _NO_REPLY.fullmatch(local) else ""


def _usable(address: str) -> bool:
    local, at, domain = address.rpartition("@")
    return bool(at and local and domain) and not re.search(r"[\s<>\x00-\x1f\x7f]", address)


def _by_origin(mail: ParsedMail, authentication: Authentication | None) -> str:
    if mail.header("return-path").strip() == "<>":
        return "null-return-path"
    if _SUPPRESSED.search(mail.header("x-auto-response-suppress")):
        return "suppressed: X-Auto-Response-Suppress"
    if authentication is not None and authentication.is_forged:
        # Whoever he says he is did not write: an answer would be mail that nobody asked for.
        return f"forged-sender: {authentication}"
    return ""


def _by_verdict(mail: ParsedMail, *, spam: bool, rule: str, old: bool, letters: LettersMode) -> str:
    if spam or mail.spam_because:
        return _reason("spam", mail.spam_because)
    if old:
        return "old-mail"
    if letters is LettersMode.OFF:
        return "letters-off"
    return _reason("rule", rule) if rule else ""


def _by_thread(*, copy: bool, reply: bool, again: bool) -> str:
    if copy:
        return "copy"
    if reply:
        return REPLY
    return "same-demand-again" if again else ""


def _by_caps(caps: Caps, hour: int, day: int) -> str:
    if day >= caps.day:
        return _reason("cap-day", f"{day}/{caps.day}")
    return _reason("cap-hour", f"{hour}/{caps.hour}") if hour >= caps.hour else ""


def _reason(code: str, detail: str) -> str:
    return f"{code}: {detail}" if detail else code
