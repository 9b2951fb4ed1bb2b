"""A rule names only what the desk has: its mailboxes, and the channels of groups that can be told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from huiying.flows.compile import compile_desk
from tests.factories.pipeline import shipped_files
from tests.factories.rules import a_rule

BOX = "- {name: %s, address: %s@x.example, imap: {host: h, user: u, password_env: P}, smtp: {host: h}}\n"
GROUP = "channels:\n  ops: {kind: webhook, url_env: OPS_URL}\n"


def said(rule: str, mailboxes: str = "", notify: str = "") -> list[tuple[int, str, str]]:
    """(line, Chinese, hint) of each problem of that rule."""
    shipped = shipped_files()
    files = {**shipped.files, "rules/20.yaml": rule, "mailboxes.yaml": mailboxes, "notify.yaml": notify}
    _, problems = compile_desk(replace(shipped, files=files))
    assert {one.file for one in problems} <= {"rules/20.yaml"}, problems
    return [(one.line, one.zh, one.hint_zh) for one in problems]


@pytest.mark.parametrize(
    ("word", "expected"),
    [("sales", []), ("SALES", []), ("saels", [(4, "不认识的 mailbox 'saels'", "是不是 'sales'？")])],
)
def test_a_mailbox_is_one_of_the_desks(word: str, expected: list[tuple[int, str, str]]) -> None:
    """A name that no mailbox has would never hold."""
    boxes = BOX % ("service", "service") + BOX % ("sales", "sales")
    rule = a_rule(
        when=f"{{mailbox: {word}}}",
        examples=(f"{{text: a, mailbox: {word}, expect: {{type: 投诉}}}}", "{text: b, expect: nothing}"),
    )
    assert said(rule, boxes) == expected
    assert said(rule) == []


def test_a_channel_that_is_told_stands_in_the_file() -> None:
    """Whoever is not there is told by nobody: the rule is not published before the channel is."""
    rule = a_rule(
        then="{notify: ['#ops', 主管]}",
        examples=("{text: 退款, expect: {notify: ['#ops', lead]}}", "{text: b, expect: nothing}"),
    )
    assert said(rule, notify=GROUP) == []
    assert said(rule) == [(5, "没有渠道 #ops，谁也通知不到", "先在 notify.yaml 的 channels 里写上它")]
    other = rule.replace("#ops", "#oops")
    assert said(other, notify=GROUP) == [(5, "没有渠道 #oops，谁也通知不到", "notify.yaml 里有：#ops")]


def test_values_are_written_in_the_words_that_the_console_shows() -> None:
    """Whoever reads 首次响应, 主管 and 订单号 on the pages may write them."""
    rule = a_rule(
        extra="run_on: 计时",
        when="{clock: {name: 首次响应, is: 即将超时}, hours: 工作时间, channel: 邮件, language: 中文}",
        then="{notify: 主管, ask: [订单号, 截图]}",
        examples=(
            "{text: a, language: 简体, hours: 工作时间, clock: {name: 首次响应, is: 即将超时}, "
            "expect: {notify: lead, ask: [order_number, 截图]}}",
            "{text: b, language: 英文, clock: {name: first_response, is: warned}, expect: nothing}",
        ),
    )
    assert said(rule) == []
