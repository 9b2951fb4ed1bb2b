"""The commands about rules: what each prints and how it ends."""

from __future__ import annotations

import json
import os
import pty
import shutil
import subprocess
import sys
from contextlib import suppress
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
MAILS = Path(__file__).parents[1] / "mails"


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


def test_explain_knows_the_mails_headers_and_to_whom_it_went(tmp_path, capfd):
    """As on arrival: a rule about them is not a miss because a file was asked about."""
    home = tmp_path / "home"
    run(["init", str(home)])
    when = "{headers: {name: x-shop-id, contains_any: [north]}, cc: {domain: b.cn}, not: {to: {domain: b.cn}}}"
    rule = MINE.replace("{text: [订单, 您好]}", when).replace("    examples", "    status: trial\n    examples")
    examples = "[{text: a, cc: x@b.cn, headers: {X-Shop-Id: north}, expect: {tags: [mine]}}]"
    rule = rule[: rule.index("[{text: 订单")] + examples + "\n"
    (home / "config" / "rules" / "20-mine.yaml").write_text(rule, encoding="utf-8")
    mail = tmp_path / "a.eml"
    mail.write_bytes(b"From: a@example.cn\nTo: c@c.cn\nCc: x@b.cn\nX-Shop-Id: North 7\n\nHello\n")
    capfd.readouterr()
    assert run(["rules", "check", "--home", str(home)]) == 0
    assert run(["rules", "explain", "--mail", str(mail), "--home", str(home)]) == 0
    looks = {look["id"]: look for look in _answers(capfd)}
    assert looks["mine"]["hit"], looks["mine"]


def test_the_schema_is_one_json_object(capfd):
    """On one line; ready to be written beside the rules for an editor."""
    assert run(["rules", "schema", "--json"]) == 0
    (schema,) = _answers(capfd)
    assert schema["$defs"]["condition"]["properties"]["hours"]


def test_check_tells_of_rules_and_word_lists_together(tmp_path, capfd):
    """Both at once, sorted by file, line and column; and what keeps the rules from being read at all."""
    home = tmp_path / "home"
    run(["init", str(home)])
    (home / "config" / "words" / "outage.txt").write_text("瘫痪\n\n宕机\n", encoding="utf-8")
    (home / "config" / "rules" / "20-mine.yaml").write_text(MINE.replace("title:", "titel:"), encoding="utf-8")
    capfd.readouterr()
    assert run(["rules", "check", "--home", str(home)]) == 1
    found = [(one["file"], one["line"]) for one in _answers(capfd)]
    assert found == sorted(found)
    assert ("words/outage.txt", 2) in found
    assert ("rules/20-mine.yaml", 4) in found
    (home / "config" / "taxonomy.yaml").unlink()
    assert run(["rules", "check", "--home", str(home)]) == 1
    assert "taxonomy.yaml" in {one["file"] for one in _answers(capfd)}


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
    for nothing in (tmp_path / "nowhere", home / "config"):
        assert run(["rules", "backtest", "--home", str(home), "--mails", str(nothing)]) == 1
        out, error = capfd.readouterr()
        assert not out and ".eml" in error


@pytest.fixture
def home(tmp_path: Path, published_home: Path) -> Path:
    """A new home whose configuration was published once."""
    return Path(shutil.copytree(published_home, tmp_path / "home"))


