"""What names somebody is seen, and the names that are known are taken out."""

from __future__ import annotations

import pytest

from core.text.unnamed import naming_words, without_names


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("请找张先生或陈店长，电话 138****5678", [("number", "138****5678"), ("name", "张先生"), ("name", "陈店长")]),
        ("给 li@example.cn 或 z***@example.cn", [("address", "li@example.cn"), ("address", "z***@example.cn")]),
        ("订单 SF1234567890 和 20231001001", [("order", "SF1234567890"), ("order", "20231001001")]),
        ("Dear John Smith, Mr. Brown", [("name", "Dear John Smith"), ("name", "Mr. Brown")]),
        ("周文博女士在华南零售有限公司", [("name", "周文博女士"), ("name", "在华南零售有限公司")]),
        (
            "歐陽女士和張偉先生；ＳＦ１２３４５６７８９０",
            [("order", "ＳＦ１２３４５６７８９０"), ("name", "歐陽女士"), ("name", "張偉先生")],
        ),
        ("寄到建国路88号，02-2345-6789", [("address", "寄到建国路88号"), ("number", "02-2345-6789")]),
        ("微信號：wang_lei88，ａｂ＠example.cn", [("address", "微信號：wang_lei88"), ("address", "ａｂ＠example.cn")]),
        ("Dear JOHN, MR SMITH of Acme Ltd", [("name", "Dear JOHN"), ("name", "MR SMITH"), ("name", "Acme Ltd")]),
        ("这位先生，各位女士，请向客户经理了解；2026-11-28 前，共 1200 元；Dear Customer", []),
    ],
)
def test_what_may_name_somebody_is_told(text: str, expected: list[tuple[str, str]]) -> None:
    """By what it looks like; a day, an amount and a general address are nobody's."""
    assert [(one.looks_like, one.words) for one in naming_words(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("周文博先生您好，周先生的订单", "客户您好，客户的订单"),
        ("John Smith wrote; Mr Smith and Johnson", "客户 wrote; 客户 and Johnson"),
        ("华南零售的报表", "客户的报表"),
        ("四周先生成报表", "四周先生成报表"),
    ],
)
def test_known_names_are_taken_out(text: str, expected: str) -> None:
    """Whole and by surname and title; a name of one character names nobody."""
    assert without_names(text, ("周文博", "John Smith", "华南零售", "李", " "), "客户") == expected


@pytest.mark.parametrize(
    ("names", "text", "expected"),
    [
        (["張偉"], "张伟先生说；張偉、张總監", "客户说；客户、客户"),
        (["张伟 (采购部)"], "張偉和采购部", "客户和采购部"),
        (["欧阳娜"], "歐陽小姐", "客户"),
        (["王小", "王小明"], "王小明来电", "客户来电"),
        (["John Smith"], "请联系John处理，ＪＯＨＮ　ＳＭＩＴＨ, john smith, SMITH", "请联系客户处理，客户, 客户, 客户"),
        (["Will May"], "It will fail, you may wait", "It will fail, you may wait"),
        (["云杉网络股份有限公司"], "雲杉網絡的人", "客户的人"),
        (["李"], "李子", "李子"),
    ],
)
def test_a_name_is_known_however_it_is_written(names: list[str], text: str, expected: str) -> None:
    """In either script, in full width and capitals, inside Chinese, with something behind it, and the longer first."""
    assert without_names(text, names, "客户") == expected
