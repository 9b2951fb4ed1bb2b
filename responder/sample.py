"""Invents a ticket, so that each letter can be seen before there is any: in a preview, a gallery and in tests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from core.domain.calendar import BusinessCalendar
from core.domain.decision import By, Choice, Decision, Facts
from core.domain.letter import LetterIntent, LetterKind
from core.domain.mail import Address
from responder.variables import acknowledgement_variables, told_variables
from responder.wording import period_words

NUMBER = "20260305001"
RECEIVED = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
AT_NIGHT = datetime(2026, 3, 6, 14, 30, tzinfo=UTC)
TYPES = ("咨询", "问题反馈", "投诉", "功能需求", "服务需求", "合作需求")
ADDRESS = "wang@example.com"
_KINDS = {
    "acknowledgement": LetterKind.ACKNOWLEDGEMENT, "progress": LetterKind.PROGRESS, "noted": LetterKind.NOTICE,
    "reminder": LetterKind.NOTICE, "extension": LetterKind.NOTICE, "urge": LetterKind.NOTICE,
    "reopening": LetterKind.NOTICE, "link": LetterKind.NOTICE,
}  # fmt: skip
_ASKING = ("result", "reminder")
VOTE = "sample"
STOP = "https://help.example.com/stop/sample"


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """Who wrote, in one language, and what an agent answered."""

    name: str
    agent: str
    subject: str
    text: str
    note: str
    reason: str
    missing: str
    body: str
    care: str


CUSTOMERS: Mapping[str, Customer] = {
    "zh-CN": Customer(
        name="王女士", agent="李敏", subject="订单 88231 的咖啡机漏水",
        text="你好，\n上周买的咖啡机用了三天就开始漏水。请问怎么处理？",
        note="新机器今天已经寄出，运单号 SF1234567890。\n"
        "旧机器请放在原来的箱子里，快递员会上门来取，运费由我们承担。",
        reason="要更换的密封圈在途中延误，供应商 3月6日 才能送到我们这里。",
        missing="订单号（在确认邮件的第一行，例如 88231）",
        body="王女士，您好！\n\n"
        "咖啡机漏水的原因找到了：水箱的密封圈装反了。\n"
        "新的密封圈今天寄出，周五 18:00 前送到您手上。\n\n"
        "装上以后如果还漏水，直接回复这封邮件，我来为您换一台。",
        care="您的咖啡机满一年了，除垢的方法请看说明书第 12 页。",
    ),
    "zh-TW": Customer(
        name="陳怡君", agent="林美玲", subject="訂單 88231 的咖啡機漏水",
        text="您好，\n上週買的咖啡機用了三天就開始漏水。請問怎麼處理？",
        note="新機器今天已經寄出，託運單號 SF1234567890。\n"
        "舊機器請放在原來的箱子裡，快遞員會到府收件，運費由我們負擔。",
        reason="要更換的密封圈在途中延誤，供應商 3月6日 才能送到我們這裡。",
        missing="訂單編號（在確認信的第一行，例如 88231）",
        body="陳怡君，您好！\n\n"
        "咖啡機漏水的原因找到了：水箱的密封圈裝反了。\n"
        "新的密封圈今天寄出，週五 18:00 前送到您手上。\n\n"
        "裝上以後如果還漏水，直接回覆這封郵件，我來為您換一台。",
        care="您的咖啡機滿一年了，除垢的方法請看說明書第 12 頁。",
    ),
    "en": Customer(
        name="Ms Wright", agent="Min Li", subject="Order 88231: the coffee machine leaks",
        text="Hello,\nThe coffee machine that I bought last week began to leak after three days. What can I do?",
        note="A new machine was sent today; the parcel's number is SF1234567890.\n"
        "Please put the old one into its box: the "
        "courier will collect it, and we pay for that.",
        reason="The seal that has to be exchanged is late; our supplier will have it here on 6 March.",
        missing="the order number (it stands in the first line of our confirmation, such as 88231)",
        body="Dear Ms Wright,\n\n"
        "We found out why it leaks: the seal of the water tank sits upside down.\n"
        "A new seal leaves "
        "today and will be with you by Friday, 18:00.\n\n"
        "If it still leaks then, reply to this mail and I will exchange it.",
        care="Your coffee machine is a year old: page 12 of the manual tells how to descale it.",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One way in which a letter can turn out; ``key`` is '' for the ordinary one."""

    letter: str
    key: str = ""
    type_: str = ""
    urgency: str = ""
    received: datetime = RECEIVED
    bare: bool = False
    split: str = ""

    @property
    def slug(self) -> str:
        return f"{self.letter}-{self.key}" if self.key else self.letter


def cases(names: tuple[str, ...]) -> Iterator[Case]:
    """Each letter as it ordinarily is, and what else the acknowledgement and the short note can say."""
    slugs = ("inquiry", "problem", "complaint", "feature", "service", "cooperation")
    for name in names:
        yield Case(letter=name)
        if name in ("acknowledgement", "noted"):
            yield Case(letter=name, key="after-hours", received=AT_NIGHT)
        if name == "answer":
            yield Case(letter=name, key="result")
        if name == "acknowledgement":
            yield Case(letter=name, key="urgent", urgency="紧急")
            yield Case(letter=name, key="bare", bare=True)
            yield Case(letter=name, key="split", split="20260305000")
            for key, type_ in zip(slugs, TYPES, strict=True):
                yield Case(letter=name, key=key, type_=type_)


def sample_intent(
    case: Case, language: str, calendar: BusinessCalendar, mailbox: str, bundle: str = ""
) -> LetterIntent:
    """The intent of a letter to nobody."""
    who = CUSTOMERS[language]
    told = calendar.add_working(case.received, 120)
    variables = acknowledgement_variables(
        language=language,
        number=NUMBER,
        subject="" if case.bare else who.subject,
        text="" if case.bare else who.text,
        name="" if case.bare else who.name,
        address=ADDRESS,
        received=case.received,
        told=None if case.bare else told,
        calendar=calendar,
        decision=_decided(case),
        split=case.split,
    )
    variables |= told_variables(None, told - timedelta(hours=1), calendar, language)
    variables |= {"note": _note(case.letter, who), "missing": who.missing, "body": who.body}
    if case.letter in _ASKING or case.key == "result":
        variables |= {"asks": "1", "vote": VOTE}
    if case.letter == "care-satisfaction":
        variables |= {"period": period_words("2026H1", language), "survey": VOTE}
    kind = LetterKind.CARE if case.letter.startswith("care-") else _KINDS.get(case.letter, LetterKind.AGENT)
    if kind in (LetterKind.AGENT, LetterKind.CARE):
        variables["agent"] = who.agent
    return LetterIntent(
        id=1,
        ticket_id=1,
        kind=kind,
        occasion="sample",
        template=case.letter,
        language=language,
        bundle=bundle,
        mailbox=mailbox,
        recipient=Address(name=who.name, address=ADDRESS),
        variables=variables,
        date=case.received,
        message_id="sample@huiying",
        in_reply_to="customer@example.com",
        not_before=case.received,
    )


def _note(letter: str, who: Customer) -> str:
    if letter.startswith("care-"):
        return who.care
    if letter in ("extension", "apology", "news"):
        return who.reason
    return "" if letter == "question" else who.note


def _decided(case: Case) -> Decision:
    chosen = {"type": case.type_, "urgency": case.urgency}
    choices = {name: Choice(value=value, by=By.RULE) for name, value in chosen.items() if value}
    return Decision(choices=choices, facts=Facts(received=case.received))
