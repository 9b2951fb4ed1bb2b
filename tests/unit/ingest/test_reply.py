"""What of a mail its writer wrote now."""

from __future__ import annotations

import time

import pytest

from ingest.reply import own_words
from tests.factories.raw_mails import parsed, raw_mail

OWN = "收到，谢谢。\n请在周三前寄出发票。"
OLD = "您好，\n发票已经开好。\n"


@pytest.mark.parametrize(
    "quote",
    [
        f'{"-" * 18} 原始邮件 {"-" * 18}\n发件人: "客服" <d@e.cn>;\n发送时间: 2024年1月5日\n主题: 发票\n\n{OLD}',
        f"------------------&nbsp;原始邮件&nbsp;------------------\n{OLD}",
        f"-----原始邮件-----\n发件人:客服 <d@e.cn>\n{OLD}",
        f"-----邮件原件-----\n发件人: 客服\n发送时间: 2024-01-05\n主题: 发票\n{OLD}",
        f"---- 回复的原邮件 ----\n| 发件人 | 客服<d@e.cn> |\n| 日期 | 2024 |\n{OLD}",
        f'在 2024-01-05 10:21:33，"客服" <d@e.cn> 写道：\n\n{OLD}',
        "> 在 2024年1月5日，上午10:21，客服 <d@e.cn> 写道：\n> \n> 您好\n",
        "2024年1月5日 10:21，客服 <d@e.cn> 写道：\n> 您好\n",
        "客服 <d@e.cn> 于2024年1月5日周五\n10:21写道：\n\n> 您好\n",
        "客服 <d@e.cn> 於 2024年1月5日 週五 上午10:21寫道：\n\n> 您好\n",
        f"发件人： 客服\n发送时间： 2024-01-05 10:21\n收件人： 张三\n主题： 发票\n{OLD}",
        f"{'_' * 32}\n寄件者: 客服 <d@e.cn>\n寄件日期: 2024年1月5日\n收件者: a\n主旨: 發票\n\n{OLD}",
        f"{'-' * 60}\n发件人：客服\n日　期：2024年01月05日\n收件人：a\n主　题：发票\n{OLD}",
        f"*发件人:* 客服 <d@e.cn>\n*发送时间:* 2024年1月5日\n*收件人:* a\n*主题:* 发票\n{OLD}",
        f"发自我的iPhone\n\n------------------ Original ------------------\nFrom: 客服\nDate: x\nSubject: b\n{OLD}",
        "On Fri, Jan 5, 2024 at 10:21 AM Desk <d@e.cn> wrote:\n> hello\n> there\n",
        "On Fri, Jan 5, 2024 at 10:21 AM A Very Long Service Desk Name\n<service-desk@example.com> wrote:\n\n> hello\n",
        "-----Original Message-----\nFrom: Desk\nSent: Friday\nTo: a\nSubject: b\n\nhello\n",
        "From: Desk <d@e.cn>\nSent: Friday, January 5, 2024 10:21 AM\nTo: a\nSubject: b\n\nhello\n",
        "Am 05.01.2024 um 10:21 schrieb Desk:\n> hallo\n",
        "Le ven. 5 janv. 2024 à 10:21, Desk <d@e.cn> a écrit :\n> bonjour\n",
        "El vie, 5 ene 2024 a las 10:21, Desk (<d@e.cn>) escribió:\n> hola\n",
        "Il giorno 5 gen 2024, alle ore 10:21, Desk <d@e.cn> ha scritto:\n> ciao\n",
        "Von: Desk <d@e.cn>\nGesendet: Freitag, 5. Januar 2024 10:21\nAn: a\nBetreff: b\n\nhallo\n",
        "发自我的iPhone\n",
        "來自我的 iPad\n",
        "从我的 iPhone 发送\n",
        "发自网易邮箱大师\n",
        "获取 Outlook for iOS\n",
        "Sent from my iPhone\n",
        "-- \n张三\n深圳某某公司\n",
    ],
)
def test_quotes_and_signatures_are_cut(quote):
    """QQ, 163, Foxmail, Outlook in both scripts, Apple, Gmail, 企业微信, 钉钉 and common European clients."""
    assert own_words(f"{OWN}\n\n{quote}") == OWN