def test_rules_are_published_with_what_was_found_out_and_taken_back_by_one_command(home, capfd):
    """A dry run changes nothing; the record keeps reason, examples and backtest; the folder follows the way back."""
    mine = home / "config" / "rules" / "20-mine.yaml"
    mine.write_text(MINE, encoding="utf-8")
    command = ["rules", "publish", "--home", str(home), "--reason", "试一试"]
    assert run([*command[:-1], " "]) == 1 and not capfd.readouterr().out, "without a reason nothing goes live"
    assert run([*command, "--dry-run"]) == 0
    (shown,) = _answers(capfd)
    assert shown["published"] is None
    assert [(one["file"], one["kind"]) for one in shown["diff"]] == [("rules/20-mine.yaml", "added")]
    assert run(command) == 0
    (answer,) = _answers(capfd)
    assert (answer["published"]["serial"], answer["published"]["reason"]) == (2, "试一试")
    assert answer["published"]["check"] == answer["check"] == "examples 6 ok; 7 d: 0 of 0 mails change"
    assert run(["rules", "rollback", "--home", str(home)]) == 0
    assert _answers(capfd)[0]["serial"] == 3
    assert not mine.exists()
    assert run(["config", "history", "--home", str(home)]) == 0
    assert [(one["serial"], one["active"]) for one in _answers(capfd)] == [(3, True), (2, False), (1, False)]


@pytest.mark.slow
@pytest.mark.parametrize(("answer", "code", "serials"), [(b"n\n", 1, [1]), (b"y\n", 0, [2, 1])])
def test_on_a_terminal_a_person_is_asked_after_seeing_what_would_change(home, capfd, answer, code, serials):
    """The difference, the backtest and what it could not try stand before the question; a no publishes nothing."""
    later = MINE.replace("    title:", "    run_on: reply\n    title:", 1)
    (home / "config" / "rules" / "20-mine.yaml").write_text(later, encoding="utf-8")
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "huiying.app.cli", "rules", "publish", "--home", str(home), "--reason", "x"]
    process = subprocess.Popen(command, stdin=theirs, stdout=theirs, stderr=theirs, close_fds=True)
    os.close(theirs)
    said = b""
    while "现在生效".encode() not in said:
        said += os.read(ours, 4096)
    os.write(ours, answer)
    with suppress(OSError):  # the terminal is gone when its last process has ended
        while True:
            said += os.read(ours, 4096)
    assert process.wait(30) == code, said.decode()
    before = said.decode().partition("现在生效")[0]
    assert "20-mine.yaml" in before and "0 封来信" in before and "没有试跑" in before
    assert run(["config", "history", "--home", str(home)]) == 0
    assert [one["serial"] for one in _answers(capfd)] == serials


def test_a_rule_whose_example_fails_is_not_published(home, capfd):
    """The reason stands on stderr, and what was live stays so."""
    wrong = MINE.replace("{text: x, expect: nothing}", "{text: 订单, expect: nothing}")
    (home / "config" / "rules" / "20-mine.yaml").write_text(wrong, encoding="utf-8")
    assert run(["rules", "publish", "--home", str(home), "--reason", "x"]) == 1
    assert "20-mine.yaml" in capfd.readouterr().err
    assert run(["config", "history", "--home", str(home)]) == 0
    assert len(_answers(capfd)) == 1


def test_a_pulled_folder_is_pushed_unless_somebody_published_meanwhile(home, tmp_path, capfd):
    """The second of two edits that began from one bundle is refused, and the folder of the home follows the first."""
    first, second = tmp_path / "first", tmp_path / "second"
    for folder in (first, second):
        assert run(["config", "pull", str(folder), "--home", str(home)]) == 0
    (first / "rules" / "20-mine.yaml").write_text(MINE, encoding="utf-8")
    (second / "rules" / "30-other.yaml").write_text(MINE.replace("id: mine", "id: other"), encoding="utf-8")
    assert run(["config", "push", str(first), "--home", str(home), "--reason", "a"]) == 0
    assert (home / "config" / "rules" / "20-mine.yaml").read_text(encoding="utf-8") == MINE
    assert run(["config", "push", str(second), "--home", str(home), "--reason", "b"]) == 3
    capfd.readouterr()
    assert run(["config", "diff", "--home", str(home)]) == 0
    (home / "config" / "rules" / "20-mine.yaml").unlink()
    assert run(["config", "diff", "--home", str(home)]) == 1
    (answer,) = _answers(capfd)
    assert (answer["file"], answer["kind"], answer["added"]) == ("rules/20-mine.yaml", "removed", 0)
    assert run(["config", "push", str(tmp_path), "--home", str(home)]) == 1
    assert run(["config", "pull", str(tmp_path), "--home", str(home)]) == 1


