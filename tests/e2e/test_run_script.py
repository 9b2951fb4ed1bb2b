"""What ./run does before any of our code runs, tried on a stand-in checkout with stand-in programs."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.house.tree import ROOT

TOOLS = ("sh", "dirname", "cat", "cksum", "sed", "cmp", "cp", "mv", "rm", "chmod", "tr", "mkdir")

PYTHON = """\
#!/bin/sh
# A stand-in for the environment's Python: tells what it was asked for.
case "$*" in
    *"pip install"*) echo "pip install" >>"$JOURNAL"; exit ${PIP_EXIT:-0} ;;
    *"pip config"*) echo "$PIP_CONFIG"; exit 0 ;;
    *"-c import"*) exit 0 ;;
esac
echo "$PWD: $*"
"""

UV = """\
#!/bin/sh
echo "uv $UV_DEFAULT_INDEX $UV_INDEX $UV_INSECURE_HOST" >>"$JOURNAL"
exit ${UV_EXIT:-0}
"""


@pytest.fixture
def checkout(tmp_path):
    """A folder with the script, four locks, and an environment whose programs only tell what they were asked."""
    root = tmp_path / "a checkout"
    (root / "locks").mkdir(parents=True)
    shutil.copy(ROOT / "run", root / "run")
    for lock in ("installer", "runtime", "test", "dev"):
        (root / "locks" / f"{lock}.lock").write_text(f"{lock}\n")
    binaries = root / ".venv" / "bin"
    binaries.mkdir(parents=True)
    (root / ".venv" / "lib" / "python3.11" / "site-packages").mkdir(parents=True)
    for name, text in (("python", PYTHON), ("uv", UV)):
        (binaries / name).write_text(text)
        (binaries / name).chmod(0o755)
    return root


def _run(checkout: Path, *arguments: str, **environ: str) -> subprocess.CompletedProcess[str]:
    caller = checkout.parent / "caller"
    caller.mkdir(exist_ok=True)
    return subprocess.run(
        [str(checkout / "run"), *arguments],
        cwd=caller,
        env={**os.environ, "HUIYING_PYTHON": sys.executable, "JOURNAL": str(checkout / "journal"), **environ},
        text=True,
        capture_output=True,
        stdin=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )


def _journal(checkout: Path) -> list[str]:
    journal = checkout / "journal"
    return journal.read_text().splitlines() if journal.exists() else []


def test_a_ready_environment_is_used_at_once(checkout):
    """From the second start on nothing is installed and nothing is said."""
    _run(checkout, "demo")
    before = _journal(checkout)
    again = _run(checkout, "demo", "--once")
    assert _journal(checkout) == before
    assert again.stderr == ""
    assert again.returncode == 0


def test_a_ready_environment_costs_less_than_a_second(checkout):
    """What stands between the command and our code is a shell that compares two fingerprints."""
    _run(checkout, "demo")
    took = []
    for _ in range(3):
        begun = time.monotonic()
        assert _run(checkout, "demo").returncode == 0
        took.append(time.monotonic() - begun)
    assert min(took) < 1.0


def test_a_mirror_that_pip_knows_is_the_installers_too(checkout):
    """Who set a mirror once has it in both; the environment wins over pip's files."""
    known = "\n".join(
        (
            "global.index-url='https://mirror.example/simple'",
            "global.extra-index-url='https://more.example/simple'",
            "install.trusted-host='mirror.example'",
        )
    )
    _run(checkout, "demo", PIP_CONFIG=known)
    assert _journal(checkout)[-1] == "uv https://mirror.example/simple https://more.example/simple mirror.example"
    (checkout / "locks" / "runtime.lock").write_text("newer\n")
    _run(checkout, "demo", PIP_CONFIG=f"{known}\n:env:.index-url='https://env.example/simple'")
    assert _journal(checkout)[-1].startswith("uv https://env.example/simple ")


def test_arguments_and_folder_of_the_caller_are_kept(checkout):
    """Relative paths on the command line mean what the caller means."""
    result = _run(checkout, "parse", "a b.eml", "*")
    assert result.stdout == f"{checkout.parent}/caller: {checkout}/.venv/bin/huiying parse a b.eml *\n"


