"""Masking: what identifies a person is hidden, what identifies an order stays readable."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text.mask import mask, mask_address, mask_phone
from core.text.numbers import is_card_number, is_identity_number


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("请打13812345678谢谢", "请打138****5678谢谢"),
        ("138-1234-5678", "138-****5678"),
        ("138 1234 5678", "138 ****5678"),
        ("+86 138 1234 5678", "+86 138 ****5678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("电话010-12345678", "电话010-****5678"),
        ("(415) 555-2671", "(415) ****2671"),
        ("TEL: 0912345678", "TEL: 091****5678"),
        ("共2 13812345678", "共2 138****5678"),
        ("我是zhangsan@example.cn，", "我是z***@example.cn，"),
        ("13812345678@139.com", "1***@139.com"),
        ("身份证11010519491231002X", "身份证110***********002X"),
        ("11010519491231002x 办理", "110***********002x 办理"),
        ("6222 0212 3456 7890 128", "6222***********0128"),
        ("4111111111111111", "4111********1111"),
        ("卡号 6222021234567890123", "卡号 6222***********0123"),
    ],
)
def test_private_numbers_and_addresses_are_masked(text, masked):
    """Phones, mail addresses, ID cards and bank cards lose their middle, in every common way of writing them."""
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "订单号 13812345678 还没到",
        "訂單編號：13812345678",
        "order no. 13812345678",
        "工单[#20231001001]",
        "SF1381234567890",
        "运单号13812345678",
        "2024-01-15 10:30",
        "客服热线400-800-1234",
        "打12315投诉",
        "共计1380000元",
        "no number, no address",
        "138****5678",
        "a @ b",
    ],
)
def test_order_numbers_dates_and_hotlines_stay_readable(text):
    """The words before a number and its shape tell an order from a phone."""
    assert mask(text) == text


def test_what_a_word_says_holds_for_the_number_after_it():
    """An order number does not hide that a phone follows it."""
    assert mask("订单13812345678 13912345678") == "订单13812345678 139****5678"
    assert mask("订单13812345678，电话13912345678") == "订单13812345678，电话139****5678"


@given(st.text(alphabet="1386@+- .x*订单电话卡a", max_size=60))
def test_masking_twice_changes_nothing(text):
    """A stored text that is masked again for display stays the same."""
    once = mask(text)
    assert mask(once) == once


@pytest.mark.slow
@pytest.mark.timeout(10)
@pytest.mark.parametrize("part", ["1", "1 ", "1-", "a@", "@", "+1", "1x", "13812345678 ", "（", "a.", "a@b."])
def test_masking_takes_time_in_proportion_to_the_text(part):
    """A hundred thousand characters of the worst kind are masked within the time limit."""
    assert mask(part * (100_000 // len(part)))


def test_a_mail_address_shows_its_first_character_and_domain():
    """``z***@example.cn`` tells an agent which of two addresses it is, and no more."""
    assert mask_address("zhangsan@example.cn") == "z***@example.cn"
    assert mask_address("not an address") == "***"
    assert mask_address("") == ""


def test_a_phone_shows_its_head_and_last_four_digits():
    """138****5678, as the domain writes it; a short number shows nothing."""
    assert mask_phone("13812345678") == "138****5678"
    assert mask_phone("010-12345678") == "010-****5678"
    assert mask_phone("12345") == "*****"


def test_checksums_tell_numbers_from_noise():
    """One wrong digit makes neither an ID card nor a bank card."""
    assert is_identity_number("11010519491231002X")
    assert not is_identity_number("110105194912310021")
    assert not is_identity_number("11010519491331002X")
    assert is_card_number("4111111111111111")
    assert not is_card_number("4111111111111112")
