"""An automatic answer without any mark is known by its words, and nobody who wants something is taken for one."""

from __future__ import annotations

import time

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
    "您好，我正在休假，将于10月9日回来。期间邮件回复可能不及时，紧急事项请联系李雷（lilei@example.cn，13900000000），谢谢！",
    "我正在休假，暂时无法回复您的邮件。",
    "本人出差中，将于3月5日回复。",
    "本人出差中，将于下周一统一回复各位的邮件。",
    "您的邮件已收到，我会尽快回复",
    "您好，您的来信已收到，我会尽快与您联系。",
    "您的邮件我已收到，稍后给您答复，谢谢！",
    "你好，你发来的邮件已收到，我会尽快查看并回复。",
    "這是一封自動回覆郵件。您的郵件已收到，我會儘快回覆您。",
    "您好！我已收到您的邮件，将在第一时间给您回复。（自动回复）",
    "自动回复：您好，来信收到，我会尽快处理。",
    "您好，您的邮件已经收到，我会在24小时内回复您。",
    "您好，我现在有事不在，一会再和您联系。",
    "我正在外地出差，不方便查看邮件，如有急事请电话联系：13900000000。",
    "我現正休假中，將於 3 月 9 日返回辦公室，期間如有緊急事項，請與王小明聯絡（分機 123）。",
    "Hi, I'm out of office this week with limited access to email. For urgent requests, please contact "
    "support@example.com.",
    "I am out of the office until 3/9/2026. If you need immediate assistance, please contact Jane Roe "
    "(jane@example.com).",
    "Thank you for your email. I am currently out of the office and will return on Monday, March 9th. If "
    "your request is urgent, please contact my colleague Jane Roe at jane@example.com.",
    "I will be out of the office starting 03/05/2026 and will not return until 03/09/2026.",
    "Thank you for your message. I am on annual leave until 9 March and will respond upon my return.",
    "I am out of office from 5 to 9 March. During this time I will not be able to answer emails.",
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
    "我正在休假，请帮我改签到下周。",
    "我出差中，手机号换成 13900000000，请更新。",
    "我在休假，地址改为上海市示例路 1 号。",
    "我休假期间账号被锁了。",
    "我们放假期间服务器停了。",
    "我出差回来了。",
    "我休假到周五，周一再联系我。",
    "我正在出差，周五回来后再处理退款。",
    "我出差，晚上再联系我。",
    "请问您什么时候休假回来？",
    "我下周请假，周三再处理这个工单。",
    "我在外地出差，无法登录系统，不能处理订单。",
    "出差期间无法登录。",
    "我目前不在公司，无法查看快递。",
    "我在休假，无法处理付款。",
    "我正在休假，请勿扣款。",
    "邮件已收到，我将处理。",
    "您的邮件已收到，我们会处理设备的问题。",
    "您的邮件已收到，我会联系物流。",
    "您的来信收到，我会再联系你们领导。",
    "收到您的邮件，我会尽快提供订单号。",
    "我们公司已放假，10月8日回复你报价。",
    "我将于周五出差，周四前无法回复。",
    "休假中",
    "出差",
    "我在休假，有紧急问题需要处理",
    "我在休假，有紧急问题。",
    "我正在休假，无法收发邮件，敬请谅解。",
    "今天放假，抱歉。",
    "我今天外出，请谅解，谢谢。",
    "本周五放假，敬请谅解。",
    "I have no access to my email.",
    "We have no access to the internet since Monday. For urgent matters please call 13900000000.",
    "I am out of the office until I get my new laptop.",
    "I am out of the office until Monday, the parcel goes to my neighbour.",
    "I am on leave from Monday and the machine is still broken.",
    "I am away from Monday, leave the parcel at the door.",
    "I am out of the office today with limited time so cancel my subscription.",
    "I am away for two weeks, put my subscription on hold.",
    "I am away until 9 March, hold the parcel.",
    "I am away this week, no one is home for the technician.",
    "I am out of the office next week so move the appointment.",
    "Thanks for your message. I will answer tomorrow after testing the update.",
    "Thank you for your message. I will reply with the logs tomorrow.",
    "Thank you for your email about the refund. I will get back to you.",
    "Thank you for your message. I'll be back in the shop Monday to return the phone.",
    "We have received your message. We will return the printer on Friday.",
    "Thanks for your email. We will return the goods.",
    "I am travelling this week. My answer will be delayed.",
    "We are away for Christmas. The order is cancelled.",
    "I am away until Monday. Please contact my assistant Jane.",
    "I am away until Monday. Please call me back on Tuesday.",
    "我休假了，急事，请联系我。",
    "我在出差，有急事，请联系我处理订单。",
    "我明天出差，紧急，请联系我。",
    "我在外出，如有紧急情况请联系我。",
    "Your message was read on Monday but I got no answer.",
    "您的邮件我于周一查看，",
    "您的邮件于昨天收到并于今天查看，没有看到附件，请重发后我再查看。",
    "您的邮件我已于上周阅读。",
    "你的邮件附件打不开，已于昨天删除",
    "Your message about the refund was read on my phone, please call me.",
    "I am out of the office until Monday and will need the replacement by then.",
    "I am on vacation and will pay later.",
    "I am on vacation and will have no internet at my hotel because your router is broken.",
    "I'm away until the 5th and will return the device then.",
]  # fmt: skip
ADDED = [
    "机器坏了",
    "还没收到",
    "发票请开给上海示例公司",
    "地址改为上海市示例路",
    "please ship order",
    "Machine still broken",
    "谢谢把退款打给我",
    "马上赔偿客户",
    "对不起我要退货",
    "我有急事要退",
    "hello the machine is still broken",
    "hello still broken",
    "请联系王经理处理订单",
    "电话打不通",
    "手机坏了",
    "李雷没收到货",
]  # fmt: skip


