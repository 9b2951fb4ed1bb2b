"""Conditions on facts beside the text."""

from __future__ import annotations

from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from core.domain.mail import Attachment
from rules.book import compile_book
from rules.conditions.registry import CONDITIONS
from tests.factories.rules import TAXONOMY, a_book, a_message, a_rule, a_suggestion, local_hits, some_facts

SHANGHAI = ZoneInfo("Asia/Shanghai")


def holds(when, *, message=None, **facts):
    """Examples are not run here: the rule is asked about this message only."""
    return local_hits(a_book(a_rule(when=when)), message or a_message("你好"), some_facts(**facts)) == ("test",)


def test_each_condition_is_the_module_of_its_name():
    """The word in YAML is the file's name."""
    for word, read in CONDITIONS.items():
        assert read.__module__ == f"rules.conditions.{word}"


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{sender: {address: BOSS@Example.com}}", True),
        ("{sender: {address: [a@b.cn, other@example.com]}}", False),
        ("{sender: {domain: example.com}}", True),
        ("{sender: {domain: '@mail.example.com'}}", False),
        ("{sender: {domain: ample.com}}", False),
        ("{sender: {name: 王}}", True),
        ("{sender: {domain: example.com, name: 王}}", True),
        ("{sender: {domain: example.com, name: 李}}", False),
        ("{sender: {domain: other.cn, name: 王}}", False),
        ("{sender: {address: a@b.cn, domain: example.com}}", True),
        ("{recipients: {address: Help@our.cn}}", True),
        ("{recipients: {domain: our.cn}}", True),
        ("{recipients: {domain: cn.our}}", False),
    ],
)
def test_senders_and_recipients(when, expected):
    """By address, domain (and below it) or name."""
    message = a_message("你好", sender="Boss@example.com", name="王總", to=["x@y.cn", "help@our.cn"])
    assert holds(when, message=message) is expected


def test_a_domain_takes_in_what_lies_below_it():
    """A customer's branches write from sub-domains."""
    assert holds("{sender: {domain: example.com}}", message=a_message("x", sender="a@hk.example.com"))
    assert not holds("{sender: {domain: example.com}}", message=a_message("x", sender=""))


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{customer: {level: VIP}}", True),
        ("{customer: {level: [ordinary, 潜在]}}", False),
        ("{customer: {level: 重点}}", True),
        ("{customer: {level: 一般}}", False),
        ("{customer: {tags_any: [流失风险, 新客户]}}", True),
        ("{customer: {tags_any: [低频]}}", False),
        ("{customer: {known: no}}", False),
        ("{customer: {open_tickets: {at_least: 2}}}", True),
        ("{customer: {open_tickets: {at_most: 2}}}", False),
        ("{customer: {open_tickets: 3, known: yes}}", True),
        ("{channel: [portal, EMAIL]}", True),
        ("{channel: 邮件}", True),
        ("{channel: 电话}", False),
        ("{mailbox: service}", True),
        ("{mailbox: sales}", False),
        ("{hours: outside}", True),
        ("{hours: 非工作时间}", True),
        ("{hours: {weekday: Thursday, is: 工作时间}}", False),
        ("{hours: working}", False),
        ("{is_reply: yes}", True),
        ("{is_reply: no}", False),
    ],
)
def test_facts(when, expected):
    """What is not written does not matter."""
    facts = {
        "level": "VIP", "tags": ("新客户",), "known_sender": True, "open_tickets": 3,
        "mailbox": "service", "working": False, "is_reply": True,
    }  # fmt: skip
    assert holds(when, **facts) is expected


@pytest.mark.parametrize(
    ("wanted", "language", "expected"),
    [
        ("zh", "zh-Hant", True),
        ("zh-Hant", "zh-Hans", False),
        ("[en, ja]", "ja", True),
        ("en", "und", False),
        ("中文", "zh-Hans", True),
        ("zh-TW", "zh-Hant", True),
        ("繁體", "zh-Hans", False),
    ],
)
def test_language(wanted, language, expected):
    """A language takes in its varieties; its name and the tags of regions do as well."""
    assert holds(f"{{language: {wanted}}}", message=a_message("x", language=language)) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{attachments: {count: 2}}", True),
        ("{attachments: {count: {at_least: 3}}}", False),
        ("{attachments: {name: [合同]}}", True),
        ("{attachments: {type: image}}", True),
        ("{attachments: {type: image, name: 合同}}", False),
        ("{attachments: {type: pdf}}", True),
        ("{attachments: {type: [.docx, PNG], count: 1}}", True),
        ("{attachments: {type: xlsx}}", False),
        ("{attachments: {type: image/png}}", True),
        ("{attachments: {count: 0}}", False),
    ],
)
def test_attachments(when, expected):
    """Pictures inside the text do not count; a type is asked by its MIME name or by how a file's name ends."""

    def part(number, name, kind, inline=False):
        return Attachment(part=str(number), name=name, type=kind, size=1, sha256="", inline=inline)

    parts = (
        part(1, "合同.pdf", "application/pdf"),
        part(2, "shot.PNG", "image/png"),
        part(3, "logo", "image/gif", True),
    )
    assert holds(when, message=replace(a_message("x"), attachments=parts)) is expected


