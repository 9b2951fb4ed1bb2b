"""What a message says, and what a reply wants beside its words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from core.domain.filing import NearTicket
from core.domain.mail import Address
from core.domain.said import LONGEST_GIST, Remark, Said
from core.settings.calendars import read_builtin_calendars
from core.text.mask import mask
from ingest.free_mail import company_domain, company_of
from ingest.near import near_of, nearest_copy, pieces
from ingest.remark import remark_of
from ingest.said import Understanding, read_for_desk, read_words
from rules.operators.matches import compile_pattern
from tests.factories.raw_mails import parsed, raw_mail

CALENDAR = read_builtin_calendars()["cn"]
THURSDAY = datetime(2026, 3, 5, 2, 0, tzinfo=UTC)
OURS = Understanding(
    orders=(compile_pattern(r"YS-\d{4}-\d{4}"),), products=(("云杉网关", ("云杉网关", "ys-gw")),)
)  # fmt: skip


def said(reply: str, **more: Any) -> Said:
    subject = more.pop("subject", "问题")
    return read_for_desk(read_words(subject, reply, **more), subject, reply, THURSDAY, CALENDAR, OURS)


@pytest.mark.parametrize(
    ("text", "due"),
    [
        ("请在周五前处理", "2026-03-06T18:00"),
        ("請於週五下班前回覆", "2026-03-06T18:00"),
        ("麻烦24小时内回复", "2026-03-06T10:00"),
        ("希望月底前到货", "2026-03-31T18:00"),
        ("请明天下午三点给我回电", "2026-03-06T15:00"),
        ("需要今晚八点之前处理", "2026-03-05T20:00"),
        ("请于下周三上午10点前答复", "2026-03-11T10:00"),
        ("本周内请处理", "2026-03-06T18:00"),
        ("请立即：\n15 分钟内给出恢复时间", "2026-03-05T10:15"),
        ("下周一上班前给我答复", "2026-03-09T09:00"),
        ("請明天上班前回覆", "2026-03-06T09:00"),
        ("请在20号之前开票", "2026-03-20T18:00"),
        ("请在2个工作日内答复", "2026-03-09T10:00"),
        ("Please reply by Friday", "2026-03-06T18:00"),
        ("Please call me by 5 pm tomorrow", "2026-03-06T17:00"),
        ("Could you please deliver before March 20?", "2026-03-20T18:00"),
        ("Please send it no later than 5 March 2027, 3 pm", "2027-03-05T15:00"),
        ("Please send it by March 20th at 10:30 a.m.", "2026-03-20T10:30"),
        ("Please send it by March 20, 2026", "2026-03-20T18:00"),
        ("Please send 5 units by March 20 and 3 more later", "2026-03-20T18:00"),
        ("Please fix it within 24 hours", "2026-03-06T10:00"),
    ],
)
def test_the_deadline_asked_for_is_an_instant(text: str, due: str) -> None:
    """By the calendar of the desk, with the words that name it and their place."""
    found = said(text).deadline
    assert found is not None
    assert found.at.astimezone(CALENDAR.tz).isoformat(timespec="minutes")[:16] == due
    assert text[found.start : found.end] == found.words


@pytest.mark.parametrize("span", ["999 个工作日", "999 天", "九十九周"])
def test_a_deadline_that_no_calendar_reaches_harms_nothing(span: str) -> None:
    """A mail that names a span of years is understood like any other."""
    found = said(f"请在{span}内答复，最迟本周五前。").deadline
    assert found is not None


@pytest.mark.parametrize("text", ["你们承诺24小时内发货却没有，请处理", "我周一去过了", "保修期是两年内，请处理"])
def test_a_time_that_is_told_is_no_deadline(text: str) -> None:
    """What was promised before, or happened, is not asked for."""
    assert said(text).deadline is None


def test_the_facts_of_a_demand() -> None:
    """Orders that a word introduces or that look like ours, products by any of their names, phones masked."""
    found = said(
        "我们的订单号 SO20231001 和 YS-2026-0012 没有发货，电话 138****5678。昨天下午开始 YS-GW 报错。"
        "\n背景：换系统\n目标：三天内上线"
    )
    assert found.orders == ("SO20231001", "YS-2026-0012")
    assert (found.products, found.phones) == (("云杉网关",), ("138****5678",))
    assert (found.background, found.goal) == ("换系统", "三天内上线")
    assert found.happened.startswith("昨天下午")


def test_a_number_of_several_parts() -> None:
    """As companies write them."""
    assert said("合同号 HN-VIP-2025-003").orders == ("HN-VIP-2025-003",)


def test_a_number_in_full_width() -> None:
    """As an input method leaves it; kept as it is searched for."""
    assert said("訂單編號：ＴＷ２０２６－１１０１８８").orders == ("TW2026-110188",)


@pytest.mark.parametrize(
    ("text", "happened"),
    [
        ("请于12月1日18:00前回复", ""),
        ("請於１２月１日１８：００前回覆", ""),
        ("请于12月15日之前回复，11月20日开始报错", "11月20日开始"),
        ("麻烦处理\n\n发件人： 许\nDate: 2026年11月27日周五 17:00\n空调不制冷", ""),
        ("麻烦处理\n> 发送时间: 11月27日 17:00\n> 11月20日开始报错", "11月20日开始"),
        ("11月20日上午10:30左右报错", "11月20日上午10:30左右"),
    ],
)
def test_a_date_asked_for_or_of_a_mail_is_not_when_it_happened(text: str, happened: str) -> None:
    """No part of a deadline, and not the head of what was passed on."""
    assert said(text).happened == happened


def test_the_line_is_taken_from_the_text() -> None:
    """Not the greeting, not who writes: what is wanted, at most forty characters."""
    found = said("您好，\n我是王芳。系统今天早上起无法登录，请尽快处理。谢谢！")
    assert found.gist == "系统今天早上起无法登录，请尽快处理"
    assert len(said("请" + "问这台设备的保修期到底还有多长时间" * 9).gist) <= LONGEST_GIST
    assert said("", subject="回复：发票抬头").gist == "发票抬头"


REMARKS = {
    Remark.THANKS: ["谢谢，已收到", "谢谢，已收到！\n\n王芳", "謝謝您的回覆", "Thanks, got it.\nRegards\nTom"],
    Remark.ASSENT: ["好的，谢谢", "OK"],
    Remark.URGES: ["请问进展如何？", "請問有進展嗎", "還要等多久", "Any update?", "I haven't heard back"],
    Remark.SOLVED: ["已自行解决", "我们自己解决了，谢谢", "请撤销工单", "不用处理了", "We fixed it ourselves"],
    Remark.NONE: ["谢谢，但是还是打不开", "问题还没有解决", "好的，请发到新地址", "It is not resolved", ""],
}  # fmt: skip


@pytest.mark.parametrize(("remark", "text"), [(remark, text) for remark, texts in REMARKS.items() for text in texts])
def test_what_a_reply_wants_beside_its_words(remark: Remark, text: str) -> None:
    """Nothing, an answer at last, or no more; in both scripts and in English."""
    assert remark_of(text) is remark


def test_thanks_with_a_file_say_more() -> None:
    """Who attaches something wants it looked at."""
    assert remark_of("谢谢", with_files=True) is Remark.NONE


WANG = Address(address="wang@acme.example")


def recent(text: str, *orders: str, customer: int = 1) -> NearTicket:
    near = near_of(WANG, pieces(text), orders)
    assert near is not None
    return NearTicket(ticket_id=7, number="N", customer_id=customer, text=near.text, orders=near.orders)


@pytest.mark.parametrize(
    ("text", "orders", "before", "because"),
    [
        ("系统无法登录，一直提示错误。", (), recent("您好，系统无法登录，一直提示错误"), "same-text"),
        ("系統無法登錄，一直提示錯誤。", (), recent("系统无法登录，一直提示错误。"), "same-text"),
        ("请问发货了吗", ("SO1234",), recent("订单到现在没有动静", "SO1234"), "same-order"),
        ("请问周六上班吗", (), recent("我要退掉上周买的设备"), ""),
        ("系统无法登录，一直提示错误。", (), recent("系统无法登录，一直提示错误。", customer=2), ""),
        ("请问发货了吗", ("SO1234",), recent("没有动静", "SO1234", customer=2), "same-order"),
    ],
)
def test_nearly_the_same_demand(text: str, orders: tuple[str, ...], before: NearTicket, because: str) -> None:
    """The same order, or nearly the same words; of colleagues only the order counts."""
    near = near_of(WANG, pieces(text), orders)
    assert near is not None
    found, why = nearest_copy(near, 1, [before])
    assert why.partition(":")[0] == because
    assert (found is before) is bool(because)


def test_a_company_is_told_from_free_mail() -> None:
    """At qq.com and gmail.com everybody can have an address."""
    assert company_domain(WANG) == "acme.example"
    assert not any(company_domain(Address(address=f"w@{one}")) for one in ("qq.com", "163.com", "gmail.com", "local"))


@pytest.mark.parametrize(
    ("domain", "company"),
    [
        ("mail.acme.cn", "acme.cn"),
        ("ops.sh.acme.com.cn", "acme.com.cn"),
        ("acme.bj.cn", "acme.bj.cn"),
        ("mail.acme.co.uk", "acme.co.uk"),
        ("mail.acme.com", "acme.com"),
        ("com.cn", "com.cn"),
        ("acme.onmicrosoft.com", "acme.onmicrosoft.com"),
        ("vip.qq.com", ""),
        ("any.qq.com", ""),
        ("ms1.hinet.net", ""),
        ("", ""),
    ],
)
def test_departments_are_of_their_company(domain: str, company: str) -> None:
    """What stands before a company's own name does not part its people; what is sold to strangers does."""
    assert company_of(domain) == company


@pytest.mark.parametrize(
    "text",
    [
        "电话 13812345678，请在周五下午3点前回复。谢谢",
        "The invoice is wrong. Please answer by Friday 5 pm.\n\nMail me: wang@example.cn",
        "你们上次答应周三给答复。" + "长" * 5_000 + "请周五前回复",
        "",
    ],
)
def test_what_a_parser_works_out_beforehand_changes_nothing(text: str) -> None:
    """Its hashes, sentences and clean texts are those that the desk would find itself in the masked words."""
    mail = parsed(raw_mail(subject="订单 <1>".encode(), body=text.encode()))
    assert mail.aids is not None and mail.said is not None
    own = mask(mail.reply or mail.text)
    beside = read_for_desk(mail.said, mail.subject, own, THURSDAY, CALENDAR, Understanding(), mail.aids.asking)
    assert beside == read_for_desk(mail.said, mail.subject, own, THURSDAY, CALENDAR, Understanding())
    assert mail.aids.pieces == pieces(own)
    texts = {"subject": mail.subject, "reply": mail.reply or mail.text, "text": mail.text, "html": mail.html}
    assert mail.aids.clean == {name for name, one in texts.items() if mask(one) == one}
