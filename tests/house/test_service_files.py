"""The files that an operator copies: what they name exists, and the tools for them find nothing wrong."""

from __future__ import annotations

import re
import shutil
import subprocess

from tests.fakes.requirement import require_or_skip
from tests.house.tree import ROOT, root_packages

FILES = ROOT / "docs" / "how-to" / "files"


def test_the_image_holds_everything_that_runs():
    """Each root package, the shipped configuration and the lock are copied; nothing of ours is missing."""
    copied = {
        word
        for line in re.findall(r"^COPY (.+)$", (FILES / "Containerfile").read_text("utf-8"), re.MULTILINE)
        for word in line.split()[:-1]
    }
    assert {*root_packages(), "config", "locks", "run"} <= copied
    assert all((ROOT / name).exists() for name in copied)


def test_a_linter_accepts_the_image():
    """hadolint has nothing to say."""
    linter = shutil.which("hadolint")
    if linter is None:
        require_or_skip("there is no hadolint (a tool of the development environment: ./run check)")
    done = subprocess.run([linter, FILES / "Containerfile"], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, "")


def test_systemd_accepts_the_unit(tmp_path):
    """Every setting is known to systemd and has a value that it takes."""
    verifier = shutil.which("systemd-analyze")
    if verifier is None:
        require_or_skip("there is no systemd (apt-get install systemd)")
    # The program that it starts need only exist; the unit is checked where it does.
    unit = (FILES / "huiying.service").read_text("utf-8").replace("/opt/huiying/run", shutil.which("true") or "")
    (tmp_path / "huiying.service").write_text(unit)
    done = subprocess.run(
        [verifier, "verify", "--man=no", "--recursive-errors=no", str(tmp_path / "huiying.service")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    ours = [line for line in done.stderr.splitlines() if "huiying.service" in line]
    assert not ours, done.stderr
