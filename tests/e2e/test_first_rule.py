"""The tutorial "your first rule" is followed step by step, as a reader would, in both languages."""

from __future__ import annotations

import re
import shlex
import textwrap
from pathlib import Path

import pytest

from huiying.app.cli import run

ROOT = Path(__file__).parents[2]
TUTORIALS = ("first-rule.md", "first-rule.zh-CN.md")
_STEP = re.compile(r"^(\d+)\. ", re.MULTILINE)
_BLOCK = re.compile(r"^ *```(sh|yaml)\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)
_EXIT = re.compile(r"exit (\d)")


@pytest.mark.parametrize("name", TUTORIALS)
def test_the_first_rule_goes_as_the_tutorial_says(name, tmp_path, monkeypatch, capfd):
    """At most twelve steps; each command ends as it says, each file is written as it stands there."""
    text = (ROOT / "docs" / "tutorial" / name).read_text(encoding="utf-8")
    assert [int(number) for number in _STEP.findall(text)] == list(range(1, 13))
    (tmp_path / "tests").symlink_to(ROOT / "tests")
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("HUIYING_HOME", raising=False)
    said = [follow(kind, textwrap.dedent(block), capfd) for kind, block in _BLOCK.findall(text)]
    answers = "\n".join(said)
    assert "contains_any" in answers
    assert '"wrong-invoice"' in answers
    assert "examples 6 ok" in answers


def follow(kind: str, block: str, capfd: pytest.CaptureFixture[str]) -> str:
    """Writes a file or runs the commands; what they said."""
    if kind == "yaml":
        path, _, content = block.partition("\n")
        Path(path.removeprefix("# ")).write_text(content, encoding="utf-8")
        return ""
    for line in block.splitlines():
        command, _, comment = line.partition("#")
        expected = _EXIT.search(comment)
        code = run(shlex.split(command)[1:])
        assert code == (int(expected[1]) if expected else 0), (line, capfd.readouterr())
    return capfd.readouterr().out
