"""The whole desk, rules and model together, on the letters that people have judged."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from huiying.app.model import seed_model
from huiying.flows.classify import classify, text_message
from huiying.flows.compile import compile_desk
from tests.factories.pipeline import shipped_files

ARRIVED = datetime(2026, 3, 5, 2, tzinfo=UTC)


@pytest.mark.corpus
def test_urgent_letters_are_found_with_few_false_alarms() -> None:
    """All five of the eighty-five, with at most nine false alarms."""
    path = Path(os.environ.get("HUIYING_CORPUS", ""), "labels", "zh_gold_letters.jsonl")
    if not path.exists():
        pytest.skip("HUIYING_CORPUS names no corpus")
    desk, problems = compile_desk(shipped_files())
    assert desk is not None and not problems
    rows = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    letters = [text_message(row["subject"], row["body"], ARRIVED) for row in rows]
    decided = [one.value("urgency") == "紧急" for one in classify(desk, seed_model(), letters)]
    urgent = [row["urgency"] == "紧急" for row in rows]
    assert len(rows) == 85 and sum(urgent) == 5
    assert sum(alarm for alarm, is_so in zip(decided, urgent, strict=True) if is_so) == 5
    assert sum(alarm for alarm, is_so in zip(decided, urgent, strict=True) if not is_so) <= 9
