"""Damaged configuration: whatever is changed in a file, there is an answer with places and never a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.settings.calendars import read_calendar
from core.settings.mailboxes import read_mailboxes
from core.settings.taxonomy import read_taxonomy
from rules.book import compile_book
from tests.factories.rules import TAXONOMY, a_book, a_message, a_rule, some_facts
from tests.growth import growth

CONFIG = Path(__file__).parents[3] / "config"
CALENDAR = (Path(__file__).parents[3] / "core/settings/builtin/cn.yaml").read_text("utf-8")
MAILBOX = """
- name: service
  address: service@example.com
  imap: {host: imap.example.com, port: 993, tls: tls, user: u, password_env: PW}
  smtp: {host: smtp.example.com, tls: starttls}
  start: 2026-01-31
  after: move
  move_to: 已处理
  letters: live
  aliases: [help@example.com]
"""


def read_rules(content, file):
    return compile_book({file: content}, TAXONOMY, words={"outage": ("瘫痪",)}, builtin=False)


FILES = {
    "rules": (read_rules, (CONFIG / "rules/10-example.yaml").read_text("utf-8").split("rules:\n", 1)[1]),
    "taxonomy": (read_taxonomy, (CONFIG / "taxonomy.yaml").read_text("utf-8")[-3000:]),
    "calendar": (read_calendar, CALENDAR),
    "mailboxes": (read_mailboxes, MAILBOX),
}
PIECES = st.sampled_from(
    [
        "",
        " ",
        "\n",
        ":",
        "：",
        "- ",
        "[",
        "]",
        "{",
        "}",
        '"',
        "'",
        "#",
        "&a ",
        "*a",
        "\t",
        ",",
        "，",
        "0",
        "x",
        "~",
        "|",
        "!t ",
        "null",
        "[]",
        "{}",
    ]
)


@pytest.mark.slow
@pytest.mark.parametrize("name", FILES)
@settings(max_examples=60, deadline=None)
@given(data=st.data())
def test_a_damaged_file_is_told_in_places(name, data):
    """A few characters are replaced anywhere."""
    read, content = FILES[name]
    if name == "rules":
        content = "rules:\n" + content
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        end = start + data.draw(st.integers(0, 4))
        content = content[:start] + data.draw(PIECES) + content[end:]
    _, problems = read(content, "rules/10.yaml")
    assert all(p.line >= 1 and p.column >= 1 and p.zh and p.en for p in problems)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("when", "unit"),
    [
        ("{text: {contains_any: [a, aa, aaa, aaaa]}}", "a"),
        ("{text: {near: {one: [退], other: [款], within: 1}}}", "退 退 款退"),
        ("{text: {matches: '(a+)+$'}}", "a"),
        ("{text: {matches: '(请|请问|问)*吗'}}", "请问"),
        ("{text: {starts_with: [退货, 退款]}}", " "),
    ],
)
def test_no_condition_is_slower_than_its_text_is_long(when, unit):
    """Eight times the text may cost twenty times the time, where a square would cost sixty-four."""
    book = a_book(a_rule(when=when, extra="status: trial"))

    def work(size):
        message = a_message((unit * size)[:size] + "!")
        return lambda: book.first_pass(message, some_facts())

    assert growth(work, 8_000, 64_000, enough=20) <= 20
