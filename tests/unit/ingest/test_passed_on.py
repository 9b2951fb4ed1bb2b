"""A mail that only passes another on says what that one says."""

from __future__ import annotations

import time

import pytest

from ingest.gist import gist
from ingest.passed_on import only_passes_on
from tests.factories.raw_mails import parsed, raw_mail

DEMAND = "您好，\n\n我们上周收到的打印机无法开机，请尽快安排换货。\n\n谢谢\n李娜\n采购部"
GIST = "我们上周收到的打印机无法开机，请尽快安排换货"
QQ = '\n\n------------------ 原始邮件 ------------------\n发件人: "李娜" <l@kh.example>;\n发送时间: 2026年11月26日(星期四) 下午3:20\n收件人: "王强"<w@p.example>;\n主题: 打印机\n\n'  # noqa: E501  a header block as QQ writes it
GMAIL = "\n\n---------- Forwarded message ---------\n发件人： 李娜 <l@kh.example>\nDate: 2026年11月26日周四 15:20\nSubject: 打印机\nTo: <w@p.example>\n\n\n"  # noqa: E501  as Gmail writes it
NETEASE = "\n\n-------- 转发邮件信息 --------\n发件人：李娜 <l@kh.example>\n发送日期：2026年11月26日 15:20\n收件人：w@p.example\n主题：打印机\n"  # noqa: E501  as 163 writes it
OUTLOOK = "\n\n________________________________\nFrom: 李娜 <l@kh.example>\nSent: Thursday, November 26, 2026 3:20 PM\nTo: 王强 <w@p.example>\nSubject: 打印机\n\n"  # noqa: E501  as Outlook writes it
TAIWAN = "\n\n寄件者: 李娜 <l@kh.example>\n寄件日期: 2026年11月26日 下午 03:20\n收件者: w@p.example\n主旨: 印表機\n\n"


def _mail(subject: str, text: str):
    return parsed(raw_mail(text.encode(), subject=subject.encode(), content_type=b"text/plain; charset=utf-8"))


@pytest.mark.parametrize("head", [QQ, GMAIL, NETEASE, OUTLOOK, TAIWAN], ids=["qq", "gmail", "163", "outlook", "tw"])
@pytest.mark.parametrize(
    "own",
    [
        "请跟进",
        "麻烦处理一下，谢谢！",
        "張工，請跟進，謝謝",
        "FYI",
        "Hi team,\n\nplease handle.\n\nThanks\nWang Qiang\nSales",
        "请协助处理。\n\n王强\n销售部\n电话：138****8000",
        "见下。",
        "",
    ],
)
def test_a_forward_without_words_of_its_own_says_what_it_forwards(own, head):
    """The line proposed is the demand, not the colleague's 请跟进, and no header of the forwarded mail."""
    assert _mail("转发：打印机", own + head + DEMAND).said.gist == GIST


def test_words_of_one_s_own_come_first():
    """Who forwards and says what he wants is asked for that."""
    own = "这位客户很重要，请今天下班前先打电话说明换货流程。"
    assert _mail("转发：打印机", own + QQ + DEMAND).said.gist == own[:-1]


def test_what_was_forwarded_twice_and_quoted_is_found():
    """A forward of a forward, and the lines that Apple Mail marks with >, lead to the demand."""
    assert _mail("Fwd: Fwd: 打印机", "请处理" + OUTLOOK + "FYI，请跟进" + QQ + DEMAND).said.gist == GIST
    head = "From: 李娜 <l@kh.example>\nDate: 26 November 2026\nTo: w@p.example\nSubject: 打印机\n\n"
    quoted = "\n".join(f"> {line}" for line in (head + DEMAND).split("\n"))
    assert _mail("Fwd: 打印机", "请处理\n\nBegin forwarded message:\n\n" + quoted).said.gist == GIST


@pytest.mark.parametrize("head", [GMAIL, NETEASE], ids=["gmail", "163"])
def test_a_forward_whose_subject_was_rewritten_is_one(head):
    """The client's own mark says so: the forwarded words are read; below an answer they are a quote as ever."""
    mail = _mail("打印机开不了机", "请跟进" + head + DEMAND)
    assert mail.said.gist == GIST and DEMAND in mail.reply
    answer = "打印机今天换好了。\n\n在 2026年11月27日，客服 <a@desk.example> 写道：\n> 您好\n" + head + DEMAND
    assert _mail("Re: 打印机", answer).reply == "打印机今天换好了。"


@pytest.mark.parametrize(
    "words", ["请退款", "打印机坏了", "请处理，我要退款", "请处理我的退款", "please handle my refund", "换货"]
)
def test_a_demand_passes_nothing_on(words):
    """Few words may be a demand."""
    assert not only_passes_on(words)


def test_a_mail_without_a_forward_is_told_by_its_subject():
    """Where nothing is passed on, the subject says more."""
    assert gist("打印机无法开机", "请处理，谢谢") == "打印机无法开机"


@pytest.mark.parametrize(
    "words", ["请" * 3_000, "FYI " * 900, "please " * 500, "From: a\nDate: b\nTo: c\n" * 500, "> " * 2_000]
)
def test_hostile_forwards_cost_little(words):
    """Linear in what is looked at."""
    begun = time.thread_time()
    _mail("转发：x", words)
    assert time.thread_time() - begun < 0.5


@pytest.mark.parametrize(("item", "line"), [
    ("- 打印失败的可以单独重打", "打印失败的可以单独重打"),
    ("1、希望增加导出功能", "希望增加导出功能"),
    ("（2）请尽快补发发票", "请尽快补发发票"),
    ("三、收银机打不开", "收银机打不开"),
    ("• please send the invoice again", "please send the invoice again"),
    ("3.5 寸硬盘坏了，请更换", "3.5 寸硬盘坏了，请更换"),
    ("-5 度时机器无法开机", "-5 度时机器无法开机"),
    ("24小时内没有收到答复", "24小时内没有收到答复"),
])  # fmt: skip
def test_the_mark_of_a_list_is_no_word(item: str, line: str) -> None:
    """A line that stands alone needs none; a number that counts something stays."""
    assert gist("", item) == line
