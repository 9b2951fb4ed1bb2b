"""A fit runs in a process of its own; whatever happens to that process, the caller is told in words."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import pytest

from classifier.lesson import Lesson
from classifier.model import from_bytes
from classifier.workers import fit_apart
from core.domain.errors import BadInput, Unavailable
from tests.unit.classifier.conftest import labelled, some_rows


def a_lesson(rows):
    return Lesson(rows=tuple(rows), unseen=len(rows), serving=None, targets=("type", "urgency"), coarse={})


@pytest.mark.slow
def test_a_lesson_comes_back_as_arrays():
    """The card has the verdict of the gate and names the shipped model it was mixed with."""
    card = from_bytes(fit_apart(a_lesson(some_rows()[::3]))).card
    assert card["rows"] == 30
    assert card["seed"].startswith("seed-")
    assert "passed" in card["gate"]


@pytest.mark.slow
def test_the_words_of_the_desk_are_whole_in_the_process_too():
    """What is fitted apart is cut as it will be when it serves: the card names the words."""
    told = [("咨询", "天工云盘多少钱"), ("投诉", "天工云盘又坏了")] * 6
    rows = [labelled(f"{text} {i}", type=kind) for i, (kind, text) in enumerate(told)]
    arrays = from_bytes(fit_apart(replace(a_lesson(rows), targets=("type",), words=("天工云盘",))))
    assert arrays.card["words"] == ["天工云盘"]
    assert "天工云盘" in arrays.terms["word"] and "云盘" not in arrays.terms["word"]


def test_equal_labels_are_refused_in_words():
    """Nothing can be learnt, and the reason crosses the pipe."""
    with pytest.raises(BadInput, match="two values are needed"):
        fit_apart(a_lesson([labelled(f"text {i}", type="咨询", urgency="常规") for i in range(12)]))


@pytest.mark.parametrize(
    ("program", "because"),
    [
        ("import os; os.abort()", "ended with code -6"),
        ("import sys; sys.stdin.buffer.read(); raise MemoryError", "ended with code 1"),
        ("import os; os.environ.get('HUIYING_SECRET') and print('M'); raise OSError(28, 'no space')", "code 1"),
        ("import time; time.sleep(60)", "longer than 1 s"),
    ],
)
def test_a_process_that_dies_is_told(program, because, monkeypatch):
    """A crash, no memory, a full disk, no end: ``Unavailable``, and the serving model stays."""
    monkeypatch.setenv("HUIYING_SECRET", "x")
    with pytest.raises(Unavailable, match=because):
        fit_apart(a_lesson(some_rows()), [sys.executable, "-c", program], seconds=1.0 if "sleep" in program else 60.0)


def test_the_process_gets_no_secret(monkeypatch):
    """Its environment holds only what a Python needs to start."""
    monkeypatch.setenv("HUIYING_SECRET", "x")
    program = "import os, sys; sys.stdin.buffer.read(); sys.stdout.write('N' + ' '.join(sorted(os.environ)))"
    with pytest.raises(BadInput) as told:
        fit_apart(a_lesson(some_rows()[:2]), [sys.executable, "-c", program])
    assert "HUIYING_SECRET" not in str(told.value)
    assert "PYTHONPATH" in str(told.value)
    assert os.environ["HUIYING_SECRET"] == "x"


@pytest.mark.skipif(sys.platform != "linux", reason="Linux tells work that can wait from work that somebody waits for")
def test_the_process_gives_way_and_is_not_starved():
    """It is batch work of ordinary priority: whoever wakes up goes first, and two busy programs do not stop it."""
    told = "f'{os.sched_getscheduler(0) == os.SCHED_BATCH} {os.nice(0) == before}'"
    program = (
        f"import os, sys; import classifier.child as c; sys.stdin.buffer.read(); before = os.nice(0); c._limit(); \
sys.stdout.write('N' + {told})"
    )
    with pytest.raises(BadInput, match="True True"):
        fit_apart(a_lesson(some_rows()[:2]), [sys.executable, "-c", program])
