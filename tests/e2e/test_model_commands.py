"""A desk's own model by command line: taught, listed, compared, promoted, taken back; and measured from outside."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from huiying.app.cli import run

ASKS = {"咨询": "请问{}多少钱，怎么购买？", "投诉": "{}质量太差，我要投诉，要求退款！"}
THINGS = ("净水器", "打印机", "键盘", "灯泡", "雨伞", "书桌")


def answers(capfd: pytest.CaptureFixture[str]) -> list[dict[str, Any]]:
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


@pytest.fixture
def home(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> Path:
    """A home with twelve old mails of twelve customers, six of each kind."""
    assert run(["init", str(tmp_path / "home")]) == 0
    folder = tmp_path / "mails"
    folder.mkdir()
    for i, (kind, thing) in enumerate((kind, thing) for thing in THINGS for kind in ASKS):
        head = f"From: c{i}@example.cn\nTo: desk@example.cn\nSubject: {kind[0]}{i}\nMessage-ID: <m{i}@e.cn>\n"
        date = f"Date: Thu, 05 Mar 2026 10:{i:02}:00 +0800\nContent-Type: text/plain; charset=utf-8\n\n"
        (folder / f"{i:02}.eml").write_bytes(f"{head}{date}{ASKS[kind].format(thing)}\n".encode())
    assert run(["--home", str(tmp_path / "home"), "import", str(folder)]) == 0
    capfd.readouterr()
    return tmp_path / "home"


@pytest.mark.slow
def test_a_model_lives_by_command_line(home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Before any label the one that ships serves; then an own one is learnt, compared with it, and serves by turns."""
    at = ["--home", str(home)]
    assert run([*at, "models", "list"]) == 0
    said = capfd.readouterr()
    assert said.out == "" and "the model that ships serves" in said.err
    assert run([*at, "models", "learn"]) == 1
    assert run([*at, "models", "rollback"]) == 1
    assert run([*at, "list", "--state", "all", "--json"]) == 0
    tickets = answers(capfd)
    assert len(tickets) == 12
    for ticket in tickets:
        kind = next(name for name in ASKS if ticket["subject"].startswith(name[0]))
        assert run([*at, "correct", ticket["number"], f"type={kind}"]) == 0
    capfd.readouterr()
    assert run([*at, "models", "learn"]) == 0
    (made,) = answers(capfd)
    assert (made["labels"], made["active"], made["passed"]) == (12, True, True)
    assert made["targets"]["type"]["counts"] == {"咨询": 6, "投诉": 6} and len(made["targets"]["type"]["interval"]) == 2
    assert run([*at, "models", "list", "--json"]) == 0
    assert [row["version"] for row in answers(capfd)] == [made["version"]]
    assert run([*at, "models", "compare", "seed", made["version"]]) == 0
    (told,) = answers(capfd)
    both = told["targets"]["type"]
    assert (told["first"], told["labels"]) == ("seed", [0, 12])
    assert both["gained"] == pytest.approx(both["second"]["accuracy"] - both["first"]["accuracy"], abs=1e-4)
    assert both["first"]["accuracy"] == made["targets"]["type"]["seed_accuracy"]
    assert run([*at, "models", "compare", "seed", "seed"]) == 1
    assert run([*at, "models", "promote", "own-none"]) == 1
    capfd.readouterr()
    for command, serves in ((["rollback"], "seed"), (["promote", made["version"]], made["version"])):
        assert run([*at, "models", *command]) == 0
        assert answers(capfd)[0]["active"] == serves
        assert run([*at, "classify", "雨伞多少钱？", "--json"]) == 0
        assert answers(capfd)[0]["model"].startswith(serves.partition("-")[0])


@pytest.mark.slow
def test_a_model_is_measured_from_outside(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """train, evaluate and train --stream without a home, on rows and labels of one's own; a damaged model is told."""
    data, out = tmp_path / "rows.jsonl", tmp_path / "new" / "model.npz"
    rows = [(ask.format(f"{thing}{n}"), kind) for n in range(4) for thing in THINGS for kind, ask in ASKS.items()]
    lines = [json.dumps({"said": text, "kind": kind}, ensure_ascii=False) for text, kind in rows]
    data.write_text("\n".join(lines), encoding="utf-8")
    asked = ["--data", str(data), "--text", "said", "--label", "kind=type"]
    assert run(["train", *asked, "--out", str(out), "--json"]) == 0
    card = answers(capfd)[-1]
    assert (card["rows"], set(card["targets"])) == (48, {"type"}) and out.exists()
    assert run(["evaluate", *asked, "--model", str(out), "--json"]) == 0
    (told,) = answers(capfd)
    assert told["targets"]["type"]["accuracy"] > 0.9 and told["model"] == card["version"]
    assert run(["train", *asked, "--out", str(out), "--stream", "--json"]) == 0
    first = answers(capfd)[0]
    assert {"seed", "own", "blend", "from", "to"} <= first.keys() and first["n"] == 48
    out.write_bytes(out.read_bytes()[:2000])
    assert run(["evaluate", *asked, "--model", str(out)]) == 1
    assert "not a model" in capfd.readouterr().err
