"""SIGKILL at any moment loses nothing and doubles nothing (DESIGN 1.1)."""

from __future__ import annotations

import os
import random
from pathlib import Path

import pytest

from benchmarks.kill import answers_wrong, make_mails, run_kills


def no_loss(folder: Path, *, kills: int, mails: int, database: str = "") -> None:
    """Runs the kills with a seed that a failure prints."""
    seed = int(os.environ.get("HUIYING_TEST_SEED") or random.SystemRandom().randrange(1_000_000))
    report = run_kills(folder, kills=kills, mails=mails, seed=seed, database=database)
    assert not report.wrong, report.words()
    assert report.kills == kills and 0 < report.group_kills < kills
    assert any(report.in_flight), f"no kill hit anything:\n{report.words()}"


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_eight_kills_lose_nothing_on_sqlite(tmp_path: Path) -> None:
    """Eight kills while 200 mails arrive: 200 stored, 180 tickets, 180 customers answered once."""
    no_loss(tmp_path, kills=8, mails=200)


@pytest.mark.slow
@pytest.mark.postgres
@pytest.mark.timeout(400)
def test_eight_kills_lose_nothing_on_postgres(tmp_path: Path, own_pg_url: str) -> None:
    """The same on PostgreSQL."""
    no_loss(tmp_path, kills=8, mails=200, database=own_pg_url)


@pytest.mark.parametrize(("answered", "wrong"), [((0, 8), 0), ((0, 9), 0), ((0,), 1), ((0, 8, 9), 1), ((0, 0, 8), 1)])
def test_each_conversation_is_answered_once(answered: tuple[int, ...], wrong: int) -> None:
    """The count of the kills takes the root's answer or its reply's for the conversation; none and two are wrong."""
    fed = {number: data for number, data in enumerate(make_mails(10, "count")) if number in {0, 8, 9}}
    letters = [[f"In-Reply-To: <{number}.count@count.example>\r\n\r\n".encode()] for number in answered]
    assert len(answers_wrong(fed, letters)) == wrong
