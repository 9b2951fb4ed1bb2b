"""Damaged mails by the thousand: an object for any of them, in time and memory, the same on each parse."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from benchmarks.fuzz import OWN_MAILS, fuzz, read_mails

SECONDS = 60.0 if os.environ.get("HUIYING_TEST_ALL") == "1" else 3.0
SEED = 20260305


@pytest.mark.slow
def test_damaged_mails_break_no_promise(capsys):
    """What is found is kept by ``python -m benchmarks.fuzz --keep`` and becomes a mail of ours in tests/mails."""
    named = os.environ.get("HUIYING_CORPUS", "")
    corpus = Path(named) / "mail" / "dev"
    places = [*OWN_MAILS, corpus] if named and corpus.is_dir() else OWN_MAILS
    done = fuzz(read_mails(places), seconds=SECONDS, seed=SEED)
    with capsys.disabled():
        print(f"\n{done.words()}")
    assert done.finds == []
    assert done.mails > 0
