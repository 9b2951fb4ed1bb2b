"""The commands about rules: what each prints and how it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huiying.app.cli import run

MINE = """
rules:
  - id: mine
    title: 试一试
    when: {text: [订单, 您好]}
    then: {tags: [mine]}
    examples: [{text: 订单, expect: {tags: [mine]}}, {text: x, expect: nothing}]
"""
MAILS = Path(__file__).parents[2] / "mails"


@pytest.fixture(autouse=True)
def _no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HUIYING_HOME", raising=False)


def _answers(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def test_the_shipped_examples_pass_and_reach_every_branch(capfd):
    """``rules test`` without a home: sixty rules or more, two examples or more each, nothing unreached."""
    assert run(["rules", "test"]) == 0
    (answer,) = _answers(capfd)
    assert answer["failed"] == []
    assert answer["unreached"] == []
    assert answer["builtin"]["rules"] >= 60
    assert answer["builtin"]["examples"] >= 2 * answer["builtin"]["rules"]


def test_explain_tells_every_rule_with_the_condition_that_decided_it(tmp_path, capfd):
    """For a mail file, with the words at their places."""
    mail = tmp_path / "a.eml"
    mail.write_bytes("From: a@example.cn\nSubject: =?utf-8?b?5L2g5aW9?=\n\n系统瘫痪了，请马上处理。\n".encode())
    assert run(["rules", "explain", "--mail", str(mail)]) == 0
    looks = {look["id"]: look for look in _answers(capfd)}
    assert len(looks) >= 60
    outage = looks["zh-outage"]
    assert outage["hit"]
    assert outage["words"] == [{"where": "reply", "text": "瘫痪", "start": 2, "end": 4}]
    assert {"what": "type", "value": "问题反馈"} in outage["sets"]
    missed = looks["zh-spam"]
    assert not missed["hit"]
    assert missed["failed"]["line"] > 0
    assert run(["rules", "explain"]) == 2


def test_the_schema_is_one_json_object(capfd):
    """Ready to be written beside the rules for an editor."""
    assert run(["rules", "schema"]) == 0
    assert json.loads(capfd.readouterr().out)["$defs"]["condition"]["properties"]["hours"]


def test_backtest_tries_a_folder_of_mails(tmp_path, capfd):
    """A line for each change and the totals last; the home's own folder is what is tried."""
    home = tmp_path / "home"
    run(["init", str(home)])
    assert run(["config", "publish", "--home", str(home)]) == 0
    (home / "config" / "rules" / "20-mine.yaml").write_text(MINE, encoding="utf-8")
    capfd.readouterr()
    assert run(["rules", "backtest", "--home", str(home), "--mails", str(MAILS)]) == 0
    *changes, total = _answers(capfd)
    assert total["mails"] == len(list(MAILS.glob("*.eml")))
    assert total["changed"] == len(changes) > 0
    assert {(one["field"], one["rule"]) for one in changes} == {("tags", "mine")}
    assert all("mine" in one["after"].split() for one in changes)
    assert all(one["agent"] is None for one in changes)
    mine = next(rule for rule in total["rules"] if rule["rule"] == "mine")
    assert mine["hits"] == len(changes)
