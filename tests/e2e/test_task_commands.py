"""Commands about communication tasks, and the call that makes one."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest

from huiying.app.cli import run
from tests.e2e.test_handle_commands import ticket

__all__ = ["ticket"]


def test_tasks_are_worked_on_from_the_command_line(
    ticket: tuple[str, str], capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Made by a call or by hand, listed, given away, dropped with a reason, taken back and done; a gift is approved by
    another person."""
    home, number = ticket

    def told(*words: str, code: int = 0) -> list[dict[str, Any]]:
        assert run([*words, "--home", home, "--json"]) == code, words
        return [json.loads(line) for line in capfd.readouterr().out.splitlines()]

    [call] = told(
        "handle", "call", number, "reached", "--words", "说好再联系", "--next", "follow_up", "--todo", "问结果"
    )
    assert call["next"] == "follow_up"
    [task] = told("task", "list")
    assert told("task", "list", "--ticket", number) == [task]
    assert (task["kind"], task["ticket"], task["words"], task["because"]) == (
        "follow_up",
        number,
        "问结果",
        f"call:{call['call']}",
    )
    told("task", "drop", task["id"], code=1)
    assert told("task", "give", task["id"], "--team", "产品部")[0]["team"] == "产品部"
    assert told("task", "drop", task["id"], "--reason", "客户不用了")[0]["state"] == "dropped"
    assert told("task", "list") == [] and [one["id"] for one in told("task", "list", "--over")] == [task["id"]]
    assert told("task", "undo", task["id"])[0]["state"] == "open"
    assert told("task", "done", task["id"])[0]["state"] == "done"
    [shown] = told("task", "show", task["id"])
    steps = ["made", "given", "dropped", "undone", "done"]
    assert [step["action"] for step in shown["history"]] == [f"task.{step}" for step in steps]
    assert shown["history"][2]["details"]["reason"] == "客户不用了"
    [gift] = told("task", "add", "wang@example.cn", "gift", "--words", "寄台历")
    assert (gift["state"], gift["customer"], gift["ticket"]) == ("asked", "王芳", None)
    told("task", "approve", gift["id"], code=1)
    monkeypatch.setattr("sys.stdin", io.StringIO("four words are enough\n"))
    monkeypatch.setenv("WORD", "four words are enough")
    told("user", "add", "zhao", "--role", "lead")
    as_lead = ("--as", "zhao", "--password-env", "WORD")
    assert told("task", "approve", gift["id"], *as_lead)[0]["state"] == "open"
    assert run(["task", "list", "--when", "never", "--home", home]) == 1
