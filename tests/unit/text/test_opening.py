"""Where a message begins to say something."""

from __future__ import annotations

import pytest

from core.text.opening import lines_after_greeting


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("云杉客服：\n\n从今天早上开始，门店登录不了。", "从今天早上开始，门店登录不了。"),
        ("你好，\n打印机连接不上", "打印机连接不上"),
        ("您好，请问发票怎么开？", "请问发票怎么开？"),
        ("Hi support,\n\nCSV export fails.", "CSV export fails."),
        ("客服您好，\n門市POS無法登入", "門市POS無法登入"),
        ("> 引用的话\n-----\n我的问题是：打不开", "我的问题是：打不开"),
        ("打不开。\n附言：\n谢谢", "打不开。"),
    ],
)
def test_salutation_and_greeting_are_passed_over(text, first):
    """The first line given is the first that says more than hello."""
    assert next(lines_after_greeting(text)) == first


def test_a_mere_greeting_says_nothing():
    """A mail that only greets has no such line."""
    assert list(lines_after_greeting("您好！\n\n。。。")) == []
