"""What a stranger wrote is made fit for a letter."""

from __future__ import annotations

import pytest

from responder.plain import first_sentence, one_line, quoted_subject, shown_name


@pytest.mark.parametrize(("text", "expected"), [
    ("你好，\n我们公司的系统从今天早上开始无法登录。请尽快处理", "我们公司的系统从今天早上开始无法登录。"),
    ("您好！我想咨询一下发票怎么开？谢谢", "我想咨询一下发票怎么开？"),
    ("尊敬的客服：\n\n订单 20240301 一直没有发货。", "订单 20240301 一直没有发货。"),
    ("尊敬的客服，您好：\n\n订单没有发货", "订单没有发货"),
    ("Hi team,\n\nThe export button is broken. It worked yesterday.", "The export button is broken."),
    ("Hello!\nWe need 3.5 GB more. Thanks", "We need 3.5 GB more."),
    ("Dear Sir or Madam,\nhistory is lost", "history is lost"),
    ("hilarious bug in the app", "hilarious bug in the app"),
    ("> quoted\n> more\n真正的问题在这里", "真正的问题在这里"),
    ("\n\n---\n***\n退款什么时候到账", "退款什么时候到账"),
    ("", ""), ("你好", ""), ("。。。", ""),
])  # fmt: skip
def test_the_first_sentence_is_more_than_a_greeting(text: str, expected: str) -> None:
    """Greetings, quotes and lines of signs are passed over."""
    assert first_sentence(text) == expected


def test_a_long_sentence_is_cut_with_an_ellipsis() -> None:
    """At most the characters asked for."""
    cut = first_sentence("长" * 500, most=60)
    assert len(cut) == 60
    assert cut.endswith("…")


@pytest.mark.parametrize("text", [
    "领奖请点 https://evil.example/win?x=1 马上", "领奖请点 HTTP://EVIL.EXAMPLE 马上", "领奖请点 www.evil.cn/a 马上",
    "领奖请点 evil.com/win 马上", "领奖请点 javascript://evil 马上", "领奖请点 shop.evil.xyz 马上",
])  # fmt: skip
def test_no_stranger_s_link_leaves_with_our_letter(text: str) -> None:
    """An automatic letter must not carry someone's advertising or bait to a third person."""
    for shown in (first_sentence(text), quoted_subject(text)):
        assert "evil" not in shown.lower()
        assert "领奖请点" in shown


def test_ordinary_dots_are_no_links() -> None:
    """Version numbers, amounts and file names stay."""
    text = "升级到 v2.1.0 后 report.pdf 打不开，金额 1.50 元"
    assert quoted_subject(text) == text


@pytest.mark.parametrize(
    "text", ["a\r\nBcc: x@y.cn", "a\nb", "a\x00b", "a\u2028b", "a\u202eb", "a\x85b", "a\x0bb", "a\ud800b"]
)
def test_one_line_has_no_line_end_and_no_invisible_character(text: str) -> None:
    """Nothing that could end a header, turn text around or break a database."""
    plain = one_line(text)
    assert plain.isprintable()
    assert plain.startswith("a ")
    plain.encode("utf-8")


@pytest.mark.parametrize(("name", "shown"), [
    ("李明", "李明"), ('"Li Ming"', "Li Ming"), ("li@x.cn", ""), ("li", ""), ("中奖 http://evil.cn", ""),
    ("x" * 31, ""),
    ("12345", ""), ("", ""), ("王 小\u200b明", "王 小 明"), ("evil.com 客服", ""),
])  # fmt: skip
def test_a_greeting_takes_only_what_looks_like_a_name(name: str, shown: str) -> None:
    """Addresses, links and numbers are no form of address."""
    assert shown_name(name, "li@x.cn") == shown
