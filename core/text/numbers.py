"""Decides what a number in a text is, by its shape, its checksum and the words before it."""

from __future__ import annotations

from datetime import date

_ABOUT_ORDERS = (
    "单号", "單號", "订单", "訂單", "编号", "編號", "工单", "工單", "流水", "发票", "發票", "合同", "合約",
    "型号", "型號", "序列", "order", "tracking", "invoice",
    "ticket", "ref.", "ref:", "reference", "serial", "case", "#", "no.", "s/n",
)  # fmt: skip
_ABOUT_PHONES = (
    "电话", "電話", "手机", "手機", "联系", "聯絡", "聯繫", "致电", "來電", "来电", "微信", "行動", "传真", "傳真",
    "tel", "phone", "mobile", "call", "cell", "whatsapp", "fax",
)  # fmt: skip
_ABOUT_CARDS = ("卡号", "卡號", "银行卡", "銀行卡", "信用卡", "储蓄卡", "账户", "帳戶", "card", "account", "iban")
_ABOUT_IDENTITY = ("身份证", "身分證", "证件", "證件", "id card", "id number", "passport", "护照", "護照")
TOPICS = (
    ("order", _ABOUT_ORDERS),
    ("phone", _ABOUT_PHONES),
    ("card", _ABOUT_CARDS),
    ("identity", _ABOUT_IDENTITY),
)
"""What a number can be said to be, and the words that say so (lower case)."""

# How people write the eleven digits of a mobile number.
_MOBILE_SHAPES = frozenset({(11,), (3, 4, 4), (3, 8), (7, 4), (3, 3, 5), (4, 3, 4), (5, 6), (4, 7), (4, 4, 3)})
_PUBLIC = ("400", "800")
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)


def masked_number(raw: str, shape: tuple[int, ...], about: str, *, plus: bool = False) -> str:
    """The number with its private part hidden, or '' when it is not private.

    ``shape`` are the lengths of its groups of digits, ``about`` the topic of the words before it, ``plus``
    whether a plus sign stands before it.
    """
    # int() also reads the full-width digits of Chinese input methods.
    digits = "".join(str(int(char)) if char.isdecimal() else char for char in raw if char.isalnum())
    if _is_identity(digits, shape, about):
        return f"{digits[:3]}{'*' * (len(digits) - 7)}{digits[-4:]}"
    if about == "order" or not digits.isdigit():
        return ""
    if _is_phone(digits, shape, about, plus):
        return mask_phone(raw)
    if _is_card(digits, shape, about):
        return f"{digits[:4]}{'*' * (len(digits) - 8)}{digits[-4:]}"
    return ""


def mask_phone(phone: str) -> str:
    """A phone number that shows its head and last four digits: ``138****5678``, ``010-****5678``."""
    places = [index for index, char in enumerate(phone) if char.isdecimal()]
    if len(places) < 7:
        return "".join("*" if char.isdecimal() else char for char in phone)
    head = max(len(places) - 8, 3 if len(places) >= 10 else 0)
    return f"{phone[: places[head]]}****{phone[places[-4] :]}"


def is_identity_number(digits: str) -> bool:
    """Whether the 18 characters are a mainland ID card's number: a date of birth and its checksum (GB 11643)."""
    if len(digits) != 18 or not digits[:17].isdigit():
        return False
    total = sum(int(digit) * weight for digit, weight in zip(digits, _WEIGHTS, strict=False))
    return "10X98765432"[total % 11] == digits[17].upper() and _is_date(digits[6:14])


def is_card_number(digits: str) -> bool:
    """Whether the digits pass the checksum of payment cards (ISO/IEC 7812, Luhn)."""
    values = [int(digit) for digit in reversed(digits)]
    doubled = sum(sum(divmod(2 * value, 10)) for value in values[1::2])
    return 13 <= len(digits) <= 19 and (sum(values[::2]) + doubled) % 10 == 0


def _is_identity(digits: str, shape: tuple[int, ...], about: str) -> bool:
    if about == "identity" and len(shape) == 1 and 8 <= len(digits) <= 18:
        return True
    return shape in ((18,), (6, 8, 4)) and is_identity_number(digits)


def _is_date(digits: str) -> bool:
    try:
        return 1900 <= date(int(digits[:4]), int(digits[4:6]), int(digits[6:])).year <= 2100
    except ValueError:
        return False


def _is_phone(digits: str, shape: tuple[int, ...], about: str, plus: bool) -> bool:
    if digits.startswith(_PUBLIC) and len(digits) == 10:
        return False
    if about == "phone" and 7 <= len(digits) <= 13:
        return True
    if plus:
        return 8 <= len(digits) <= 15
    return _is_mobile(digits, shape) or _is_landline(digits, shape)


def _is_mobile(digits: str, shape: tuple[int, ...]) -> bool:
    for prefix in ("0086", "86", ""):
        if digits.startswith(prefix) and len(digits) == len(prefix) + 11:
            rest = shape[1:] if prefix and shape[0] == len(prefix) else (shape[0] - len(prefix), *shape[1:])
            number = digits[len(prefix) :]
            return number[0] == "1" and number[1] in "3456789" and rest in _MOBILE_SHAPES
    return False


def _is_landline(digits: str, shape: tuple[int, ...]) -> bool:
    """An area code and a number: 010-12345678, 0571 8765 4321, 0912345678 (Taiwan), 415-555-2671."""
    if digits[0] == "0":
        return digits[1:2] not in ("", "0") and 10 <= len(digits) <= 12 and len(shape) <= 3 and shape[0] != 2
    return shape == (3, 3, 4) and digits[0] in "23456789"


def _is_card(digits: str, shape: tuple[int, ...], about: str) -> bool:
    if about == "card" and 12 <= len(digits) <= 19:
        return True
    grouped = len(shape) == 1 or all(size == 4 for size in shape[:-1])
    return grouped and len(digits) >= 14 and digits[0] in "3456" and is_card_number(digits)
