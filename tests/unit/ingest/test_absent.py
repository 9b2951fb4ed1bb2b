"""An automatic answer without any mark is known by its words, and nobody who wants something is taken for one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.domain.mail import Automatic
from ingest.absent import LONGEST, spoken_kind
from tests.factories.raw_mails import parsed, raw_mail

AWAY = [
    "您好，我正在休假，10月9日返回后会尽快回复您的邮件。",
    "您好！\n本人出差中，将于周一回复您的邮件。如有急事请致电 010-88886666。\n谢谢",
    "您的邮件已收到，我会尽快回复。",
    "您的邮件我已收到，我会尽快给您回复。祝工作顺利！",
    "這是自動回覆。您的來信已收到，我們將盡快回覆。",
    "您好，\n我目前不在办公室，无法及时回复邮件，敬请谅解。\n\n李雷\n销售部经理\n电话：13900000000",
    "本人已离职，请勿回复本邮件。如有紧急事务，请联系我的同事韩梅梅。",
    "因国庆放假，10月1日至10月7日休息，我们将于10月8日正常上班后回复您。",
    "【自动回复】您好，邮件已收到，稍后回复。",
    "本人正在休產假，郵件回覆可能延遲，如有緊急事宜請聯繫王小姐。",
    "I am out of the office until Monday, 9 March. I will reply to your message when I return.",
    "Hello,\n\nThank you for your email. I'm currently on annual leave with limited access to email.\n"
    "For urgent matters please contact Jane Roe at +44 20 7946 0000.\n\nBest regards,\nJohn Doe\nExample Ltd",
    "Thanks for your message. We will get back to you within two working days.",
    "I am travelling this week and have limited access to my email. My response may be delayed.",
    "This is an automatic reply. I will be away until Tuesday.",
]  # fmt: skip
PERSONS = [
    "我在出差，请把合同寄到上海。",
    "我下周休假，请在周五前答复。",
    "您的邮件已收到，谢谢。",
    "已收到，谢谢！",
    "收到",
    "您的邮件已收到，但是问题还没有解决。",
    "你们客服都休假了吗？一直没有人回复。",
    "客服放假，一直没人处理我的订单。",
    "我正在休假，电脑不在身边，系统登录不了，请尽快处理。",
    "我出差回来后发现机器还是坏的。",
    "因为我出差，没有收到货，能否重新派送？",
    "你们放假几天？",
    "怎么设置自动回复？我下周休假。",
    "自动回复功能不能用，我下周要休假。",
    "我请假了，换李明跟进这件事，他的电话 13900000000，今天联系他。",
    "我明天不在公司，后天上午再送货。",
    "我们公司放假，送货改到 10 月 9 日。",
    "请联系我，我在出差，电话 13900000000。",
    "我在外地出差，机票改签失败，客户在等，非常着急。",
    "我已离职，请把账号转给新同事王丽。",
    "您好，我休息日也需要支持。",
    "我会尽快回复，合同还要改第三条。",
    "您的邮件已收到，我会尽快回复。另外发票抬头开错了。",
    "已收到贵司邮件，我们会尽快付款，请先发货。",
    "I am on vacation, please send the invoice to my colleague.",
    "I am out of the office until Monday. Could you call me on Tuesday?",
    "I'm travelling and my card does not work. I need help.",
    "I will be away next week. Please deliver after the 12th.",
    "Thanks for your message. It still does not work.",
    "Thank you for your email.",
    "We will be closed on Friday, so change the delivery to Monday.",
    "I'm travelling to Rome soon and want to tell you",
    "I am travelling and tried to pay with my card.",
    "I am away until Monday and tried to order twice.",
    "I was on holiday when the parcel came back.",
    "Your message was not clear to me. The order is wrong.",
    "Is your support out of the office? Nobody answers.",
    "",
    "祝好",
]  # fmt: skip


@pytest.mark.parametrize("words", AWAY)
def test_an_owner_who_is_away_is_known_by_his_words(words):
    """Greeting, absence, who else can be asked, signature: and nothing that anybody wants."""
    assert spoken_kind(words) == (Automatic.AUTO_REPLY, "the words of an automatic reply")


@pytest.mark.parametrize("words", PERSONS)
def test_who_wants_something_is_a_person(words):
    """One clause that no machine says is enough."""
    assert spoken_kind(words) == (None, "")


@pytest.mark.parametrize(
    "words",
    [
        "Your message\n\n  To: li@example.cn\n  Subject: Re: [#20260305001]\n  Sent: 05/03/2026\n\n"
        "was read on 06/03/2026 09:12.",
        "您的邮件\n\n收件人: 李雷\n主题: 受理回执\n发送时间: 2026/3/5 10:00\n\n已于 2026/3/6 9:12 阅读。",
        "您發給李雷的郵件《受理回執》已於 2026年3月6日 被讀取",
    ],
)
def test_a_receipt_for_reading_is_a_report(words):
    """As Outlook and Chinese web mail write it without the headers that say so."""
    assert spoken_kind(words)[0] is Automatic.REPORT


def test_only_an_answer_is_known_by_its_words():
    """Who writes first, or sends a file along, is a person whatever he says; quotes are not his words."""
    words = "您好，我正在休假，返回后会尽快回复您的邮件。"
    answer = {"In-Reply-To": "<x@desk.example>"}
    quoted = f"{words}\n\n在 2026-03-05 10:00，客服写道：\n> 请问方便吗？\n"
    assert parsed(raw_mail(body=quoted.encode(), more=_raw(answer))).automatic is Automatic.AUTO_REPLY
    assert parsed(raw_mail(body=words.encode(), subject="回复：发票".encode())).automatic is Automatic.AUTO_REPLY
    assert parsed(raw_mail(body=words.encode())).automatic is None


def _raw(more: dict[str, str]) -> dict[bytes, bytes]:
    return {name.encode(): value.encode() for name, value in more.items()}


@given(st.text())
def test_any_words_are_judged_in_time(words):
    """Also long ones, and ones made to match for long."""
    spoken_kind(words)
    spoken_kind(("休假" + words) * (LONGEST // (2 + len(words)) + 1))