@pytest.mark.parametrize(
    "text",
    [
        "老师在信里写道：请大家努力。\n" + OWN,
        "合同里写道：\n第一条\n" + OWN,
        "请把发件人：一栏改成我的名字。\n" + OWN,
        "快递单如下\n发件人：张三 13800000000\n收件人：李四 13900000000\n地址：深圳\n" + OWN,
        "第一项\n----------\n第二项\n" + OWN,
        "表格\n==========\n数据\n" + OWN,
        "问题如下：\n- 打印机坏了\n- 网络不通\n" + OWN,
        "温度 > 30 度\n> 5 的也算\n" + OWN,
        "主题：会议\n时间：明天 10:00\n地点：深圳\n" + OWN,
        "From: what I see, it is broken.\n" + OWN,
        "I wrote:\nyesterday\n" + OWN,
        "a\n--\nb\n" + "正文" * 60 + "\n" + OWN,
        "发自内心地感谢你们\n" + OWN,
        OWN + "\n发自我的内心的感谢，你们真的很好",
        "Sent from the warehouse on Monday, it never arrived.\n" + OWN,
    ],
)
def test_no_word_of_the_writer_is_lost(text):
    """What only looks like a quote stays."""
    assert own_words(text) == text


def test_words_below_and_between_quotes_stay():
    """Answers under each point of a quoted mail are the writer's own."""
    text = "On Fri, Jan 5, 2024 at 10:21 AM Desk <d@e.cn> wrote:\n> first?\n> really?\nyes\n> second?\n> sure?\nno\n"
    assert own_words(text) == "yes\nno"


def test_a_mail_of_quotes_alone_is_shown_whole():
    """A quote too much loses nothing."""
    text = "发件人: a\n发送时间: 2024-01-05\n收件人: b\n主题: c\n\n内容"
    assert own_words(text) == text


def test_a_forwarded_mail_keeps_what_was_forwarded():
    """For the desk the forwarded mail is the message."""
    body = (
        f"请处理\n\n------------------ 原始邮件 ------------------\n发件人: 客户\n发送时间: 2024\n主题: 投诉\n\n{OLD}"
    )
    assert "发票已经开好" in parsed(raw_mail(body.encode(), subject="转发：投诉".encode())).reply
    assert parsed(raw_mail(body.encode(), subject="回复：投诉".encode())).reply == "请处理"


@pytest.mark.parametrize(
    "html",
    [
        '<div>{own}</div><div class="gmail_quote">On x wrote:<blockquote>old</blockquote></div>',
        '<div>{own}</div><blockquote id="isReplyContent">old</blockquote>',
        '<div>{own}</div><hr><div id="divRplyFwdMsg">发件人: x</div><div>old</div>',
        '<div>{own}</div><div class="moz-cite-prefix">Am x schrieb y:</div><blockquote type="cite">old</blockquote>',
    ],
)
def test_the_marks_of_html_clients_are_believed(html):
    """Where only HTML was sent, its client has marked the quote."""
    mail = parsed(raw_mail(html.format(own="请尽快处理").encode(), content_type=b"text/html; charset=utf-8"))
    assert mail.reply.split() == ["请尽快处理"]
    assert "old" in mail.text


@pytest.mark.parametrize(
    "text",
    [
        "On " * 50_000,
        "\n" * 50_000,
        "发件人: a\n" * 20_000,
        ">" * 100_000,
        ">\n" * 50_000,
        "在 2024 " * 40_000,
        "a 12:00 wrote:\n" * 20_000,
    ],
)
def test_scanning_is_linear(text):
    """No repetition of a marker costs the square of its length."""
    start = time.process_time()
    own_words(text)
    assert time.process_time() - start < 1.5