@pytest.mark.parametrize("words", AWAY)
def test_an_owner_who_is_away_is_known_by_his_words(words):
    """Greeting, absence, who else can be asked, signature: and nothing that anybody wants."""
    assert spoken_kind(words) == (Automatic.AUTO_REPLY, "the words of an automatic reply")


@pytest.mark.parametrize("words", PERSONS)
def test_who_wants_something_is_a_person(words):
    """One clause that no machine says is enough."""
    assert spoken_kind(words) == (None, "")


@pytest.mark.parametrize("more", ADDED)
def test_a_line_that_is_no_signature_is_a_persons(more: str) -> None:
    """Below the words of a machine stands what somebody wants: in as few words as a name or an office has."""
    assert spoken_kind(f"我正在休假，会尽快回复您的邮件。\n{more}") == (None, "")


@pytest.mark.parametrize(
    "words",
    [
        "Your message was read on Monday, 9 March 2026 10:12:00.",
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


@pytest.mark.slow
@given(st.text())
def test_any_words_are_judged_in_time(words):
    """Also long ones, and ones made to match for long."""
    spoken_kind(words)
    for piece in ("我会", "1 ", "会将再", "the ", "to: was read on 1 ", "期间", "至", "现在"):
        for pre in ("", "我正在休假"):
            spoken_kind((pre + piece * LONGEST)[:LONGEST])
    spoken_kind(("休假" + words) * (LONGEST // (2 + len(words)) + 1))


def test_a_run_of_words_has_one_way_to_be_read():
    """ "本公司" is 本 and 公司, too: a text of nothing else once took seconds."""
    begun = time.process_time()
    for piece in ("本公司", "本公司上班", "至本公司", "丧假", "洽confidential", "会尽快收到查看"):
        for sign in ("", "\n", "，"):
            spoken_kind((piece * 8 + sign) * (LONGEST // (8 * len(piece) + 1)))
            spoken_kind((piece * LONGEST)[:LONGEST])
    assert time.process_time() - begun < 1
