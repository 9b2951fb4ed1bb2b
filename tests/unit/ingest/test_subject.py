"""Subjects without what mail clients and gateways put before them."""

from __future__ import annotations

import pytest

from ingest.subject import bare_subject, is_forward, numbers_in


@pytest.mark.parametrize(
    "prefix",
    [
        "Re: ", "RE:", "回复：", "回复: ", "答复：", "回覆：", "转发：", "轉寄: ", "Fwd: ", "FW：",
        "Aw: ", "[External] ", "【外部邮件】",
        "Re[2]: ", "Re: Re: 回复：", "[EXTERNAL] Re: ", "自动回复: ",
        "Ｒｅ：", "ＦＷ：", "Ｆｗｄ: ", "［External］ ", "（外部）", "外部邮件：",
        "外部郵件: 回覆：", "【垃圾郵件】", "EXTERNAL: Re: ",
        "回复2：", "RE2: ", "Re（３）：", "R: ", "Res: ", "RV: ", "I: ", "WG: ", "TR : ", "SV: ", "VS: ",
    ],
)  # fmt: skip
def test_prefixes_are_taken_off(prefix):
    """In any language, number and order, with either colon."""
    assert bare_subject(f"{prefix}发票问题") == "发票问题"


@pytest.mark.parametrize(
    "subject",
    [
        "回复速度太慢",
        "Reply needed: order 5",
        "转发率统计：三月",
        "外部接口报错",
        "Re",
        "FWD shipping",
        "",
        "外部邮件收不到",
        "R2 接口报错",
        "ＲＥ",
        "Ａ１型号：缺货",
        "Resolution: 1080p",
        "２０２６年：账单",
    ],
)
def test_words_that_only_look_like_prefixes_stay(subject):
    """A customer's own first word is not a client's prefix."""
    assert bare_subject(subject) == subject


def test_the_first_prefix_says_whether_a_mail_was_forwarded():
    """A reply to a forwarded mail is a reply."""
    for subject in (
        "转发：发票",
        "[External] Fwd: x",
        "Ｆｗｄ：x",
        "ＦＷ：x",
        "［External］Ｆｗｄ：x",
        "外部邮件：转发：x",
        "轉發2：x",
        "RV: x",
    ):
        assert is_forward(subject), subject
    for subject in ("Re: Fwd: x", "转发量", "", "Ｒｅ：Ｆｗｄ：x", "外部邮件：回复：转发：x"):
        assert not is_forward(subject), subject


def test_ticket_numbers_in_tokens():
    """Brackets and number sign of either width come first, then what stands alone."""
    for marks in (
        "［＃２０２３１００１００１］",
        "【＃20231001001】",
        "（#20231001001）",
        "〔# 20231001001 〕",
        "［#20231001001]",
    ):
        assert numbers_in(f"答复：{marks}发票") == ("20231001001",), marks
    assert numbers_in("回复：[#20231001001] 发票 【＃20231001002】 [#20231001001]") == ("20231001001", "20231001002")
    assert numbers_in("回复：[#需-2024-001] 发票 [#[2] [#需]") == ("需-2024-001",)
    assert numbers_in("20231001003 的进度 [#20231001001]") == ("20231001001", "20231001003")
    for subject in ("关于工单＃20231001001", "工单号20231001001的问题", "Re: #20231001001", "ticket 20231001001?"):
        assert numbers_in(subject) == ("20231001001",), subject
    for subject in ("SO20231001001", "20231001001-2", "2023100100", "13812345678", "202310010012345", "#12345"):
        assert numbers_in(subject) == (), subject


def test_a_subject_of_nothing_but_prefixes_ends():
    """However many stand in a row."""
    assert len(bare_subject("Re: " * 100_000)) < 400_000
