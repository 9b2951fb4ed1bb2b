"""``train`` and ``evaluate`` on files: any keys, any values, bad rows reported."""

from __future__ import annotations

import json

import pytest

from classifier.commands import evaluate, load_model, train
from core.domain.errors import BadInput
from core.domain.suggestion import MessageText

FIGURES = {
    "n",
    "accuracy",
    "macro_f1",
    "ece",
    "ece_noise",
    "coverage_at_95",
    "accepted_accuracy",
    "per_class",
    "messages_per_second",
}


@pytest.fixture
def data(tmp_path, rows):
    """The small rows as JSON lines with names of their own, every fifth of them for testing."""
    path = tmp_path / "rows.jsonl"
    lines = [
        json.dumps(
            {
                "title": row.message.subject,
                "said": row.message.body,
                "kind": row.labels["type"],
                "hurry": row.labels["urgency"] == "紧急",
                "split": "test" if i % 5 == 0 else "train",
            }
        )
        for i, row in enumerate(rows)
    ]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


LABELS = {"type": "kind", "rush": "hurry"}


def test_a_model_is_trained_and_scored(tmp_path, data, words):
    """Any JSONL and label set: the model is made with its parents, and the figures have the contract's keys."""
    out = tmp_path / "models" / "new" / "model.npz"
    told: list[str] = []
    card = train(data, "said", "title", LABELS, out, told.append, words=words)
    assert card["rows"] == 72
    assert told
    result = evaluate(out, data, "said", "title", LABELS, words=words)
    assert set(result["targets"]) == {"type", "rush"}
    for figures in result["targets"].values():
        assert figures.keys() == FIGURES
        assert figures["n"] == 18
        assert figures["accuracy"] > 0.8
        assert figures["messages_per_second"] > 0
    assert set(result["targets"]["rush"]["per_class"]) == {"true", "false"}
    assert result["model"] == card["version"]
    json.dumps(result, allow_nan=False)


def test_a_stored_model_suggests(tmp_path, data, words):
    """What was trained can be loaded and asked; a directory stands for the model in it."""
    train(data, "said", "title", {"type": "kind"}, tmp_path, words=words)
    model = load_model(tmp_path, words)
    assert (
        model.suggest([MessageText(subject="", body="the lift is broken again")])[0].fields["type"].value == "问题反馈"
    )


def test_bad_rows_are_reported_with_their_line(tmp_path, data, words):
    """A line that is no row is named and skipped; the rest is learnt."""
    text = data.read_text(encoding="utf-8").splitlines()
    bad = [
        "{not json",
        "[1, 2]",
        '{"kind": "咨询"}',
        '{"said": 3, "kind": "x"}',
        '{"said": "a"}',
        '{"said": "a", "kind": []}',
    ]
    data.write_text("\n".join([*bad, "", *text]), encoding="utf-8")
    told: list[str] = []
    card = train(data, "said", None, {"type": "kind"}, tmp_path / "m.npz", told.append, words=words)
    assert [row["line"] for row in card["bad_rows"]] == [1, 2, 3, 4, 5, 6]
    assert card["bad_rows"][0]["error"] == "not JSON: Expecting property name enclosed in double quotes, column 2"
    assert card["bad_rows"][2]["error"] == "said: missing"
    assert sum("rows.jsonl:" in line for line in told) == 6
    assert card["rows"] == 72


def test_a_wrong_key_does_not_flood_the_terminal(data, words, tmp_path):
    """Each line is none then: the first twenty are told, and how many more there are."""
    told: list[str] = []
    with pytest.raises(BadInput, match="no usable row"):
        train(data, "text", None, {"type": "kind"}, tmp_path / "m.npz", told.append, words=words)
    lines = len(data.read_text(encoding="utf-8").splitlines())
    assert told[-1] == f"{data}: {lines - 20} more lines that are no rows"
    assert len(told) == 21


def test_rows_without_split_serve_both(tmp_path, words):
    """A file without a split column is used whole by train and by evaluate."""
    path = tmp_path / "all.jsonl"
    rows = [{"text": f"please {'add' if i % 2 else 'repair'} it", "label": "ab"[i % 2]} for i in range(20)]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    assert train(path, "text", None, {"x": "label"}, tmp_path / "m.npz", words=words)["rows"] == 20
    assert evaluate(tmp_path / "m.npz", path, "text", None, {"x": "label"}, words=words)["targets"]["x"]["n"] == 20


def test_rule_hits_come_from_the_caller(tmp_path, data, words):
    """The caller's rules are asked for each row, with subject and body."""
    asked = []

    def hits(subject, body):
        asked.append((subject, body))
        return ("loud",) if "!" in body else ()

    train(data, "said", "title", {"rush": "hurry"}, tmp_path / "m.npz", hits=hits, words=words)
    assert len(asked) == 90
    assert "hit:loud" in load_model(tmp_path / "m.npz", words).arrays.terms["signal"]


def test_what_cannot_be_done_is_said(tmp_path, data, words):
    """No file, no usable row, a target the model does not know: BadInput with a reason."""
    with pytest.raises(BadInput, match=r"nowhere\.jsonl cannot be read"):
        train(tmp_path / "nowhere.jsonl", "said", None, LABELS, tmp_path / "m.npz", words=words)
    with pytest.raises(BadInput, match="no usable row for train"):
        train(data, "absent", None, LABELS, tmp_path / "m.npz", words=words)
    with pytest.raises(BadInput, match="cannot be read"):
        evaluate(tmp_path / "none.npz", data, "said", None, LABELS, words=words)
    train(data, "said", None, {"type": "kind"}, tmp_path / "m.npz", words=words)
    with pytest.raises(BadInput, match="does not speak about rush"):
        evaluate(tmp_path / "m.npz", data, "said", None, LABELS, words=words)
    assert not list(tmp_path.glob("*.part"))