def test_no_command_deletes_a_draft_of_the_folder(home, tmp_path, capfd):
    """Going back, pushing and publishing another folder are refused until the draft is published or given up."""
    where, pulled = ["--home", str(home)], tmp_path / "pulled"
    assert run(["config", "pull", str(pulled), *where]) == 0
    (home / "config" / "README.md").write_text("second", encoding="utf-8")
    (home / "config" / "rules" / "20-mine.yaml").write_text(MINE, encoding="utf-8")
    assert run(["config", "publish", *where, "--reason", "second"]) == 0
    assert run(["config", "pull", str(pulled), *where]) == 0
    (pulled / "rules" / "20-mine.yaml").unlink()
    draft = home / "config" / "rules" / "30-draft.yaml"
    draft.write_text("rules: []\n", encoding="utf-8")
    commands = (
        ["rules", "rollback"],
        ["config", "rollback"],
        ["config", "push", str(pulled)],
        ["rules", "publish", "--from", str(pulled), "--reason", "x"],
    )
    capfd.readouterr()
    for command in commands:
        assert run([*command, *where]) == 3
        assert "huiying config diff" in capfd.readouterr().err
    assert draft.exists()
    assert run(["config", "history", *where]) == 0
    assert len(_answers(capfd)) == 2
    assert run([*commands[2], *where, "--force"]) == 0
    assert not draft.exists()


def test_list_and_review_tell_of_each_rule(tmp_path, capfd):
    """A line each with the days they count; a new desk has nothing to look at, and a contradiction is named."""
    home = tmp_path / "home"
    run(["init", str(home)])
    capfd.readouterr()
    assert run(["rules", "list", "--home", str(home)]) == 0
    (one,) = _answers(capfd)
    assert one["rule"] == "example-outage" and one["status"] == "trial"
    assert [figures["days"] for figures in one["figures"]] == [7, 30]
    assert one["figures"][0] | {"days": 0} == {
        "days": 0,
        "hits": 0,
        "overridden": 0,
        "errors": 0,
        "last": None,
        "fields": [],
    }
    assert run(["rules", "list", "--all", "--home", str(home)]) == 0
    assert len(_answers(capfd)) > 60
    assert run(["rules", "review", "--home", str(home)]) == 0
    assert _answers(capfd) == []
    both = MINE.replace("then: {tags: [mine]}", "then: {type: 投诉}").replace("{tags: [mine]}", "{type: 投诉}")
    other = both.replace("id: mine", "id: other").replace("投诉", "咨询").replace("[订单, 您好]", "[订单, 发货]")
    file = home / "config" / "rules" / "30-both.yaml"
    file.write_text(both + other.replace("\nrules:\n", ""), encoding="utf-8")
    assert run(["rules", "check", "--home", str(home)]) == 1
    (refused,) = _answers(capfd)
    assert "矛盾" in refused["message"] and refused["file"] == "rules/30-both.yaml", "the same text in both"
    other = other.replace("{text: 订单,", "{text: 我的订单,")
    file.write_text(both + other.replace("\nrules:\n", ""), encoding="utf-8")
    assert run(["rules", "publish", "--reason", "x", "--home", str(home)]) == 0
    capfd.readouterr()
    assert run(["rules", "review", "--home", str(home)]) == 0
    (found,) = _answers(capfd)
    assert (found["code"], found["rule"], found["file"]) == ("contradiction", "other", "rules/30-both.yaml")
    assert found["other"].startswith("mine rules/30-both.yaml:") and found["line"] > 5 and found["hint"]
