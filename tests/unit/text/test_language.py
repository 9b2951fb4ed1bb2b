"""Telling a language: script and words decide, quoted codes and names do not."""

from __future__ import annotations

import subprocess
import sys

import pytest

from core.text.language import language_of, script_only_characters


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("您好，请问我的订单到哪里了？", "zh-Hans"),
        ("您好，請問我的訂單到哪裡了？", "zh-Hant"),
        ("你好", "zh-Hans"),
        (
            "系统报错 java.lang.NullPointerException at com.example.App.main in thread main，我的单子没法提交了",
            "zh-Hans",
        ),
        ("E502 error怎么办", "zh-Hans"),
        ("Where is my order?", "en"),
        ("Dear 王伟, thank you for the invoice.", "en"),
        ("I bought the 无线降噪耳机 and it arrived broken, please help me with a refund", "en"),
        ("Refund", "en"),
        ("注文した商品がまだ届きません。確認してください。", "ja"),
        ("優の良品 店里的东西还没有发货，请帮我看看", "zh-Hans"),
        ("주문한 상품이 아직 도착하지 않았습니다", "ko"),
        ("Où est ma commande passée lundi dernier chez vous ?", "und"),
        ("Где мой заказ?", "und"),
        ("E-20231001001 !!!", "und"),
        ("", "und"),
    ],
)
def test_the_language_of_a_text(text, language):
    """Simplified and Traditional Chinese, English, Japanese and Korean are told apart; the rest is undetermined."""
    assert language_of(text) == language


def test_characters_of_both_scripts_do_not_vote():
    """A character that both scripts use is in neither set."""
    simplified, traditional = script_only_characters()
    assert not simplified & traditional
    assert not (simplified | traditional) & set("你好客服人工著乾后里台")
    assert set("请问订单") <= simplified | set("单")
    assert set("請問訂單") <= traditional


def test_telling_the_language_loads_no_dictionary():
    """The parse workers tell languages; they load neither OpenCC nor jieba for it."""
    program = (
        "import sys; from core.text.language import language_of; language_of('您好，請問');"
        "sys.exit(bool({'jieba', 'opencc', 'numpy'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 0