@pytest.mark.parametrize(
    ("when", "suggestion", "expected"),
    [
        ("{model: {type: 投诉}}", a_suggestion(type=("投诉", 0.4)), True),
        ("{model: {type: [咨询, complaint], confidence_above: 60%}}", a_suggestion(type=("投诉", 0.6)), True),
        ("{model: {type: 投诉, confidence_below: 0.4}}", a_suggestion(type=("投诉", 0.4)), False),
        ("{model: {urgency: 紧急}}", a_suggestion(type=("投诉", 0.9)), False),
    ],
)
def test_the_models_word_is_asked_in_the_second_pass_only(when, suggestion, expected):
    """The first pass never sees such a rule."""
    book = a_book(a_rule(when=when))
    message, facts = a_message("你好"), some_facts()
    assert local_hits(book, message, facts) == ()
    assert (len(book.second_pass(message, facts, suggestion)) == 1) is expected


@pytest.mark.parametrize(
    ("when", "expected"),
    [
        ("{hours: {weekday: thu}}", True),
        ("{hours: {weekday: [周六, 星期天]}}", False),
        ("{hours: {between: '09:00-10:01'}}", True),
        ("{hours: {between: '09:00-10:00'}}", False),
        ("{hours: {between: '18:00-10:01'}}", True),
        ("{hours: {is: working, weekday: [mon, 周四], between: '10:00-18:00'}}", True),
        ("{hours: {is: outside, weekday: thu}}", False),
    ],
)
def test_weekday_and_time_of_day_are_the_desks(when, expected):
    """02:00 UTC on a Thursday is ten in the morning in Shanghai; a span may pass midnight."""
    book, problems = compile_book({"rules/10.yaml": a_rule(when=when)}, TAXONOMY, builtin=False, zone=SHANGHAI)
    assert not problems
    assert (local_hits(book, a_message("你好")) == ("test",)) is expected


def test_a_header_that_a_rule_asks_about_is_known_to_the_book():
    """So that triage keeps exactly those among the facts."""
    book = a_book(a_rule(when="{headers: {name: X-Priority, contains_any: ['1', high]}}"))
    assert book.headers == {"x-priority"}
    assert local_hits(book, a_message("x"), some_facts(headers=(("x-priority", "1 (Highest)"),))) == ("test",)
    assert local_hits(book, a_message("x"), some_facts(headers=(("x-priority", "3"),))) == ()
    assert local_hits(book, a_message("x")) == ()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("订单号：20260105001 还没到", "订单号：20260105001"),
        ("訂單編號 A-1234567", "訂單編號 A-1234567"),
        ("my order no. 445566 is late", "order no. 445566"),
        ("PO#88231", "PO#88231"),
        ("订单还没到", ""),
        ("电话 13812345678", ""),
        ("in order to pay 2000 yuan", ""),
    ],
)
def test_an_order_number_is_a_word_for_orders_with_its_number(text, expected):
    """In both scripts and in English; a number alone is none."""
    book = a_book(a_rule(when="{order_number: yes}"))
    hits = book.first_pass(a_message(text), some_facts())
    assert [words.text for hit in hits for words in hit.words] == ([expected] if expected else [])


def test_an_attachment_counts_from_a_size():
    """Written in kB or MB."""
    large = Attachment(part="1", name="a.zip", type="application/zip", size=3 * 1024 * 1024, sha256="")
    message = replace(a_message("x"), attachments=(large,))
    assert holds("{attachments: {size_at_least: 3 MB}}", message=message)
    assert not holds("{attachments: {size_at_least: 3073 kB}}", message=message)


def test_a_customers_company_and_the_tags_he_must_not_have():
    """Both beside level and tags."""
    assert holds("{customer: {company: [大華]}}", company="上海大华贸易")
    assert not holds("{customer: {company: 大华}}", company="")
    assert holds("{customer: {tags_none: [低频]}}", tags=("新客户",))
    assert not holds("{customer: {tags_none: [低频]}}", tags=("低频", "新客户"))
