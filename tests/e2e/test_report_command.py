"""The command that tells figures."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from huiying.app.cli import run
from huiying.flows.figure_kinds import BY_KEY

pytestmark = pytest.mark.slow


@pytest.fixture
def home(tmp_path: Path, new_home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    return Path(shutil.copytree(new_home, tmp_path / "home"))


def answer(capfd: pytest.CaptureFixture[str], home: Path, *words: str) -> list[dict[str, Any]]:
    assert run(["report", *words, "--home", str(home), "--json"]) == 0
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        (["--day", "2026-11-25"], "2026-11-25", "2026-11-25"),
        (["--week", "2026-11-25"], "2026-11-23", "2026-11-29"),
        (["2026-11-25"], "2026-11-23", "2026-11-29"),
        (["--month", "2026-11-25"], "2026-11-01", "2026-11-30"),
        (["--quarter", "2026-11-25"], "2026-10-01", "2026-12-31"),
        (["--year", "2026-11-25"], "2026-01-01", "2026-12-31"),
    ],
)
def test_a_flag_and_a_day_name_the_period(home, capfd, words, first, last):
    """Without a flag it is the week."""
    [told] = answer(capfd, home, *words)
    assert (told["period"]["from"], told["period"]["to"]) == (first, last)
    assert [figure["key"] for figure in told["figures"]] == list(BY_KEY)


def test_without_a_day_it_is_the_current_period(home, capfd):
    """The whole of it, up to now."""
    [told] = answer(capfd, home, "--year")
    assert told["period"]["from"] <= told["backlog"]["at"][:10] <= told["period"]["to"]


def test_nothing_stands_behind_a_figure_of_nothing(home, capfd):
    """No lines, and no error."""
    assert answer(capfd, home, "--tickets", "closed", "--team", "客服部", "--agent", "") == []


@pytest.mark.parametrize(
    "words",
    [
        ["--day", "--week"],
        ["--week", "yesterday"],
        ["--tickets", "nonsense"],
        ["--week", "9999-12-31"],
        ["--agent", "li"],
    ],
)
def test_what_cannot_be_meant_is_refused(home, capfd, words):
    """Two periods, a day that is none, a figure that there is not, a day beyond the calendar, an agent without a
    figure."""
    assert run(["report", *words, "--home", str(home)]) in (1, 2)
    assert "huiying" in capfd.readouterr().err


def test_a_home_has_to_be_named(home, capfd):
    """As for every command that reads a database."""
    assert run(["report", "--json"]) == 2


def test_a_terminal_gets_a_table(home, capfd, monkeypatch):
    """In the reader's language, each figure on a line."""
    monkeypatch.setattr("huiying.app.cli.state.Call.wants_json", False)
    for language, words in (("zh-CN", "响应及时率"), ("en", "First responses on time")):
        monkeypatch.setenv("HUIYING_LANG", language)
        assert run(["report", "--home", str(home)]) == 0
        assert words in capfd.readouterr().out