def test_standard_output_carries_the_answer_only(checkout):
    """The first start's progress goes to standard error, in both languages."""
    result = _run(checkout, "python", "--version")
    assert result.stdout == f"{checkout.parent}/caller: --version\n"
    assert "450 MB" in result.stderr
    assert "安装" in result.stderr
    assert "Installing" in result.stderr


def test_a_changed_lock_is_installed_once(checkout):
    """After an upgrade the next start installs, the one after that does not."""
    _run(checkout, "demo")
    (checkout / "locks" / "runtime.lock").write_text("newer\n")
    assert "Installing" in _run(checkout, "demo").stderr
    assert _run(checkout, "demo").stderr == ""


def test_a_richer_environment_serves_poorer_commands(checkout):
    """After ./run check, neither ./run test nor ./run demo installs anything."""
    _run(checkout, "--prepare", "dev")
    assert "Installing" not in _run(checkout, "test").stderr
    assert "Installing" not in _run(checkout, "demo").stderr


def test_an_interrupted_installation_is_done_again(checkout):
    """The stamp is written last: without it nothing counts as installed."""
    failed = _run(checkout, "demo", UV_EXIT="1", PIP_EXIT="1")
    assert failed.returncode == 3
    assert failed.stdout == ""
    assert "Installing" in _run(checkout, "demo").stderr


def test_pip_installs_where_uv_is_refused(checkout):
    """A machine that forbids the fast installer gets the same packages from pip."""
    result = _run(checkout, "demo", UV_EXIT="1")
    assert result.returncode == 0
    assert _journal(checkout)[-1] == "pip install"


def test_an_index_that_cannot_be_reached_is_said_plainly(checkout):
    """The message says what to check, in both languages, and the exit code says: try later."""
    result = _run(checkout, "demo", UV_EXIT="1", PIP_EXIT="1")
    assert result.returncode == 3
    assert "软件包索引" in result.stderr
    assert "package index cannot be reached" in result.stderr


def test_a_moved_checkout_is_linked_anew(checkout):
    """The environment finds the code where it is now."""
    _run(checkout, "demo")
    moved = checkout.rename(checkout.parent / "elsewhere")
    assert _run(moved, "demo").returncode == 0
    assert (moved / ".venv/lib/python3.11/site-packages/huiying-checkout.pth").read_text() == f"{moved}\n"


@pytest.fixture
def bare(tmp_path):
    """A PATH without any Python, and a checkout without an environment."""
    tools = tmp_path / "tools"
    tools.mkdir()
    for name in TOOLS:
        found = shutil.which(name)
        assert found, name
        (tools / name).symlink_to(found)
    root = tmp_path / "bare"
    (root / "locks").mkdir(parents=True)
    text = (ROOT / "run").read_text(encoding="utf-8")
    (root / "run").write_text(text.replace("/usr/bin/python3", "absent-python3"), encoding="utf-8")
    (root / "run").chmod(0o755)
    return root, tools


def _fake_python(tools: Path, *, new_enough: bool, ensurepip: bool) -> None:
    (tools / "python3").write_text(f"""\
#!/bin/sh
case "$*" in
    *version_info*) exit {0 if new_enough else 1} ;;
    *ensurepip*) exit {0 if ensurepip else 1} ;;
    *--version*) echo "Python 3.9.2" ;;
esac
""")
    (tools / "python3").chmod(0o755)


def test_a_machine_without_python_is_told_what_is_needed(bare):
    """The first message that a new user may see says what to install."""
    root, tools = bare
    result = _run(root, "demo", PATH=str(tools), HUIYING_PYTHON="python3")
    assert result.returncode == 3
    assert "Python 3.11" in result.stderr
    assert "found: none" in result.stderr


def test_a_python_that_is_too_old_is_named(bare):
    """The version that was found stands beside the one that is needed."""
    root, tools = bare
    _fake_python(tools, new_enough=False, ensurepip=True)
    result = _run(root, "demo", PATH=str(tools), HUIYING_PYTHON="python3")
    assert result.returncode == 3
    assert "found: Python 3.9.2" in result.stderr


def test_a_missing_python3_venv_is_named_with_its_package(bare):
    """Debian's Python comes without it; the message is the command that helps."""
    root, tools = bare
    _fake_python(tools, new_enough=True, ensurepip=False)
    result = _run(root, "demo", PATH=str(tools), HUIYING_PYTHON="python3")
    assert result.returncode == 3
    assert "apt install python3-venv" in result.stderr
