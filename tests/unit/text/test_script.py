"""A text of one script is written in the other."""

from __future__ import annotations

import pytest

from core.text.script import in_script


@pytest.mark.slow
@pytest.mark.parametrize(
    ("text", "written_in", "wanted", "expected"),
    [
        ("软件登录", "zh-CN", "zh-TW", "軟體登入"),
        ("请直接回复“同意”，系统会恢复账号和账单", "zh-CN", "zh-TW", "請直接回覆「同意」，系統會恢復帳號和帳單"),
        ("軟體登入", "zh-TW", "zh-CN", "软件登录"),
        ("软件", "zh-CN", "zh-CN", "软件"),
        ("软件", "zh-CN", "en", "软件"),
        ("by card", "en", "zh-TW", "by card"),
    ],
)
def test_words_are_those_of_the_reader(text: str, written_in: str, wanted: str, expected: str) -> None:
    """Characters and what things are called; what cannot be turned stays."""
    assert in_script(text, written_in, wanted) == expected
