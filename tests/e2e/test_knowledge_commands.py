"""The commands of the knowledge base."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huiying.app.cli import run

pytestmark = pytest.mark.slow


def test_articles_are_written_published_and_moved(tmp_path: Path, capfdbinary, monkeypatch) -> None:
    """From one desk to another; what may name somebody is told, and published by whoever is sure."""
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    first, second, file = str(tmp_path / "a"), str(tmp_path / "b"), str(tmp_path / "k.yaml")

    def told(*words: str, home: str = first, code: int = 0) -> list[dict[str, Any]]:
        assert run(["knowledge", *words, "--home", home, "--json"]) == code
        captured = capfdbinary.readouterr()
        assert code == 0 or not captured.out
        return [json.loads(line) for line in captured.out.splitlines()]

    for home in (first, second):
        assert run(["init", home]) == 0
    capfdbinary.readouterr()
    assert told("import") == [{"read": 12, "new": 12, "same": 0}]
    given = ("--set", "title=云盘", "--set", "solution=请找张先生换证书", "--set", "type=Problem report")
    [new] = told("add", "case", *given)
    assert (new["number"], new["state"], new["type"]) == ("K13", "draft", "问题反馈")
    told("publish", "K13", code=1)
    assert told("publish", "K13", "--sure")[0]["state"] == "published"
    assert told("change", "k13", "--set", "caution=先备份")[0]["version"] == 3
    assert [one["number"] for one in told("list", "證書", "--kind", "case")] == ["K13"]
    [shown] = told("show", "13")
    assert [(one["step"], one["changed"]) for one in shown["versions"]] == [
        ("changed", ["caution"]), ("published", []), ("written", []),
    ]  # fmt: skip
    assert shown["naming"] == [{"looks_like": "name", "words": "张先生"}]
    assert told("export", file) == [{"file": file}] and Path(file).stat().st_mode & 0o077 == 0
    assert told("import", file, home=second) == [{"read": 13, "new": 13, "same": 0}]
    assert told("import", file, home=second) == [{"read": 13, "new": 0, "same": 13}]
    assert told("retire", "K13")[0]["review"] is None and told("list", "--due") == []
    told("confirm", "K13", code=1)
    told("add", "case", "--set", "title", code=1)
    told("list", "--type", "赞美", code=1)
    told("add", "phrasing", "--from", "20260305001", code=1)
