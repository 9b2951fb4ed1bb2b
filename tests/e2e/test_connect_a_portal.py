"""The steps that connect a portal are followed as a reader would, in both languages, with his curl."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.kill import servers
from huiying.app.cli import run
from tests.fakes.requirement import find_program, require_or_skip
from tests.fakes.service import CHECKOUT, Service, a_home

GUIDES = ("connect-a-portal.md", "connect-a-portal.zh-CN.md")
_BLOCK = re.compile(r"^ *```sh\n(.*?)^ *```$", re.MULTILINE | re.DOTALL)


@pytest.mark.slow
@pytest.mark.parametrize("guide", GUIDES)
def test_a_portal_is_connected(guide: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Token, message with its number, letter; looking wants another token; a removed one is no more."""
    if find_program("curl") is None:
        require_or_skip("there is no curl")
    text = (CHECKOUT / "docs" / "how-to" / guide).read_text(encoding="utf-8")
    add, export, bring, look, end = _BLOCK.findall(text)
    assert export.strip() == "export HUIYING_TOKEN=hy_…"
    with servers() as (_, smtp, where):
        home = a_home(tmp_path / "home", where)

        def told(block: str, token: str = "") -> list[str]:
            """The lines that a shell says, with this home and this service in the place of the example's."""
            program = f"{sys.executable} -m huiying.app.cli --home {home.path}"
            lines = block.replace("./run", program).replace("http://127.0.0.1:8080", service.address)
            environ = {"HUIYING_TOKEN": token, "PATH": "/usr/bin:/bin", "PYTHONPATH": str(CHECKOUT)}
            done = subprocess.run(["sh", "-ec", lines], env=environ, cwd=tmp_path, capture_output=True, check=True)
            return done.stdout.decode().splitlines()

        with Service(home.path) as service:
            service.wait_ready()
            [secret] = told(add)
            [answer] = map(json.loads, told(bring, secret))
            shown = json.loads(re.findall(r"```json\n(.*?)```", text, re.DOTALL)[0])
            assert set(answer) == set(shown) and answer["verdict"] == shown["verdict"] and answer["number"]
            assert smtp.wait_for(1, 20)[0].recipients == ("wang@example.cn",)
            assert json.loads(told(bring, secret)[0]) == answer
            assert json.loads(told(look, secret)[0])["status"] == 403
            assert run(["token", "add", "monitor", "--may", "read", "--home", str(home.path)]) == 0
            reader = capfd.readouterr().out.strip()
            assert [row["number"] for row in json.loads(told(look, reader)[0])["tickets"]] == [answer["number"]]
            *listed, removed = map(json.loads, told(end))
            assert [(row["name"], bool(row["last_used"])) for row in listed] == [("monitor", True), ("portal", True)]
            assert removed["removed"] and json.loads(told(bring, secret)[0])["status"] == 401
            assert secret not in service.said and reader not in service.said
